"""Batches as arrays: which samples a step sees, and what augmentation makes of them.

A training batch is a pure function of (seed, step): resuming at a step is starting there, and two sources of one seed
agree to the last bit. x stays in its dtype; `pipelines.py` makes it float32 and normalises it, a batch at a time, so no
float32 copy of a whole set is made.
"""

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from autonas.data.augment import Augment
from autonas.data.images import ImageSchema
from autonas.data.splits import Part
from autonas.errors import SettingError, message

_ORDER, _CHANGE = 0, 1  # the two streams of randomness that one seed gives


class BatchSource(Protocol):
    """What gives the arrays of a step, always of the same shapes and dtypes."""

    def batch(self, step: int) -> tuple[NDArray[Any], ...]:
        """Return the arrays of a step, counted from 0; x, raw, is the first."""
        ...


def batch_size_for(n: int, batch_size: int) -> int:
    """Return `batch_size`, or n where there are fewer samples. Raises SettingError below 1."""
    if n < 1 or batch_size < 1:
        raise SettingError(message("batch_size", "1 or more, over 1 or more samples", (batch_size, n), "Use 32"))
    return min(n, int(batch_size))


def steps_per_epoch(n: int, batch_size: int) -> int:
    """Return how many training batches an epoch of n samples has."""
    return n // batch_size_for(n, batch_size)


def even_batch(n: int, batch_size: int) -> int:
    """Return the batch size, at most `batch_size`, that covers n samples in as many batches with the least padding."""
    return math.ceil(n / math.ceil(n / batch_size_for(n, batch_size)))


class TrainingBatches:
    """Endless shuffled, augmented batches; what does not fill one at an epoch's end is left out of that epoch."""

    def __init__(self, part: Part, batch_size: int, *, seed: int, augment: Augment | None, fill: NDArray[Any]) -> None:
        self._part, self._seed, self._augment, self._fill = part, seed, augment, fill
        self._size = batch_size_for(len(part), batch_size)
        self._steps = steps_per_epoch(len(part), batch_size)
        self._epoch, self._order = -1, np.empty(0, np.intp)  # of the epoch asked for last

    def batch(self, step: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.float32]]:
        """Return (x, y, weight) of a step, counted from 0 over all epochs."""
        epoch, place = divmod(int(step), self._steps)
        rows = self._epoch_order(epoch)[place * self._size : (place + 1) * self._size]
        x = self._part.x[rows]
        if self._augment is not None and self._augment.changes:
            x = self._augment.apply(x, np.random.default_rng([self._seed, _CHANGE, int(step)]), fill=self._fill)
        return x, self._part.y[rows], _weights(self._part, rows)

    def _epoch_order(self, epoch: int) -> NDArray[np.intp]:
        if epoch != self._epoch:
            self._order = np.random.default_rng([self._seed, _ORDER, epoch]).permutation(len(self._part))
            self._epoch = epoch
        return self._order


class EvaluationBatches:
    """Each sample once, in order, in batches of equal size; the last is filled up with sample 0 at weight 0."""

    def __init__(self, data: Part | NDArray[Any], batch_size: int) -> None:
        self._data, self._size = data, even_batch(len(data), batch_size)
        self.steps = math.ceil(len(data) / self._size)

    def batch(self, step: int) -> tuple[NDArray[Any], ...]:
        """Return (x, y, weight) of a part, or (x,) of images."""
        rows = np.arange(step * self._size, (step + 1) * self._size)
        real = rows < len(self._data)
        rows = np.where(real, rows, 0)
        if not isinstance(self._data, Part):
            return (self._data[rows],)
        return self._data.x[rows], self._data.y[rows], _weights(self._data, rows) * real.astype(np.float32)


def mean_pixel(x: NDArray[Any], schema: ImageSchema | None) -> NDArray[Any]:
    """Return the pixel (c,) that cutout leaves, in x's dtype: the mean, which is 0 once normalised."""
    mean = np.zeros(x.shape[3]) if schema is None else np.asarray(schema.mean)
    return np.asarray(np.rint(mean) if x.dtype.kind == "u" else mean).astype(x.dtype)


def _weights(part: Part, rows: NDArray[np.intp]) -> NDArray[np.float32]:
    return np.ones(len(rows), np.float32) if part.weight is None else part.weight[rows]

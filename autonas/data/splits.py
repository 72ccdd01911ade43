"""Parts of a dataset, and the split into training and validation.

Notation: n samples, k classes. A stratified split keeps the classes' shares in both parts. Where that cannot be (a
class of one sample, fewer validation samples than classes, so few training samples that a class would be missing),
one sample of each class is set aside for training and validation is drawn from the others: every class can be
learned, in every case.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from autonas.errors import SettingError, message


@dataclass(frozen=True, eq=False)
class Part:
    """Samples with encoded targets: codes (n,) int32 or standardised numbers (n, k) float32."""

    x: NDArray[Any]  # (n, h, w, c), uint8 or float32
    y: NDArray[Any]
    weight: NDArray[np.float32] | None = None  # (n,); None means that all count alike

    def __len__(self) -> int:
        return len(self.x)


def split(
    x: NDArray[Any],
    y: NDArray[Any],
    weight: NDArray[np.float32] | None,
    *,
    validation_split: float,
    stratify: bool,
    seed: int | None,
) -> tuple[Part, Part]:
    """Return (train, validation), shuffled by the seed; each sample is copied once, into one of them.

    `stratify` asks that y holds class codes. Raises SettingError where either part would be empty.
    """
    train, validation = split_indices(y, len(x), validation_split=validation_split, stratify=stratify, seed=seed)
    return _take(x, y, weight, train), _take(x, y, weight, validation)


def split_indices(
    y: NDArray[Any], n: int, *, validation_split: float, stratify: bool, seed: int | None
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return row numbers of (train, validation), sorted: copies are faster, and batches are shuffled later."""
    size = _validation_size(n, validation_split)
    rng = np.random.default_rng(seed)
    if stratify:
        validation = _stratified(y, size, rng)
    else:
        validation = rng.permutation(n)[:size]
    train = np.setdiff1d(np.arange(n), validation, assume_unique=True)
    return train, np.sort(validation)


def _validation_size(n: int, validation_split: float) -> int:
    """Return how many samples validate: at least one, where the share asks for half of one or more."""
    if not 0 < validation_split < 1:
        remedy = "Use a share such as 0.2, or give validation_data"
        raise SettingError(message("validation_split", "above 0 and below 1", validation_split, remedy))
    size = round(n * validation_split)
    if not 0 < size < n:
        said = "validation_split must leave samples for training and for validation."
        remedy = "Use another share, more samples, or validation_data"
        raise SettingError(f"{said} Received: {validation_split} of {n} samples. {remedy}.")
    return size


def _stratified(codes: NDArray[Any], size: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return the rows that validate: in the classes' shares where possible, and never the whole of a class."""
    counts = np.unique(codes, return_counts=True)[1]
    k, n = len(counts), len(codes)
    if counts.min() >= 2 and size >= k and n - size >= k:
        state = int(rng.integers(2**31))
        train, validation = train_test_split(np.arange(n), test_size=size, stratify=codes, random_state=state)
        if len(np.unique(codes[train])) == k:
            return np.asarray(validation)
    return _beside_one_of_each(codes, size, rng)


def _beside_one_of_each(codes: NDArray[Any], size: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return at most `size` rows drawn at random, after one of each class has been set aside."""
    order = rng.permutation(len(codes))
    set_aside = np.unique(codes[order], return_index=True)[1]
    free = np.delete(order, set_aside)
    if not len(free):
        said = "validation needs a class of at least two samples, as training keeps one of each class."
        raise SettingError(f"{said} Received: {len(codes)} samples of as many classes. Use validation_data.")
    return free[:size]


def _take(x: NDArray[Any], y: NDArray[Any], weight: NDArray[np.float32] | None, rows: NDArray[np.intp]) -> Part:
    return Part(x[rows], y[rows], None if weight is None else weight[rows])

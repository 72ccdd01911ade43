"""Arrays to tf.data pipelines whose shapes never change, so that nothing is traced twice.

Gathering and augmenting are NumPy on a whole batch, inside one `tf.numpy_function` a batch (augment.py says why); x
leaves it as raw as it came, and TensorFlow casts and normalises, which moves fewer bytes between the two.

Evaluation batches are filled up with samples of weight 0. So metrics must be weighted (`weighted_metrics` in Keras),
and who predicts keeps the first n rows.
"""

import math
import weakref
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from autonas.data.augment import Augment
from autonas.data.batches import BatchSource, EvaluationBatches, TrainingBatches, mean_pixel
from autonas.data.images import ImageSchema
from autonas.data.splits import Part

_AHEAD = 2  # batches prepared while a step runs


def training_batches(
    part: Part,
    batch_size: int,
    *,
    seed: int,
    augment: Augment | None = None,
    normalise: ImageSchema | None = None,
    start_step: int = 0,
) -> tf.data.Dataset:
    """Return endless batches (x (b, h, w, c) float32, y, weight (b,)), reshuffled each epoch, from `start_step` on.

    x is normalised by the schema `normalise`, or only cast where that is None. b is `batch_size`, or all samples where
    they are fewer; what does not fill a batch at an epoch's end is left out of that epoch. Weights are 1 where the part
    has none.
    """
    fill = mean_pixel(part.x, normalise)
    source = TrainingBatches(part, batch_size, seed=seed, augment=augment, fill=fill)
    return _pipeline(tf.data.Dataset.range(start_step, np.iinfo(np.int64).max), source, normalise)


def evaluation_batches(
    data: Part | NDArray[Any], batch_size: int, *, normalise: ImageSchema | None = None
) -> tf.data.Dataset:
    """Return batches of equal shape that cover the data once: (x, y, weight) of a part, x alone of images.

    Rows past the data's end have weight 0; b is `even_batch(n, batch_size)`.
    """
    source = EvaluationBatches(data, batch_size)
    return _pipeline(tf.data.Dataset.range(source.steps), source, normalise)


def normalise_batch(x: tf.Tensor, schema: ImageSchema | None) -> tf.Tensor:
    """Return images (b, h, w, c) of known shape as float32, normalised as `autonas.data.images.normalise` does it."""
    if schema is None:
        return tf.cast(x, tf.float32)
    # A row of h*w*c factors, not of c: broadcasting 3 numbers at a time takes several times as long.
    pixels = math.prod(x.shape[1:3])
    scale = np.tile(np.asarray(schema.scale, np.float32), pixels)
    offset = np.tile(np.asarray(schema.offset, np.float32), pixels)
    flat = tf.cast(tf.reshape(x, (-1, len(scale))), tf.float32) * scale + offset
    return tf.reshape(flat, x.shape)


class _Weak:
    """Calls a source that it does not keep alive.

    TensorFlow keeps the function given to `numpy_function` for as long as the process lives, and with it would keep the
    images of every dataset ever made. So it is given this, and the dataset, which iterators hold, holds the source.
    """

    def __init__(self, source: BatchSource) -> None:
        self._source = weakref.ref(source)

    def __call__(self, step: np.int64) -> tuple[NDArray[Any], ...]:
        source = self._source()
        if source is None:
            raise RuntimeError("A batch was asked of a pipeline that is gone: keep the dataset while iterating.")
        return source.batch(int(step))


def _pipeline(steps: tf.data.Dataset, source: BatchSource, schema: ImageSchema | None) -> tf.data.Dataset:
    """Map step numbers to batches, in order; the shapes are those of the first batch."""
    first = source.batch(0)
    call = _Weak(source)

    def load(step: tf.Tensor) -> Any:
        arrays = tf.numpy_function(call, [step], [array.dtype for array in first])
        for tensor, array in zip(arrays, first, strict=True):
            tensor.set_shape(array.shape)
        x = normalise_batch(arrays[0], schema)
        return (x, *arrays[1:]) if len(arrays) > 1 else x

    batches = steps.map(load)
    batches.autonas_source = source  # see _Weak
    return batches.prefetch(_AHEAD).with_options(_untuned())


def _untuned() -> tf.data.Options:
    # There is nothing to tune here, and the tuning thread sleeps for ever longer (10 ms, doubling, up to 60 s). Now and
    # then an iterator is not destroyed before it wakes: seen with TensorFlow 2.21, 9 s after 12 s of batches and 41 s
    # after 42 s, in which nothing ran.
    options = tf.data.Options()
    options.autotune.enabled = False
    return options

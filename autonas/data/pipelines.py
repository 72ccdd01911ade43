"""Arrays to tf.data pipelines whose shapes never change, so that nothing is traced twice.

A training batch is a pure function of (seed, step): resuming at a step is starting there, and two pipelines of one seed
agree to the last bit. All of it is TensorFlow operations. Python inside a pipeline (`tf.numpy_function`,
`from_generator`) was as fast and is a trap: an iterator that is deleted while its prefetch thread waits for the
interpreter's lock waits for that thread for ever, and the function, with the images it holds, is never let go.

Nothing is autotuned either: the end of an iterator waits for the tuning thread, which sleeps ever longer. Fits of 90 s
were followed by pauses of 50 s in which nothing happened.

Evaluation covers each sample once in batches of equal size; the last is filled up with sample 0 at weight 0. So metrics
must be weighted (`weighted_metrics` in Keras), and who predicts keeps the first n rows.
"""

import math
import weakref
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from autonas.data.augment import Augment
from autonas.data.augmentation_ops import cut_mix, draws, gather_augmented, normalise_batch
from autonas.data.batches import batch_size_for, even_batch, steps_per_epoch
from autonas.data.disk import DiskArray
from autonas.data.disk_ops import epoch_batches
from autonas.data.images import ImageSchema
from autonas.data.splits import Part

_AHEAD = 2  # batches prepared while a step runs
_END = np.iinfo(np.int64).max

# A part's tensors live as long as the part: a search makes a pipeline a trial, and each would copy the images again.
_TENSORS: weakref.WeakKeyDictionary[Part, tuple[tf.Tensor | None, tf.Tensor, tf.Tensor]] = weakref.WeakKeyDictionary()


def training_batches(
    part: Part,
    batch_size: int,
    *,
    seed: int,
    augment: Augment | None = None,
    normalise: ImageSchema | None = None,
    start_step: int = 0,
    classes: int | None = None,
) -> tf.data.Dataset:
    """Return endless batches (x (b, h, w, c) float32, y, weight (b,)), reshuffled each epoch, from `start_step` on.

    x is normalised by the schema `normalise`, or only cast where that is None. b is `batch_size`, or all samples where
    they are fewer; what does not fill a batch at an epoch's end is left out of that epoch. Weights are 1 where the part
    has none. y is as in the part or, where `classes` is given, (b, classes): codes become shares of the classes, which
    cutmix needs.
    """
    x, y, weight = _tensors(part)
    size = batch_size_for(len(part), batch_size)
    changes = augment or Augment()

    def load(step: tf.Tensor, picked: Any) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        samples, rows = (picked, x) if x is not None else picked
        places = samples if x is not None else tf.range(size, dtype=tf.int64)
        u = draws(size, seed, step)
        moves = changes.flip or changes.shift
        images = gather_augmented(rows, places, changes, u) if moves else tf.gather(rows, places)
        images = normalise_batch(images, normalise)
        targets, weights = tf.gather(y, samples), tf.gather(weight, samples)
        if classes is not None:
            targets = tf.one_hot(targets, classes)
            if changes.cutmix:
                images, targets, weights = cut_mix(images, targets, weights, changes.cutmix, u)
        return tf.ensure_shape(images, (size, *part.x.shape[1:])), targets, weights

    steps = tf.data.Dataset.range(start_step, _END)
    order = _shuffled(part, size, seed, start_step)
    return _untuned(tf.data.Dataset.zip((steps, order)).map(load).prefetch(_AHEAD))


def evaluation_batches(
    data: Part | NDArray[Any], batch_size: int, *, normalise: ImageSchema | None = None
) -> tf.data.Dataset:
    """Return batches of equal shape that cover the data once: (x, y, weight) of a part, x alone of images.

    Rows past the data's end have weight 0; b is `even_batch(n, batch_size)`.
    """
    n = len(data)
    size = even_batch(n, batch_size)
    tensors = _tensors(data) if isinstance(data, Part) else (_on_host(data),)

    def load(step: tf.Tensor) -> Any:
        places = step * size + tf.range(size, dtype=tf.int64)
        real = places < n
        samples = tf.where(real, places, 0)
        x = tf.ensure_shape(normalise_batch(tf.gather(tensors[0], samples), normalise), (size, *tensors[0].shape[1:]))
        if len(tensors) == 1:
            return x
        return x, tf.gather(tensors[1], samples), tf.gather(tensors[2], samples) * tf.cast(real, tf.float32)

    return _untuned(tf.data.Dataset.range(math.ceil(n / size)).map(load).prefetch(_AHEAD))


def _untuned(batches: tf.data.Dataset) -> tf.data.Dataset:
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.with_options(options)


def _shuffled(part: Part, size: int, seed: int, start_step: int) -> tf.data.Dataset:
    """Return endless sample numbers (size,), each sample at most once an epoch, from `start_step` on.

    Where x is on disk, elements are (numbers, rows of x): both are read in one go.
    """
    n, steps = len(part), steps_per_epoch(len(part), size)

    def epoch_order(epoch: tf.Tensor) -> tf.data.Dataset:
        if isinstance(part.x, DiskArray):
            return epoch_batches(part.x, size, seed, epoch)
        key = tf.stack([tf.constant(seed, tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(tf.range(n, dtype=tf.int64), key)
        return tf.data.Dataset.from_tensor_slices(tf.reshape(order[: steps * size], (steps, size)))

    return tf.data.Dataset.range(start_step // steps, _END).flat_map(epoch_order).skip(start_step % steps)


def _tensors(part: Part) -> tuple[tf.Tensor | None, tf.Tensor, tf.Tensor]:
    """Return (x, y, weight) of a part as tensors, made once; no x where it is on disk."""
    if part not in _TENSORS:
        weight = np.ones(len(part), np.float32) if part.weight is None else part.weight
        x = None if isinstance(part.x, DiskArray) else _on_host(part.x)
        _TENSORS[part] = x, _on_host(part.y), _on_host(weight)
    return _TENSORS[part]


def _on_host(array: NDArray[Any]) -> tf.Tensor:
    """Return an array as a tensor in the host's memory, where tf.data reads it, also where there is a GPU."""
    with tf.device("CPU:0"):
        return tf.constant(array)

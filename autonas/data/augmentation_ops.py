"""Augmentation of a batch as TensorFlow operations, without Python in the loop.

Notation: N images in store, b a batch, h rows, w columns, c channels, k classes.

A shifted and mirrored image is the same pixels in another order, so all of it is two gathers: rows (whole rows are
copied) and columns. Images stay in their dtype until they are normalised: a quarter of the bytes where they are uint8.
Reflecting, reversing and selecting by `tf.pad`, `tf.reverse` and `tf.where` took two to five times as long on a CPU.
"""

import numpy as np
import tensorflow as tf

from autonas.data.augment import Augment
from autonas.data.images import ImageSchema

_DRAWS = 7  # random numbers an image: mirror, shift down and right, cutmix or not, its area, row and column


def draws(batch: int, seed: int, step: tf.Tensor) -> tf.Tensor:
    """Return the random numbers of a step, (7, b) in [0, 1): a pure function of seed and step."""
    return tf.random.stateless_uniform([_DRAWS, batch], tf.stack([tf.constant(seed, tf.int64), step]))


def gather_augmented(images: tf.Tensor, samples: tf.Tensor, augment: Augment, u: tf.Tensor) -> tf.Tensor:
    """Return images[samples] mirrored and shifted as the draws u say: (b, h, w, c) of images (N, h, w, c)."""
    n, h, w, c = images.shape
    rows, columns = _moved(h, augment.shift, u[1]), _moved(w, augment.shift, u[2])  # (b, h), (b, w)
    if augment.flip:
        columns = tf.where(u[0, :, tf.newaxis] < 0.5, columns[:, ::-1], columns)
    stored_rows = tf.reshape(images, (n * h, w * c))
    batch = tf.gather(stored_rows, samples[:, tf.newaxis] * h + tf.cast(rows, samples.dtype))
    return tf.gather(tf.reshape(batch, (-1, h, w, c)), columns, axis=2, batch_dims=1)


def normalise_batch(x: tf.Tensor, schema: ImageSchema | None) -> tf.Tensor:
    """Return images (b, h, w, c) as float32, normalised as `autonas.data.images.normalise` does it."""
    if schema is None:
        return tf.cast(x, tf.float32)
    # A row of h*w*c factors, not of c: broadcasting 3 numbers at a time takes several times as long.
    _, h, w, c = x.shape
    scale = np.tile(np.asarray(schema.scale, np.float32), h * w)
    offset = np.tile(np.asarray(schema.offset, np.float32), h * w)
    flat = tf.cast(tf.reshape(x, (-1, h * w * c)), tf.float32) * scale + offset
    return tf.reshape(flat, (-1, h, w, c))


def cut_mix(
    x: tf.Tensor, targets: tf.Tensor, weight: tf.Tensor, share: float, u: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return images (b, h, w, c), targets (b, k) and weights (b,) of which a `share` is mixed (Yun et al. 2019).

    A box of the image before it in the batch is pasted into an image; its share of the area is uniform in [0, 1) before
    the border clips it. Target and weight are those of both images, by area.
    """
    _, h, w, c = x.shape
    mixed = tf.cast(u[3] < share, tf.float32)[:, tf.newaxis]
    side = tf.sqrt(u[4])
    rows, columns = _inside(h, side, u[5]) * mixed, _inside(w, side, u[6])  # (b, h), (b, w)
    # Rows of w*c numbers, as when normalising.
    box, flat = rows[:, :, tf.newaxis] * tf.repeat(columns, c, axis=1)[:, tf.newaxis], tf.reshape(x, (-1, h, w * c))
    images = tf.reshape(flat + box * (tf.roll(flat, 1, axis=0) - flat), (-1, h, w, c))
    area = tf.reduce_mean(box, axis=(1, 2))  # (b,)
    own, other = (1 - area) * weight, area * tf.roll(weight, 1, axis=0)
    blended = own[:, tf.newaxis] * targets + other[:, tf.newaxis] * tf.roll(targets, 1, axis=0)
    return images, tf.math.divide_no_nan(blended, (own + other)[:, tf.newaxis]), own + other


def _moved(size: int, shift: int, u: tf.Tensor) -> tf.Tensor:
    """Return which pixel each place shows after a shift drawn by u (b,), reflected at both ends: (b, size)."""
    by = tf.cast(tf.floor(u * (2 * shift + 1)), tf.int32) - shift
    places = tf.range(size)[tf.newaxis] + by[:, tf.newaxis]
    return (size - 1) - tf.abs((size - 1) - tf.abs(places))


def _inside(size: int, share: tf.Tensor, u: tf.Tensor) -> tf.Tensor:
    """Return 1 where a place is in a stretch of share * size places around a centre drawn by u, else 0: (b, size)."""
    length = tf.cast(share * size, tf.int32)[:, tf.newaxis]
    start = tf.cast(tf.floor(u * size), tf.int32)[:, tf.newaxis] - length // 2
    places = tf.range(size)[tf.newaxis]
    return tf.cast((places >= start) & (places < start + length), tf.float32)

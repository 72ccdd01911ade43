"""tf.data for the peers: standardised images, shuffled, with the light augmentation a dataset allows."""

import dataclasses

import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Left-right flips, and crops of the image after `pad` pixels are added on every side."""

    flip: bool = False
    pad: int = 0


# Mirrored digits are other signs, mirrored clothes and animals are not.
AUGMENTATIONS = {"fashion_mnist": Augmentation(flip=True), "cifar10": Augmentation(flip=True, pad=4)}


@dataclasses.dataclass(frozen=True)
class Standardise:
    """Channel means and deviations of the training images, so that all peers see the same float32 input."""

    mean: np.ndarray  # (c,)
    deviation: np.ndarray  # (c,)

    @classmethod
    def of(cls, images: np.ndarray) -> "Standardise":
        """Statistics of `images` (n, h, w, c)."""
        return cls(images.mean((0, 1, 2)), images.std((0, 1, 2)) + 1e-6)

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """`images` (n, h, w, c) of any number type as standardised float32."""
        return ((images - self.mean) / self.deviation).astype(np.float32)


def training(
    images: np.ndarray, labels: np.ndarray, batch: int, seed: int, augmentation: Augmentation
) -> tf.data.Dataset:
    """Endless batches (images, labels): reshuffled every pass, augmented image by image."""
    rows = tf.data.Dataset.from_tensor_slices((images, labels))
    rows = rows.shuffle(len(images), seed=seed, reshuffle_each_iteration=True).repeat()
    batches = rows.batch(batch, drop_remainder=True)
    return _untuned(batches.map(lambda x, y: (_augment(x, augmentation), y)).prefetch(2))


def validation(images: np.ndarray, labels: np.ndarray) -> tf.data.Dataset:
    """One pass over (images, labels), in order."""
    return _untuned(tf.data.Dataset.from_tensor_slices((images, labels)).batch(256))


def _untuned(dataset: tf.data.Dataset) -> tf.data.Dataset:
    # There is nothing to tune here, and the tuning thread sleeps for ever longer (10 ms doubling to 60 s). An iterator
    # is not destroyed before it wakes: with TensorFlow 2.21 on one core a fit of 42 s took 41 s more to be let go.
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)


def _augment(images: tf.Tensor, augmentation: Augmentation) -> tf.Tensor:
    if augmentation.pad:
        images = _crop(images, augmentation.pad)
    if augmentation.flip:
        mirrored = tf.random.uniform((tf.shape(images)[0], 1, 1, 1)) < 0.5
        images = tf.where(mirrored, images[:, :, ::-1], images)
    return images


def _crop(images: tf.Tensor, pad: int) -> tf.Tensor:
    height, width = images.shape[1], images.shape[2]
    padded = tf.pad(images, [[0, 0], [pad, pad], [pad, pad], [0, 0]], mode="REFLECT")
    count = tf.shape(images)[0]
    top = tf.random.uniform((count, 1), 0, 2 * pad + 1, tf.int32) + tf.range(height)  # (n, h) source rows
    left = tf.random.uniform((count, 1), 0, 2 * pad + 1, tf.int32) + tf.range(width)  # (n, w) source columns
    rows = tf.gather(padded, top, axis=1, batch_dims=1)
    return tf.gather(rows, left, axis=2, batch_dims=1)

"""Hashing of strings, as Keras's `Hashing` layer does it in an exported model."""

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


def buckets_of(texts: NDArray[Any], buckets: int) -> NDArray[np.int64]:
    """Return the bucket of each of n strings, (n,), 0 to ``buckets`` - 1."""
    with tf.device("CPU:0"):
        return np.asarray(tf.strings.to_hash_bucket_fast(texts.astype(str).tolist(), buckets))

"""Hashing of strings, as Keras's `Hashing` layer does it in an exported model."""

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray


def buckets_of(texts: NDArray[Any], buckets: int) -> NDArray[np.int64]:
    """Return the bucket of each of n strings, (n,), 0 to ``buckets`` - 1."""
    tf = import_module("tensorflow")  # it takes seconds, and few who import the data room hash anything
    with tf.device("CPU:0"):
        return np.asarray(tf.strings.to_hash_bucket_fast(texts.astype(str).tolist(), buckets))

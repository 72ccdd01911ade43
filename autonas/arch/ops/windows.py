"""Sliding windows over positions, as TensorFlow lays them: what convolutions and pools share.

Positions are the pixels of an image (height, width, channels), of rank 2, or the places of a sequence (length,
channels), of rank 1. Ops over sequences are named as those over images with ``1d`` behind, as in Keras.
"""

from __future__ import annotations

import numpy as np

from autonas.arch.op import Array, Shape

EXPECTED = {1: "a sequence (length, channels)", 2: "an image (height, width, channels)"}
SUFFIX = {1: "1d", 2: ""}


def positions(op: str, shape: Shape, rank: int) -> Shape:
    """Return the position axes of ``shape``, its channels left out, or raise ValueError."""
    if len(shape) != rank + 1:
        raise ValueError(f"op '{op}' takes {EXPECTED[rank]}. Received: a shape of rank {len(shape)}: {shape}")
    return shape[:-1]


def image(op: str, shape: Shape) -> tuple[int, int, int]:
    """Return ``shape`` as (height, width, channels), or raise ValueError."""
    height, width = positions(op, shape, 2)
    return height, width, shape[2]


def same_length(length: int, stride: int) -> int:
    """Positions along an axis under "same" padding: ceil(length / stride)."""
    return -(-length // stride)


def valid_length(length: int, size: int, stride: int) -> int:
    """Positions along an axis without padding."""
    if length < size:
        raise ValueError(f"a window of {size} does not fit into {length} pixels")
    return (length - size) // stride + 1


def same_padding(length: int, size: int, stride: int) -> tuple[int, int]:
    """Padding before and after under TensorFlow's "same": the odd pixel goes after."""
    total = max((same_length(length, stride) - 1) * stride + size - length, 0)
    return total // 2, total - total // 2


def windows(x: Array, size: int, stride: int, padding: str, fill: float = 0.0) -> Array:
    """Return the windows of ``x``: (n, h, w, c) -> (n, out_h, out_w, c, size, size), and one axis less of each for
    sequences.
    """
    axes = tuple(range(1, x.ndim - 1))
    if padding == "same":
        around = [same_padding(x.shape[axis], size, stride) for axis in axes]
        x = np.pad(x, ((0, 0), *around, (0, 0)), constant_values=fill)
    views = np.lib.stride_tricks.sliding_window_view(x, (size,) * len(axes), axis=axes)
    return views[(slice(None), *(slice(None, None, stride) for _ in axes))]

"""Sliding windows over images, as TensorFlow lays them: what convolutions and pools share."""

from __future__ import annotations

import numpy as np

from autonas.arch.op import Array, Shape


def image(op: str, shape: Shape) -> tuple[int, int, int]:
    """Return ``shape`` as (height, width, channels), or raise ValueError."""
    if len(shape) != 3:
        raise ValueError(
            f"op '{op}' takes an image (height, width, channels). Received: a shape of rank {len(shape)}: {shape}"
        )
    return shape[0], shape[1], shape[2]


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
    """Return the windows of ``x``: (n, h, w, c) -> (n, out_h, out_w, c, size, size)."""
    if padding == "same":
        rows, columns = (same_padding(length, size, stride) for length in x.shape[1:3])
        x = np.pad(x, ((0, 0), rows, columns, (0, 0)), constant_values=fill)
    views = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))
    return views[:, ::stride, ::stride]

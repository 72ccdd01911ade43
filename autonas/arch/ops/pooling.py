"""Pools: over windows (max, average) and over the whole image."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from autonas.arch.op import Array, Attribute, Attrs, Op, Shape, positive_int, register
from autonas.arch.ops.windows import image, same_length, valid_length, windows

_ATTRIBUTES = {
    "size": positive_int(2),
    "stride": positive_int(2),
    "padding": Attribute(str, "'same' or 'valid'", lambda value: value in ("same", "valid"), "same"),
}


def _shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    height, width, channels = image("pool", inputs[0])
    size, stride = int(attrs["size"]), int(attrs["stride"])  # type: ignore[arg-type]
    if attrs["padding"] == "same":
        return same_length(height, stride), same_length(width, stride), channels
    return valid_length(height, size, stride), valid_length(width, size, stride), channels


def _global_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    return (image("global pool", inputs[0])[2],)


def _views(attrs: Attrs, x: Array, fill: float) -> Array:
    return windows(x, int(attrs["size"]), int(attrs["stride"]), str(attrs["padding"]), fill)  # type: ignore[arg-type]


def _max(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    y: Array = _views(attrs, inputs[0], -np.inf).max(axis=(4, 5))
    return y


def _average(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    # TensorFlow leaves padded pixels out of the mean.
    inside = _views(attrs, np.ones_like(inputs[0]), 0.0).sum(axis=(4, 5))
    y: Array = _views(attrs, inputs[0], 0.0).sum(axis=(4, 5)) / inside
    return y


def _words(name: str) -> Callable[[Attrs], str]:
    return lambda attrs: (
        f"{name} {attrs['size']}x{attrs['size']}"
        + (f", stride {attrs['stride']}" if attrs["stride"] != attrs["size"] else "")
    )


def _pool(name: str, reference: Callable[[Attrs, tuple[Array, ...], tuple[Array, ...]], Array], words: str) -> Op:
    return Op(
        name,
        channels="keep",
        sign="keeps",
        attributes=_ATTRIBUTES,
        shape=_shape,
        flops=lambda attrs, inputs, output: math.prod(output) * int(attrs["size"]) ** 2,  # type: ignore[arg-type]
        reference=reference,
        words=_words(words),
    )


def _global_pool(name: str, reduce: Literal["mean", "max"], words: str) -> Op:
    return Op(
        name,
        channels="keep",
        sign="keeps",
        shape=_global_shape,
        flops=lambda attrs, inputs, output: math.prod(inputs[0]),
        reference=lambda attrs, inputs, weights: getattr(inputs[0], reduce)(axis=(1, 2)),
        words=lambda attrs: words,
    )


register(_pool("max_pool", _max, "max pool"))
register(_pool("avg_pool", _average, "average pool"))
register(_global_pool("global_avg_pool", "mean", "global average pool"))
register(_global_pool("global_max_pool", "max", "global max pool"))

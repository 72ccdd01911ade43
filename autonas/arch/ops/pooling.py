"""Pools: over windows (max, average) and over all positions, of images and sequences.

A global average over a sequence may read the sequence's ids as a second input: it then leaves padding out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np

from autonas.arch.op import Array, Attribute, Attrs, Op, Shape, positive_int, register
from autonas.arch.ops.masking import check_ids, real
from autonas.arch.ops.windows import SUFFIX, positions, same_length, valid_length, windows

_ATTRIBUTES = {
    "size": positive_int(2),
    "stride": positive_int(2),
    "padding": Attribute(str, "'same' or 'valid'", lambda value: value in ("same", "valid"), "same"),
}


def _shape(rank: int) -> Callable[[Attrs, tuple[Shape, ...]], Shape]:
    def shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
        lengths = positions("pool", inputs[0], rank)
        size, stride = int(attrs["size"]), int(attrs["stride"])  # type: ignore[arg-type]
        if attrs["padding"] == "same":
            return (*(same_length(length, stride) for length in lengths), inputs[0][-1])
        return (*(valid_length(length, size, stride) for length in lengths), inputs[0][-1])

    return shape


def _views(attrs: Attrs, x: Array, fill: float) -> Array:
    return windows(x, int(attrs["size"]), int(attrs["stride"]), str(attrs["padding"]), fill)  # type: ignore[arg-type]


def _window(x: Array) -> tuple[int, ...]:
    """The axes of a window in what `_views` gives for ``x``."""
    return tuple(range(x.ndim, 2 * x.ndim - 2))


def _max(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    y: Array = _views(attrs, inputs[0], -np.inf).max(axis=_window(inputs[0]))
    return y


def _average(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    # TensorFlow leaves padded pixels out of the mean.
    window = _window(inputs[0])
    inside = _views(attrs, np.ones_like(inputs[0]), 0.0).sum(axis=window)
    y: Array = _views(attrs, inputs[0], 0.0).sum(axis=window) / inside
    return y


def _masked_mean(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    """The mean over all positions, or over those whose id is not 0."""
    kept = real(inputs[1]) if len(inputs) > 1 else np.ones((*inputs[0].shape[:2], 1), bool)
    y: Array = np.where(kept, inputs[0], 0).sum(axis=1) / kept.sum(axis=1)
    return y.astype(inputs[0].dtype)


def _words(name: str, rank: int) -> Callable[[Attrs], str]:
    return lambda attrs: (
        f"{name} "
        + "x".join([str(attrs["size"])] * rank)
        + (f", stride {attrs['stride']}" if attrs["stride"] != attrs["size"] else "")
    )


def _pool(name: str, rank: int, reference: Callable[[Attrs, tuple[Array, ...], tuple[Array, ...]], Array]) -> Op:
    return Op(
        f"{name}_pool{SUFFIX[rank]}",
        channels="keep",
        sign="keeps",
        attributes=_ATTRIBUTES,
        shape=_shape(rank),
        flops=lambda attrs, inputs, output: math.prod(output) * int(attrs["size"]) ** rank,  # type: ignore[arg-type]
        reference=reference,
        words=_words({"max": "max pool", "avg": "average pool"}[name], rank),
    )


def _global_pool(name: str, rank: int, reduce: Literal["mean", "max"], words: str) -> Op:
    return Op(
        name + SUFFIX[rank],
        channels="keep",
        sign="keeps",
        shape=lambda attrs, inputs: (inputs[0][len(positions("global pool", inputs[0], rank))],),
        flops=lambda attrs, inputs, output: math.prod(inputs[0]),
        reference=lambda attrs, inputs, weights: getattr(inputs[0], reduce)(axis=tuple(range(1, rank + 1))),
        words=lambda attrs: words,
    )


def _mean_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    positions("global pool", inputs[0], 1)
    check_ids("global pool", inputs)
    return inputs[0][1:]


for _rank in SUFFIX:
    register(_pool("max", _rank, _max))
    register(_pool("avg", _rank, _average))
    register(_global_pool("global_max_pool", _rank, "max", "global max pool"))
register(_global_pool("global_avg_pool", 2, "mean", "global average pool"))
register(
    Op(
        "global_avg_pool1d",
        channels="keep",
        sign="keeps",
        arity=(1, 2),
        ids=(1,),
        shape=_mean_shape,
        flops=lambda attrs, inputs, output: math.prod(inputs[0]),
        reference=_masked_mean,
        words=lambda attrs: "global average pool",
    )
)

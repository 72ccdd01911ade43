"""Embeddings: a vector a token, and a vector a position."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from autonas.arch.op import Array, Attrs, Op, Shape, WeightSpec, positive_int, register


def _length(op: str, shape: Shape) -> int:
    if len(shape) != 1:
        raise ValueError(f"op '{op}' takes ids (length,). Received: a shape of rank {len(shape)}: {shape}")
    return shape[0]


def _shape(op: str) -> Callable[[Attrs, tuple[Shape, ...]], Shape]:
    return lambda attrs, inputs: (_length(op, inputs[0]), int(attrs["width"]))  # type: ignore[arg-type]


def _weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    shape = int(attrs["tokens"]), int(attrs["width"])  # type: ignore[arg-type]
    return (WeightSpec("embeddings", shape, (None, "out"), "small"),)


def _position_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    shape = inputs[0][0], int(attrs["width"])  # type: ignore[arg-type]
    return (WeightSpec("embeddings", shape, (None, "out"), "small"),)


def _look_up(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    y: Array = weights[0][inputs[0].astype(np.int64)]
    return y


def _repeat(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    return np.broadcast_to(weights[0], (len(inputs[0]), *weights[0].shape))


register(
    Op(
        "embedding",
        channels="make",
        sign="loses",
        width="width",
        ids=(0,),
        attributes={"tokens": positive_int(), "width": positive_int()},
        shape=_shape("embedding"),
        weights=_weights,
        flops=lambda attrs, inputs, output: math.prod(output),
        reference=_look_up,
        words=lambda attrs: f"embedding {attrs['width']}",
    )
)
register(
    Op(
        "position_embedding",
        channels="make",
        sign="loses",
        width="width",
        ids=(0,),
        attributes={"width": positive_int()},
        shape=_shape("position_embedding"),
        weights=_position_weights,
        flops=lambda attrs, inputs, output: math.prod(output),
        reference=_repeat,
        words=lambda attrs: f"position embedding {attrs['width']}",
    )
)

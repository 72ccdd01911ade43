"""Ops that change the shape: the input, flatten, factorized reduction (as in the code of Pham et al. 2018)."""

from __future__ import annotations

import math

import numpy as np

from autonas.arch.op import Array, Attribute, Attrs, Op, Shape, WeightSpec, register
from autonas.arch.ops.windows import image, same_length


def _reduced_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    height, width, _ = image("factorized_reduction", inputs[0])
    return same_length(height, 2), same_length(width, 2), int(attrs["filters"])  # type: ignore[arg-type]


def _reduction_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    filters, channels = int(attrs["filters"]), inputs[0][2]  # type: ignore[arg-type]
    halves = {"kernel_even": filters - filters // 2, "kernel_odd": filters // 2}
    return tuple(
        WeightSpec(name, (1, 1, channels, half), (None, None, "in", "out"), "he") for name, half in halves.items()
    )


def _reduce(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    x = inputs[0]
    shifted = np.pad(x[:, 1:, 1:], ((0, 0), (0, 1), (0, 1), (0, 0)))
    halves = (grid[:, ::2, ::2] @ kernel[0, 0] for grid, kernel in zip((x, shifted), weights, strict=True))
    return np.concatenate(tuple(halves), axis=-1)


def _unroll(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    return inputs[0].reshape(len(inputs[0]), -1)


register(
    Op(
        "input",
        channels="source",
        sign="loses",
        arity=(0, 0),
        attributes={
            "shape": Attribute(
                tuple,
                "a tuple of ints >= 1",
                lambda value: len(value) > 0 and all(type(axis) is int and axis >= 1 for axis in value),
            )
        },
        shape=lambda attrs, inputs: tuple(attrs["shape"]),  # type: ignore[arg-type]
        flops=lambda attrs, inputs, output: 0,
        reference=lambda attrs, inputs, weights: inputs[0],
        words=lambda attrs: "input " + "x".join(str(axis) for axis in attrs["shape"]),  # type: ignore[union-attr]
    )
)
register(
    Op(
        "flatten",
        channels="unroll",
        sign="keeps",
        shape=lambda attrs, inputs: (math.prod(inputs[0]),),
        flops=lambda attrs, inputs, output: 0,
        reference=_unroll,
        words=lambda attrs: "flatten",
    )
)
register(
    Op(
        "factorized_reduction",
        channels="fixed",
        sign="loses",
        width="filters",
        attributes={
            "filters": Attribute(int, "an int >= 2", lambda value: bool(value >= 2)),
        },
        shape=_reduced_shape,
        weights=_reduction_weights,
        flops=lambda attrs, inputs, output: 2 * inputs[0][2] * math.prod(output),
        reference=_reduce,
        words=lambda attrs: f"factorized reduction, {attrs['filters']}",
    )
)

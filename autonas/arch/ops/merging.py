"""Ops with several inputs: add (one to one) and concat (channels side by side)."""

from __future__ import annotations

import math

import numpy as np

from autonas.arch.op import Attrs, Op, Shape, register


def _add_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    if len(set(inputs)) != 1:
        raise ValueError(f"op 'add' takes inputs of one shape. Received: {list(inputs)}")
    return inputs[0]


def _concat_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    if len({shape[:-1] for shape in inputs}) != 1:
        raise ValueError(f"op 'concat' takes inputs that differ in channels alone. Received: {list(inputs)}")
    return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))


register(
    Op(
        "add",
        channels="equal",
        sign="keeps",
        arity=(2, None),
        commutative=True,
        shape=_add_shape,
        flops=lambda attrs, inputs, output: (len(inputs) - 1) * math.prod(output),
        reference=lambda attrs, inputs, weights: sum(inputs[1:], inputs[0]),
        words=lambda attrs: "add",
    )
)
register(
    Op(
        "concat",
        channels="along",
        sign="keeps",
        arity=(2, None),
        shape=_concat_shape,
        flops=lambda attrs, inputs, output: 0,
        reference=lambda attrs, inputs, weights: np.concatenate(inputs, axis=-1),
        words=lambda attrs: "concat",
    )
)

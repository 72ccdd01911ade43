"""Padding: sequences are as long as the longest, and ids of 0 say where one has ended.

An op that must tell padding from text reads the ids beside the sequence, as its second input. A sequence has at least
one id that is not 0.
"""

from __future__ import annotations

import math

from autonas.arch.op import Array, Op, Shape, register


def check_ids(op: str, inputs: tuple[Shape, ...]) -> None:
    """Raise ValueError unless the second input, where there is one, holds an id for each position of the first."""
    if len(inputs) > 1 and inputs[1] != inputs[0][:1]:
        raise ValueError(f"op '{op}' takes ids of shape {inputs[0][:1]} beside {inputs[0]}. Received: {inputs[1]}")


def real(ids: Array) -> Array:
    """Return 1 where there is text and 0 where there is padding: (n, length) -> (n, length, 1)."""
    kept: Array = (ids != 0)[..., None]
    return kept


def _shape(attrs: object, inputs: tuple[Shape, ...]) -> Shape:
    if len(inputs[0]) != 2:
        raise ValueError(f"op 'mask' takes a sequence (length, channels). Received: {inputs[0]}")
    check_ids("mask", inputs)
    return inputs[0]


register(
    Op(
        "mask",
        channels="keep",
        sign="keeps",
        arity=(2, 2),
        ids=(1,),
        shape=_shape,
        flops=lambda attrs, inputs, output: math.prod(output),
        reference=lambda attrs, inputs, weights: inputs[0] * real(inputs[1]),
        words=lambda attrs: "mask",
    )
)

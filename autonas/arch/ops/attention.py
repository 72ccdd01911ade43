"""Multi-head self-attention (Vaswani et al. 2017, section 3.2), as Keras computes it.

notation  meaning                                                          shape
h, k      heads, and the width of a query or key of one head               scalars
q, k, v   queries, keys, values: x W + b                                   (n, heads, length, key)
a         softmax over the real positions of q k^T / sqrt(key)             (n, heads, length, length)
y         a v, heads side by side, times the output kernel, plus its bias  (n, length, units)
"""

from __future__ import annotations

import math

import numpy as np

from autonas.arch.op import Array, Attrs, Op, Shape, WeightSpec, positive_int, register
from autonas.arch.ops.masking import check_ids


def _sizes(attrs: Attrs) -> tuple[int, int, int]:
    return int(attrs["heads"]), int(attrs["key"]), int(attrs["units"])  # type: ignore[arg-type]


def _shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    if len(inputs[0]) != 2:
        raise ValueError(f"op 'self_attention' takes a sequence (length, channels). Received: {inputs[0]}")
    check_ids("self_attention", inputs)
    return inputs[0][0], _sizes(attrs)[2]


def _weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    heads, key, units = _sizes(attrs)
    specs: list[WeightSpec] = []
    for name in ("query", "key", "value"):
        specs.append(WeightSpec(f"{name}_kernel", (inputs[0][-1], heads, key), ("in", "head", None), "attention"))
        specs.append(WeightSpec(f"{name}_bias", (heads, key), ("head", None), "zeros"))
    specs.append(WeightSpec("output_kernel", (heads, key, units), ("head", None, "out"), "attention"))
    return (*specs, WeightSpec("output_bias", (units,), ("out",), "zeros"))


def _attend(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    query, key, value = (
        np.einsum("nld,dhk->nhlk", inputs[0], weights[2 * part]) + weights[2 * part + 1][:, None] for part in range(3)
    )
    scores = np.einsum("nhlk,nhmk->nhlm", query, key) / math.sqrt(float(attrs["key"]))  # type: ignore[arg-type]
    if len(inputs) > 1:
        scores = np.where((inputs[1] != 0)[:, None, None, :], scores, -np.inf)
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    mixed = np.einsum("nhlm,nhmk->nhlk", scores / scores.sum(axis=-1, keepdims=True), value)
    y: Array = np.einsum("nhlk,hku->nlu", mixed, weights[6]) + weights[7]
    return y


def _flops(attrs: Attrs, inputs: tuple[Shape, ...], output: Shape) -> int:
    heads, key, units = _sizes(attrs)
    length, width = inputs[0]
    projections = length * heads * key * (3 * width + units)
    return 2 * (projections + 2 * length * length * heads * key)


register(
    Op(
        "self_attention",
        channels="make",
        sign="loses",
        width="units",
        arity=(1, 2),
        ids=(1,),
        attributes={"heads": positive_int(), "key": positive_int(), "units": positive_int()},
        shape=_shape,
        weights=_weights,
        flops=_flops,
        reference=_attend,
        words=lambda attrs: f"self-attention, {attrs['heads']} heads of {attrs['key']}",
    )
)

"""Batch normalisation (Ioffe & Szegedy 2015) at inference: y = gamma (x - mean) / sqrt(variance + epsilon) + beta.

Layer normalisation (Ba et al. 2016) is the same with the mean and variance of one position's own channels.
"""

from __future__ import annotations

import math

import numpy as np

from autonas.arch.op import Array, Attribute, Attrs, Op, Shape, WeightSpec, register


def _weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    shape = (inputs[0][-1],)
    return (
        WeightSpec("gamma", shape, ("out",), "ones"),
        WeightSpec("beta", shape, ("out",), "zeros"),
        WeightSpec("mean", shape, ("out",), "zeros", trainable=False),
        WeightSpec("variance", shape, ("out",), "ones", trainable=False),
    )


def _batch_norm(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    gamma, beta, mean, variance = weights
    scale = gamma / np.sqrt(variance + float(attrs["epsilon"]))  # type: ignore[arg-type]
    y: Array = inputs[0] * scale + (beta - mean * scale)
    return y


def _layer_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    shape = (inputs[0][-1],)
    return WeightSpec("gamma", shape, ("out",), "ones"), WeightSpec("beta", shape, ("out",), "zeros")


def _layer_norm(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    x = inputs[0]
    mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    y: Array = (x - mean) / np.sqrt(variance + float(attrs["epsilon"])) * weights[0] + weights[1]  # type: ignore[arg-type]
    return y


_EPSILON = {"epsilon": Attribute(float, "a finite float > 0", lambda value: 0 < value < math.inf, 1e-3)}

register(
    Op(
        "layer_norm",
        channels="even",
        sign="loses",
        attributes=_EPSILON,
        shape=lambda attrs, inputs: inputs[0],
        weights=_layer_weights,
        # Mean, variance, and what batch norm does.
        flops=lambda attrs, inputs, output: 6 * math.prod(output),
        reference=_layer_norm,
        words=lambda attrs: "layer norm",
    )
)
register(
    Op(
        "batch_norm",
        channels="keep",
        sign="loses",
        attributes=_EPSILON,
        shape=lambda attrs, inputs: inputs[0],
        weights=_weights,
        # Folded into one multiply-add, as every inference runtime does.
        flops=lambda attrs, inputs, output: 2 * math.prod(output),
        reference=_batch_norm,
        words=lambda attrs: "batch norm",
    )
)

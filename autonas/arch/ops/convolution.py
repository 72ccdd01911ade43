"""Convolutions over images and sequences, "same" padding: plain, depthwise, separable."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from autonas.arch.op import Array, Attrs, Op, Role, Shape, WeightSpec, flag, positive_int, register
from autonas.arch.ops.windows import SUFFIX, positions, same_length, windows

_WINDOW = {"kernel": positive_int(3), "stride": positive_int(1)}
_LETTERS = {1: "i", 2: "ij"}  # axes of a window in an einsum


def _positions(attrs: Attrs, shape: Shape, rank: int) -> Shape:
    return tuple(same_length(length, int(attrs["stride"])) for length in positions("conv", shape, rank))  # type: ignore[arg-type]


def _bias(attrs: Attrs, channels: int) -> tuple[WeightSpec, ...]:
    return (WeightSpec("bias", (channels,), ("out",), "zeros"),) if attrs["bias"] else ()


def _kernel(name: str, attrs: Attrs, rank: int, ends: Shape, roles: tuple[Role, Role]) -> WeightSpec:
    window = (int(attrs["kernel"]),) * rank  # type: ignore[arg-type]
    return WeightSpec(name, (*window, *ends), (*(None for _ in window), *roles), "he")


def _words(name: str, rank: int) -> Callable[[Attrs], str]:
    def words(attrs: Attrs) -> str:
        size = f"{name} " + "x".join([str(attrs["kernel"])] * rank)
        stride = f", stride {attrs['stride']}" if attrs["stride"] != 1 else ""
        return f"{size}, {attrs['filters']}{stride}" if "filters" in attrs else f"{size}{stride}"

    return words


def _add_bias(attrs: Attrs, x: Array, weights: tuple[Array, ...]) -> Array:
    return x + weights[-1] if attrs["bias"] else x


def _views(attrs: Attrs, x: Array) -> Array:
    return windows(x, int(attrs["kernel"]), int(attrs["stride"]), "same")  # type: ignore[arg-type]


def _conv(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    views = _views(attrs, inputs[0])
    rank = weights[0].ndim - 2
    axes = (*range(rank + 2, 2 * rank + 2), rank + 1), tuple(range(rank + 1))
    return _add_bias(attrs, np.tensordot(views, weights[0], axes=axes), weights)


def _depthwise(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    window = _LETTERS[weights[0].ndim - 2]
    spread = np.einsum(f"...c{window},{window}c->...c", _views(attrs, inputs[0]), weights[0][..., 0])
    return _add_bias(attrs, spread, weights)


def _separable(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    spread = _depthwise({**attrs, "bias": False}, inputs, weights)
    return _add_bias(attrs, spread @ weights[1].reshape(weights[1].shape[-2:]), weights)


def _register(rank: int) -> None:
    """Enter the convolutions over positions of this rank."""

    def conv_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
        filters = int(attrs["filters"])  # type: ignore[arg-type]
        return _kernel("kernel", attrs, rank, (inputs[0][-1], filters), ("in", "out")), *_bias(attrs, filters)

    def depthwise_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
        channels = inputs[0][-1]
        return _kernel("kernel", attrs, rank, (channels, 1), ("out", None)), *_bias(attrs, channels)

    def separable_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
        channels, filters = inputs[0][-1], int(attrs["filters"])  # type: ignore[arg-type]
        return (
            _kernel("depthwise_kernel", attrs, rank, (channels, 1), ("carry", None)),
            _kernel("pointwise_kernel", {"kernel": 1}, rank, (channels, filters), ("in", "out")),
            *_bias(attrs, filters),
        )

    def made_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
        return (*_positions(attrs, inputs[0], rank), int(attrs["filters"]))  # type: ignore[arg-type]

    def kept_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
        return (*_positions(attrs, inputs[0], rank), inputs[0][-1])

    def flops(weights: Callable[..., tuple[WeightSpec, ...]]) -> Callable[[Attrs, tuple[Shape, ...], Shape], int]:
        return lambda attrs, inputs, output: 2 * math.prod(output[:-1]) * _macs(weights(attrs, inputs))

    made = {"filters": positive_int(), **_WINDOW, "bias": flag(True)}
    for name, weights, reference in (
        ("conv", conv_weights, _conv),
        ("separable_conv", separable_weights, _separable),
    ):
        register(
            Op(
                name + SUFFIX[rank],
                channels="make",
                sign="loses",
                width="filters",
                attributes=made,
                shape=made_shape,
                weights=weights,
                flops=flops(weights),
                reference=reference,
                words=_words(name.replace("_", " "), rank),
            )
        )
    register(
        Op(
            "depthwise_conv" + SUFFIX[rank],
            channels="keep",
            sign="loses",
            attributes={**_WINDOW, "bias": flag(True)},
            shape=kept_shape,
            weights=depthwise_weights,
            flops=flops(depthwise_weights),
            reference=_depthwise,
            words=_words("depthwise conv", rank),
        )
    )


def _macs(weights: tuple[WeightSpec, ...]) -> int:
    """Multiply-adds of one position."""
    return sum(math.prod(spec.shape) for spec in weights if spec.name != "bias")


for _rank in SUFFIX:
    _register(_rank)

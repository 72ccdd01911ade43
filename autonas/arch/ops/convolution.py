"""Convolutions over images, "same" padding: plain, depthwise, separable."""

from __future__ import annotations

import math

import numpy as np

from autonas.arch.op import Array, Attrs, Op, Shape, WeightSpec, flag, positive_int, register
from autonas.arch.ops.windows import image, same_length, windows

_WINDOW = {"kernel": positive_int(3), "stride": positive_int(1)}


def _positions(attrs: Attrs, shape: Shape) -> tuple[int, int]:
    height, width, _ = image("conv", shape)
    return same_length(height, int(attrs["stride"])), same_length(width, int(attrs["stride"]))  # type: ignore[arg-type]


def _bias(attrs: Attrs, channels: int) -> tuple[WeightSpec, ...]:
    return (WeightSpec("bias", (channels,), ("out",), "zeros"),) if attrs["bias"] else ()


def _made_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    return (*_positions(attrs, inputs[0]), int(attrs["filters"]))  # type: ignore[arg-type]


def _kept_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    return (*_positions(attrs, inputs[0]), inputs[0][2])


def _words(name: str, attrs: Attrs) -> str:
    size = f"{name} {attrs['kernel']}x{attrs['kernel']}"
    stride = f", stride {attrs['stride']}" if attrs["stride"] != 1 else ""
    return f"{size}, {attrs['filters']}{stride}" if "filters" in attrs else f"{size}{stride}"


def _conv_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    kernel, filters, channels = int(attrs["kernel"]), int(attrs["filters"]), inputs[0][2]  # type: ignore[arg-type]
    spec = WeightSpec("kernel", (kernel, kernel, channels, filters), (None, None, "in", "out"), "he")
    return (spec, *_bias(attrs, filters))


def _depthwise_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    kernel, channels = int(attrs["kernel"]), inputs[0][2]  # type: ignore[arg-type]
    spec = WeightSpec("kernel", (kernel, kernel, channels, 1), (None, None, "out", None), "he")
    return (spec, *_bias(attrs, channels))


def _separable_weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    kernel, filters, channels = int(attrs["kernel"]), int(attrs["filters"]), inputs[0][2]  # type: ignore[arg-type]
    return (
        WeightSpec("depthwise_kernel", (kernel, kernel, channels, 1), (None, None, "carry", None), "he"),
        WeightSpec("pointwise_kernel", (1, 1, channels, filters), (None, None, "in", "out"), "he"),
        *_bias(attrs, filters),
    )


def _macs(weights: tuple[WeightSpec, ...], output: Shape) -> int:
    return output[0] * output[1] * sum(math.prod(spec.shape) for spec in weights if spec.name != "bias")


def _add_bias(attrs: Attrs, x: Array, weights: tuple[Array, ...]) -> Array:
    return x + weights[-1] if attrs["bias"] else x


def _conv(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    views = windows(inputs[0], int(attrs["kernel"]), int(attrs["stride"]), "same")  # type: ignore[arg-type]
    return _add_bias(attrs, np.tensordot(views, weights[0], axes=((4, 5, 3), (0, 1, 2))), weights)


def _depthwise(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    views = windows(inputs[0], int(attrs["kernel"]), int(attrs["stride"]), "same")  # type: ignore[arg-type]
    return _add_bias(attrs, np.einsum("nhwcij,ijc->nhwc", views, weights[0][..., 0]), weights)


def _separable(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    spread = _depthwise({**attrs, "bias": False}, inputs, weights)
    return _add_bias(attrs, spread @ weights[1][0, 0], weights)


register(
    Op(
        "conv",
        channels="make",
        sign="loses",
        width="filters",
        attributes={"filters": positive_int(), **_WINDOW, "bias": flag(True)},
        shape=_made_shape,
        weights=_conv_weights,
        flops=lambda attrs, inputs, output: 2 * _macs(_conv_weights(attrs, inputs), output),
        reference=_conv,
        words=lambda attrs: _words("conv", attrs),
    )
)
register(
    Op(
        "depthwise_conv",
        channels="keep",
        sign="loses",
        attributes={**_WINDOW, "bias": flag(True)},
        shape=_kept_shape,
        weights=_depthwise_weights,
        flops=lambda attrs, inputs, output: 2 * _macs(_depthwise_weights(attrs, inputs), output),
        reference=_depthwise,
        words=lambda attrs: _words("depthwise conv", attrs),
    )
)
register(
    Op(
        "separable_conv",
        channels="make",
        sign="loses",
        width="filters",
        attributes={"filters": positive_int(), **_WINDOW, "bias": flag(True)},
        shape=_made_shape,
        weights=_separable_weights,
        flops=lambda attrs, inputs, output: 2 * _macs(_separable_weights(attrs, inputs), output),
        reference=_separable,
        words=lambda attrs: _words("separable conv", attrs),
    )
)

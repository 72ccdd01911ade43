"""Ops of networks that reinforcement learning writes (Zoph & Le 2016): convs whose windows and strides need not be
square, and zero-padding to a larger image.
"""

from __future__ import annotations

import math

import numpy as np

from autonas.arch.op import Array, Attrs, Op, Shape, WeightSpec, flag, positive_int, register
from autonas.arch.ops.windows import image, same_length, same_padding


def _pair(attrs: Attrs, height: str, width: str) -> tuple[int, int]:
    return int(attrs[height]), int(attrs[width])  # type: ignore[arg-type]


def _window(attrs: Attrs) -> tuple[int, int]:
    return _pair(attrs, "kernel_height", "kernel_width")


def _stride(attrs: Attrs) -> tuple[int, int]:
    return _pair(attrs, "stride_height", "stride_width")


def _shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    height, width, _ = image("rect_conv", inputs[0])
    down, right = _stride(attrs)
    return same_length(height, down), same_length(width, right), int(attrs["filters"])  # type: ignore[arg-type]


def _weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    filters = int(attrs["filters"])  # type: ignore[arg-type]
    kernel = WeightSpec("kernel", (*_window(attrs), inputs[0][-1], filters), (None, None, "in", "out"), "he")
    return (kernel, WeightSpec("bias", (filters,), ("out",), "zeros")) if attrs["bias"] else (kernel,)


def _conv(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    x, window, stride = inputs[0], _window(attrs), _stride(attrs)
    around = [same_padding(length, *each) for length, *each in zip(x.shape[1:3], window, stride, strict=True)]
    padded = np.pad(x, ((0, 0), *around, (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, window, axis=(1, 2))[:, :: stride[0], :: stride[1]]
    y: Array = np.tensordot(views, weights[0], axes=((4, 5, 3), (0, 1, 2)))
    return y + weights[1] if attrs["bias"] else y


def _flops(attrs: Attrs, inputs: tuple[Shape, ...], output: Shape) -> int:
    return 2 * math.prod(output) * math.prod(_window(attrs)) * inputs[0][-1]


def _conv_words(attrs: Attrs) -> str:
    size, stride = "x".join(map(str, _window(attrs))), _stride(attrs)
    return f"conv {size}, {attrs['filters']}" + (f", stride {stride[0]}x{stride[1]}" if stride != (1, 1) else "")


def _padded_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    height, width, channels = image("pad_to", inputs[0])
    to = _pair(attrs, "height", "width")
    if height > to[0] or width > to[1]:
        raise ValueError(f"op 'pad_to' takes an image of at most {to}. Received: {inputs[0]}")
    return *to, channels


def padding(attrs: Attrs, shape: Shape) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return how many zeros stand above and below, and left and right, of an image (height, width, channels)."""
    above, left = ((to - length) // 2 for to, length in zip(_pair(attrs, "height", "width"), shape[:2], strict=True))
    to = _pair(attrs, "height", "width")
    return (above, to[0] - shape[0] - above), (left, to[1] - shape[1] - left)


def _pad(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    return np.pad(inputs[0], ((0, 0), *padding(attrs, inputs[0].shape[1:]), (0, 0)))


register(
    Op(
        "rect_conv",
        channels="make",
        sign="loses",
        width="filters",
        attributes={
            "filters": positive_int(),
            "kernel_height": positive_int(3),
            "kernel_width": positive_int(3),
            "stride_height": positive_int(1),
            "stride_width": positive_int(1),
            "bias": flag(True),
        },
        shape=_shape,
        weights=_weights,
        flops=_flops,
        reference=_conv,
        words=_conv_words,
    )
)
register(
    Op(
        "pad_to",
        channels="keep",
        sign="keeps",
        attributes={"height": positive_int(), "width": positive_int()},
        shape=_padded_shape,
        flops=lambda attrs, inputs, output: 0,
        reference=_pad,
        words=lambda attrs: f"pad to {attrs['height']}x{attrs['width']}",
    )
)

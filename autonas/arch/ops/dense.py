"""Dense: every output is a weighted sum of all inputs."""

from __future__ import annotations

from autonas.arch.op import Array, Attrs, Op, Shape, WeightSpec, flag, positive_int, register


def _features(inputs: tuple[Shape, ...]) -> int:
    if len(inputs[0]) != 1:
        raise ValueError(
            f"op 'dense' takes a vector (features,). Received: {inputs[0]}; put flatten or a global pool before it"
        )
    return inputs[0][0]


def _shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    _features(inputs)
    return (int(attrs["units"]),)  # type: ignore[arg-type]


def _weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    units = int(attrs["units"])  # type: ignore[arg-type]
    kernel = WeightSpec("kernel", (_features(inputs), units), ("in", "out"), "glorot")
    return (kernel, WeightSpec("bias", (units,), ("out",), "zeros")) if attrs["bias"] else (kernel,)


def _dense(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    y = inputs[0] @ weights[0]
    return y + weights[1] if attrs["bias"] else y


register(
    Op(
        "dense",
        channels="make",
        sign="loses",
        width="units",
        attributes={"units": positive_int(), "bias": flag(True)},
        shape=_shape,
        weights=_weights,
        flops=lambda attrs, inputs, output: 2 * inputs[0][0] * output[0],
        reference=_dense,
        words=lambda attrs: f"dense {attrs['units']}",
    )
)

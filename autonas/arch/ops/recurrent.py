"""LSTM (Hochreiter & Schmidhuber 1997), as Keras computes it: gates in the order input, forget, cell, output.

It reads forwards or backwards; one of each and a concat make a bidirectional layer. Where it reads ids as a second
input, it stands still at padding. ``sequences`` gives its output at every position, in the order of the text; else the
last one.
"""

from __future__ import annotations

import numpy as np

from autonas.arch.op import Array, Attrs, Op, Shape, WeightSpec, flag, positive_int, register
from autonas.arch.ops.masking import check_ids, real

_GATES = 4


def _shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    if len(inputs[0]) != 2:
        raise ValueError(f"op 'lstm' takes a sequence (length, channels). Received: {inputs[0]}")
    check_ids("lstm", inputs)
    units = int(attrs["units"])  # type: ignore[arg-type]
    return (inputs[0][0], units) if attrs["sequences"] else (units,)


def _weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    units = int(attrs["units"])  # type: ignore[arg-type]
    return (
        WeightSpec("kernel", (inputs[0][-1], _GATES * units), ("in", "gates"), "glorot"),
        WeightSpec("recurrent_kernel", (units, _GATES * units), ("own", "gates"), "recurrent"),
        WeightSpec("bias", (_GATES * units,), ("gates",), "zeros"),
    )


def _run(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    kernel, recurrent, bias = weights
    x = inputs[0] @ kernel + bias
    kept = real(inputs[1]) if len(inputs) > 1 else np.ones((*x.shape[:2], 1), bool)
    hidden = cell = np.zeros((len(x), recurrent.shape[0]), x.dtype)
    outputs = np.zeros((*x.shape[:2], recurrent.shape[0]), x.dtype)
    steps = range(x.shape[1])
    for step in reversed(steps) if attrs["backwards"] else steps:
        gates = np.split(x[:, step] + hidden @ recurrent, _GATES, axis=-1)
        enter, forget, leave = (1 / (1 + np.exp(-gates[part])) for part in (0, 1, 3))
        new = forget * cell + enter * np.tanh(gates[2])
        cell, hidden = (
            np.where(kept[:, step], after, before) for after, before in ((new, cell), (leave * np.tanh(new), hidden))
        )
        outputs[:, step] = hidden
    return outputs if attrs["sequences"] else hidden


def _flops(attrs: Attrs, inputs: tuple[Shape, ...], output: Shape) -> int:
    units = int(attrs["units"])  # type: ignore[arg-type]
    return 2 * inputs[0][0] * (inputs[0][1] + units) * _GATES * units


register(
    Op(
        "lstm",
        channels="make",
        sign="loses",
        width="units",
        arity=(1, 2),
        ids=(1,),
        attributes={"units": positive_int(), "backwards": flag(False), "sequences": flag(False)},
        shape=_shape,
        weights=_weights,
        flops=_flops,
        reference=_run,
        words=lambda attrs: f"LSTM {attrs['units']}{', backwards' if attrs['backwards'] else ''}",
    )
)

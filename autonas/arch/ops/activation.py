"""Element-wise ops without weights: ReLU, dropout."""

from __future__ import annotations

import math

import numpy as np

from autonas.arch.op import Attribute, Op, register

register(
    Op(
        "relu",
        channels="keep",
        sign="makes",
        shape=lambda attrs, inputs: inputs[0],
        flops=lambda attrs, inputs, output: math.prod(output),
        reference=lambda attrs, inputs, weights: np.maximum(inputs[0], 0),
        words=lambda attrs: "ReLU",
    )
)
register(
    Op(
        "dropout",
        channels="keep",
        sign="keeps",
        attributes={"rate": Attribute(float, "a float in [0, 1)", lambda value: bool(0 <= value < 1))},
        shape=lambda attrs, inputs: inputs[0],
        flops=lambda attrs, inputs, output: 0,
        reference=lambda attrs, inputs, weights: inputs[0],
        words=lambda attrs: f"dropout {attrs['rate']}",
    )
)

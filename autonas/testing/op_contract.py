"""The op contract: what an op says as data is what the Keras network built of it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from autonas.arch import Architecture, Weights, interpret, node
from autonas.arch.op import Array, Shape, WeightSpec
from autonas.runtime.compile import compile_architecture
from autonas.runtime.weights import get_weights, set_weights

TOLERANCE = 1e-5  # of the output's scale: float32 sums in another order


def check_op(op: str, inputs: Sequence[Shape], seed: int = 0, **attrs: Any) -> None:
    """Raise AssertionError unless op ``op`` keeps its contract on inputs of these shapes (the batch left out).

    Shape, number of parameters, weights and, with random weights, the output of the Keras network must be what
    the registry's entry says.

    >>> check_op("conv", [(9, 6, 3)], filters=4, kernel=5, stride=2)
    """
    architecture = _around(op, inputs, attrs)
    rng = np.random.default_rng(seed)
    model = compile_architecture(architecture)
    _check_shapes(architecture, model)
    weights = {id: tuple(_random(spec, rng) for spec in specs) for id, specs in architecture.weights.items()}
    _check_weights(architecture, model, weights)
    _check_output(architecture, model, weights, rng)


def _around(op: str, inputs: Sequence[Shape], attrs: Mapping[str, Any]) -> Architecture:
    """The network of that op alone."""
    if op == "input":
        return Architecture((node("op", op, shape=inputs[0]),), ("op",))
    sources = [node(f"input_{k}", "input", shape=shape) for k, shape in enumerate(inputs)]
    return Architecture((*sources, node("op", op, [each.id for each in sources], **attrs)), ("op",))


def _random(spec: WeightSpec, rng: np.random.Generator) -> Array:
    """An array without a special value: nothing is zero, and variances are positive."""
    if spec.name == "variance":
        return rng.uniform(0.3, 3.0, spec.shape).astype(np.float32)
    return rng.standard_normal(spec.shape).astype(np.float32)


def _check_shapes(architecture: Architecture, model: keras.Model) -> None:
    said, built = architecture.shapes["op"], model.output_shape[1:]
    assert said == built, f"{_named(architecture)}: shape must be Keras's {built}. Received: {said}."
    said_count, built_count = architecture.parameters, model.count_params()
    assert said_count == built_count, (
        f"{_named(architecture)}: parameters must be Keras's {built_count}. Received: {said_count}."
    )


def _check_weights(architecture: Architecture, model: keras.Model, weights: Weights) -> None:
    """Weights must fit, come back as they went in, and be trainable where the registry says so."""
    set_weights(model, architecture, weights)
    for id, arrays in get_weights(model, architecture).items():
        for spec, array, expected in zip(architecture.weights[id], arrays, weights[id], strict=True):
            assert np.array_equal(array, expected), f"{_named(architecture)}: weight '{spec.name}' came back changed."
    said = sorted(spec.shape for specs in architecture.weights.values() for spec in specs if spec.trainable)
    built = sorted(tuple(variable.shape) for variable in model.trainable_variables)
    assert said == built, f"{_named(architecture)}: trainable weights must be Keras's {built}. Received: {said}."


def _check_output(architecture: Architecture, model: keras.Model, weights: Weights, rng: np.random.Generator) -> None:
    data = {id: _batch(architecture, id, rng) for id in architecture.inputs}
    said = interpret(architecture, weights, data)
    given = data if len(data) > 1 else next(iter(data.values()))
    built = keras.ops.convert_to_numpy(model(given, training=False))
    off = float(np.abs(said - built).max())
    assert off <= TOLERANCE * np.abs(built).max(), (
        f"{_named(architecture)}: the reference must give Keras's output. Received: a difference of {off:.2g}."
    )


def _batch(architecture: Architecture, id: str, rng: np.random.Generator) -> Array:
    """Random values, or where the op reads ids, texts of several lengths, padded by zeros."""
    op, shape = architecture["op"], (3, *architecture.shapes[id])
    if id == "op" or op.inputs.index(id) not in op.rule.ids:
        return rng.standard_normal(shape).astype(np.float32)
    ids = rng.integers(1, int(op.attributes.get("tokens", 9)), shape, endpoint=False)  # type: ignore[call-overload]
    lengths = rng.integers(1, shape[1], shape[0], endpoint=True)
    return np.where(np.arange(shape[1]) < lengths[:, None], ids, 0).astype(np.float32)


def _named(architecture: Architecture) -> str:
    return f"op '{architecture['op'].op}' with {dict(architecture['op'].attributes)}"

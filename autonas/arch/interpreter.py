"""A small numpy interpreter: the reference that Keras and the morphisms are tested against."""

from __future__ import annotations

from collections.abc import Mapping

from autonas.arch.architecture import Architecture
from autonas.arch.op import Array
from autonas.arch.weights import Weights, check_weights
from autonas.errors import ArchitectureError


def interpret(architecture: Architecture, weights: Weights, x: Array | Mapping[str, Array]) -> Array:
    """Return the first output of ``architecture`` at inference.

    Args:
        architecture: the network.
        weights: its arrays, by node id.
        x: a batch ``(n, *shape)`` for the only input, or batches by input id.

    Raises:
        ArchitectureError: ``x`` or ``weights`` do not fit.
    """
    return trace(architecture, weights, x)[architecture.outputs[0]]


def trace(architecture: Architecture, weights: Weights, x: Array | Mapping[str, Array]) -> dict[str, Array]:
    """Return the output of every node."""
    check_weights(architecture, weights)
    data = x if isinstance(x, Mapping) else {architecture.inputs[0]: x}
    _check_data(architecture, data)
    values: dict[str, Array] = {}
    for each in architecture.nodes:
        inputs = (data[each.id],) if each.op == "input" else tuple(values[name] for name in each.inputs)
        values[each.id] = each.rule.reference(each.attributes, inputs, weights.get(each.id, ()))
    return values


def _check_data(architecture: Architecture, data: Mapping[str, Array]) -> None:
    if set(data) != set(architecture.inputs):
        raise ArchitectureError(
            f"The data must hold one batch for every input: {list(architecture.inputs)}. Received: {list(data)}."
        )
    for name, batch in data.items():
        if batch.shape[1:] != architecture.shapes[name]:
            shape = ", ".join(map(str, architecture.shapes[name]))
            raise ArchitectureError(f"Input '{name}' must have shape (n, {shape}). Received: {batch.shape}.")

"""A small numpy interpreter: the reference that Keras and the morphisms are tested against."""

from __future__ import annotations

from collections.abc import Mapping

from autonas.arch.architecture import Architecture
from autonas.arch.op import Array
from autonas.arch.weights import Weights
from autonas.errors import ArchitectureError


def interpret(architecture: Architecture, weights: Weights, x: Array | Mapping[str, Array]) -> Array:
    """Return the first output of ``architecture`` at inference.

    Args:
        architecture: the network.
        weights: its arrays, by node id.
        x: a batch ``(n, *shape)`` for the only input, or batches by input id.
    """
    return trace(architecture, weights, x)[architecture.outputs[0]]


def trace(architecture: Architecture, weights: Weights, x: Array | Mapping[str, Array]) -> dict[str, Array]:
    """Return the output of every node."""
    data = x if isinstance(x, Mapping) else {architecture.inputs[0]: x}
    values: dict[str, Array] = {}
    for each in architecture.nodes:
        inputs = (data[each.id],) if each.op == "input" else tuple(values[name] for name in each.inputs)
        if each.op == "input" and inputs[0].shape[1:] != architecture.shapes[each.id]:
            raise ArchitectureError(
                f"Input '{each.id}' must have shape (n, {', '.join(map(str, architecture.shapes[each.id]))}). Received: {inputs[0].shape}."
            )
        values[each.id] = each.rule.reference(each.attributes, inputs, weights.get(each.id, ()))
    return values

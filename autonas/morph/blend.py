"""Blend: one network that computes the weighted sum of several (Caruana et al. 2004 choose the weights).

Inputs of one name are shared. Each network must end in a dense layer, whose kernel and bias take the weight in.
"""

from __future__ import annotations

from collections.abc import Sequence

from autonas.arch import Architecture, Node, Weights, node
from autonas.arch.op import Array
from autonas.errors import ArchitectureError
from autonas.morph.edit import Arrays

END = "blend"
"""Id of the node that adds the networks up."""


def blendable(architecture: Architecture) -> bool:
    """Whether ``architecture`` can be part of a blend: it has one output, a dense layer or a blend of such."""
    if len(architecture.outputs) != 1:
        return False
    return all(architecture[id].op == "dense" for id in _ends(architecture))


def blend(networks: Sequence[tuple[Architecture, Weights]], shares: Sequence[float]) -> tuple[Architecture, Arrays]:
    """Return the network whose output is the sum of ``shares[i]`` times that of network i, and its weights.

    Raises:
        ArchitectureError: a network does not end in a dense layer, inputs of one name differ, or there is but one
            network.
    """
    if len(networks) < 2 or not all(blendable(architecture) for architecture, _ in networks):
        words = [architecture[architecture.outputs[0]].words for architecture, _ in networks]
        raise ArchitectureError(f"A blend needs two or more networks that end in a dense layer. Received: {words}.")
    nodes: dict[str, Node] = {}
    weights: Arrays = {}
    ends: list[str] = []
    for number, ((architecture, arrays), share) in enumerate(zip(networks, shares, strict=True)):
        ends += _add(nodes, weights, architecture, _scaled(architecture, arrays, share), f"n{number}_")
    nodes[END] = node(END, "add", tuple(ends))
    return Architecture(tuple(nodes.values()), (END,)), weights


def _ends(architecture: Architecture) -> tuple[str, ...]:
    """The nodes whose sum is the output."""
    last = architecture[architecture.outputs[0]]
    return last.inputs if last.id == END else (last.id,)


def _scaled(architecture: Architecture, weights: Weights, share: float) -> Arrays:
    ends = _ends(architecture)

    def scale(id: str, arrays: tuple[Array, ...]) -> tuple[Array, ...]:
        return tuple((array * share).astype(array.dtype) for array in arrays) if id in ends else arrays

    return {id: scale(id, arrays) for id, arrays in weights.items()}


def _add(
    nodes: dict[str, Node], weights: Arrays, architecture: Architecture, arrays: Weights, prefix: str
) -> list[str]:
    """Put a network's nodes and weights beside those there are; return the ids of its ends."""
    names = {each.id: each.id if each.op == "input" else prefix + each.id for each in architecture.nodes}
    for each in architecture.nodes:
        if each.id == END:
            continue
        moved = node(names[each.id], each.op, [names[name] for name in each.inputs], **each.attributes)
        if nodes.setdefault(moved.id, moved) != moved:
            raise ArchitectureError(
                f"Inputs of one name must have one shape. Received: {moved.words} and {nodes[moved.id].words} for "
                f"'{moved.id}'."
            )
    weights.update({names[id]: held for id, held in arrays.items()})
    return [names[id] for id in _ends(architecture)]

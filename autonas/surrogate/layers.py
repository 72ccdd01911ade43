"""What the edit distance compares: an architecture as a string of layers and a set of skips (Jin et al. 2018, section
3.2).

A layer is any node but inputs and merges (add, concat), in topological order. The depth of a node is the number of
layers on the longest way to it. A merge continues its deepest input; every other input of it closes a skip, which
starts where that input's branch left the network.
"""

from __future__ import annotations

import dataclasses

from autonas.arch import Architecture, Node
from autonas.arch.op import Value
from autonas.surrogate.memory import remembered


@dataclasses.dataclass(frozen=True)
class Layer:
    """An op and its attributes, the width among them."""

    op: str
    attrs: tuple[tuple[str, Value], ...]


@dataclasses.dataclass(frozen=True)
class Skip:
    """A connection past layers: the op that closes it, the depth where it starts, and how many layers it passes."""

    op: str
    start: int
    length: int


@dataclasses.dataclass(frozen=True)
class Outline:
    """The layers and the skips of one architecture."""

    layers: tuple[Layer, ...]
    skips: tuple[Skip, ...]


@remembered
def outline(architecture: Architecture) -> Outline:
    """Return the layers and skips of ``architecture``."""
    depths = _depths(architecture)
    layers = tuple(Layer(each.op, each.attrs) for each in architecture.nodes if _is_layer(each))
    skips = tuple(skip for each in architecture.nodes if _is_merge(each) for skip in _skips(architecture, each, depths))
    return Outline(layers, skips)


def _is_merge(node: Node) -> bool:
    return node.rule.channels in ("equal", "along")


def _is_layer(node: Node) -> bool:
    return node.rule.channels != "source" and not _is_merge(node)


def _depths(architecture: Architecture) -> dict[str, int]:
    depths: dict[str, int] = {}
    for each in architecture.nodes:
        depths[each.id] = max((depths[name] for name in each.inputs), default=0) + _is_layer(each)
    return depths


def _skips(architecture: Architecture, merge: Node, depths: dict[str, int]) -> list[Skip]:
    main = max(range(len(merge.inputs)), key=lambda position: depths[merge.inputs[position]])
    starts = [depths[_fork(architecture, name)] for position, name in enumerate(merge.inputs) if position != main]
    return [Skip(merge.op, start, depths[merge.id] - start) for start in starts]


def _fork(architecture: Architecture, name: str) -> str:
    """Go up the branch that ends in node ``name`` to the node where it left the network."""
    here = architecture[name]
    while len(here.inputs) == 1 and len(architecture.consumers[here.id]) == 1:
        here = architecture[here.inputs[0]]
    return here.id

"""The content id of an architecture: the same graph has the same id on any machine, whatever its nodes are called.

Colour refinement (Weisfeiler & Leman 1968) in both directions. Going down, a node's colour mixes in its op, its
attributes and its inputs' colours, so that it stands for all that leads to the node; going up, it mixes in the colours
of the nodes that read it and at which position, and of the outputs it is. The second direction tells
``add(f(x), f(x))`` with two equal branches from the same with one branch read twice. Once every node has a colour of
its own, the colours say the whole wiring; where equal nodes remain, the two passes are repeated until they split no
more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from autonas.arch.architecture import Architecture, Node

Colours = Mapping[str, bytes]


_KNOWN: WeakKeyDictionary[Architecture, str] = WeakKeyDictionary()
"""Ids of the architectures that somebody holds: a search asks for the same ones again and again."""


def content_id(architecture: Architecture) -> str:
    """Return 16 hex digits that depend on ops, attributes and wiring alone."""
    if architecture not in _KNOWN:
        _KNOWN[architecture] = _content_id(architecture)
    return _KNOWN[architecture]


def _content_id(architecture: Architecture) -> str:
    colours: Colours = {each.id: _hash(each.op, each.attrs) for each in architecture.nodes}
    classes = 0
    while classes < len(set(colours.values())):
        classes = len(set(colours.values()))
        colours = _up(architecture, _down(architecture, colours))
        if len(set(colours.values())) == len(colours):
            break
    return _hash(sorted(colours.values())).hex()[:16]


def _down(architecture: Architecture, colours: Colours) -> Colours:
    """Mix into every node's colour those of its inputs, first to last."""
    mixed: dict[str, bytes] = {}
    for each in architecture.nodes:
        inputs = [mixed[name] for name in each.inputs]
        mixed[each.id] = _hash(colours[each.id], sorted(inputs) if each.rule.commutative else inputs)
    return mixed


def _up(architecture: Architecture, colours: Colours) -> Colours:
    """Mix into every node's colour those of its readers, last to first, and at which input they read it."""
    read: dict[str, list[tuple[bytes, int]]] = {each.id: [] for each in architecture.nodes}
    for position, name in enumerate(architecture.outputs):
        read[name].append((b"output", position))
    mixed: dict[str, bytes] = {}
    for each in reversed(architecture.nodes):
        mixed[each.id] = _hash(colours[each.id], sorted(read[each.id]))
        for name, position in _edges(each):
            read[name].append((mixed[each.id], position))
    return mixed


def _edges(each: Node) -> list[tuple[str, int]]:
    """What a node reads and at which position; one position stands for all where the order does not matter."""
    return [(name, 0 if each.rule.commutative else position) for position, name in enumerate(each.inputs)]


def _hash(*parts: object) -> bytes:
    """16 bytes that stand for plain Python data, whose repr is the same everywhere."""
    return hashlib.sha256(repr(parts).encode()).digest()[:16]

"""The content id of an architecture: the same graph has the same id on any machine, whatever its nodes are called.

Colour refinement (Weisfeiler & Leman 1968) in both directions. A node's first colour is a hash of its op, attributes and inputs' colours, so it stands
for all that leads to the node; each round then mixes in the colours of the nodes that read it and at which position, until the classes stop splitting.
Without the second direction ``add(f(x), g(x))`` with two equal branches and with one shared branch could not be told apart.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from autonas.arch.architecture import Architecture, Node


def content_id(architecture: Architecture) -> str:
    """Return 16 hex digits that depend on ops, attributes and wiring alone."""
    colours = _upward(architecture)
    for _ in architecture.nodes:
        refined = _refine(architecture, colours)
        if len(set(refined.values())) == len(set(colours.values())):
            break
        colours = refined
    return _hash(sorted(colours.values()), [colours[name] for name in architecture.outputs])[:16]


def _upward(architecture: Architecture) -> dict[str, str]:
    """Colour every node by its op, its attributes and what leads to it."""
    colours: dict[str, str] = {}
    for each in architecture.nodes:
        colours[each.id] = _hash(each.op, each.attrs, _ordered(each, colours))
    return colours


def _ordered(each: Node, colours: Mapping[str, str]) -> list[str]:
    inputs = [colours[name] for name in each.inputs]
    return sorted(inputs) if each.rule.commutative else inputs


def _refine(architecture: Architecture, colours: Mapping[str, str]) -> dict[str, str]:
    """Mix into every node's colour those of its readers, and at which input they read it."""
    read: dict[str, list[tuple[str, int]]] = {name: [] for name in colours}
    for each in architecture.nodes:
        for position, name in enumerate(each.inputs):
            read[name].append((colours[each.id], 0 if each.rule.commutative else position))
    return {
        each.id: _hash(colours[each.id], _ordered(each, colours), sorted(read[each.id])) for each in architecture.nodes
    }


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

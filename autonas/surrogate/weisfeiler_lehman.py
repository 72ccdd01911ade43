"""Weisfeiler-Lehman features of an architecture (Shervashidze et al. 2011; on architectures Ru et al. 2021, arXiv
2006.07556).

======== =================================================================== ===========
symbol   meaning                                                             shape
======== =================================================================== ===========
l_0(v)   label of node v: its op and its attributes, the width left out      string
l_k(v)   hash of l_(k-1)(v) and of the labels l_(k-1) of the nodes it reads  string
h        number of rounds; l_h tells sub-networks of h steps apart           2
phi      phi[l]: how many nodes have label l, all rounds together            (labels,)
w        w[op, place]: sum of log2(width) over the nodes of an op at one     (places,)
         image size
c        log2 of parameters and of FLOPs, plus one each                      (2,)
q        q[place, value] = 1 for every choice (op ``choice``): what is       (choices,)
         chosen where; a place is the wiring around the node, no values read
======== =================================================================== ===========

phi says how the network is wired and is blind to width, so that 64 and 96 filters remain alike; w says how wide it
is, and where; c what it costs. In a table of choices all networks are wired alike, and the same choice is worth more
at one place than at another: q tells places apart, where phi only knows what stands around a node.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from autonas.arch import Architecture, Node
from autonas.surrogate.memory import remembered

ROUNDS = 2

Wiring = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Id, op and inputs of every node: an architecture without its attributes."""


@dataclasses.dataclass(frozen=True)
class Features:
    """The views of one architecture: counts of labels (phi), widths (w), costs (c), choices by place (q)."""

    labels: Mapping[str, float]
    widths: Mapping[str, float]
    costs: Mapping[str, float]
    choices: Mapping[str, float]


@remembered
def features(architecture: Architecture) -> Features:
    """Return the features of ``architecture``."""
    return Features(label_counts(architecture), _widths(architecture), _costs(architecture), _choices(architecture))


def label_counts(architecture: Architecture, rounds: int = ROUNDS) -> dict[str, float]:
    """Return phi as a dictionary: how many nodes have each label."""
    labels = {each.id: _hash("node", each.op, *map(repr, _shape_free(each))) for each in architecture.nodes}
    counts = Counter(labels.values())
    for _ in range(rounds):
        labels = {each.id: _refined(each, labels) for each in architecture.nodes}
        counts.update(labels.values())
    return {label: float(count) for label, count in counts.items()}


def _shape_free(node: Node) -> list[tuple[str, object]]:
    return [(name, value) for name, value in node.attrs if name != node.rule.width]


def _refined(node: Node, labels: Mapping[str, str]) -> str:
    read = [labels[name] for name in node.inputs]
    return _hash(labels[node.id], *(sorted(read) if node.rule.commutative else read))


def _widths(architecture: Architecture) -> dict[str, float]:
    widths: dict[str, float] = {}
    for each in architecture.nodes:
        if each.rule.width is not None:
            place = f"{each.op} at {architecture.shapes[each.id][:-1]}"
            widths[place] = widths.get(place, 0.0) + math.log2(each[each.rule.width])
    return widths


def _costs(architecture: Architecture) -> dict[str, float]:
    return {"parameters": math.log2(1 + architecture.parameters), "flops": math.log2(1 + architecture.flops)}


def _choices(architecture: Architecture) -> dict[str, float]:
    chosen = [each for each in architecture.nodes if each.op == "choice"]
    if not chosen:
        return {}
    places = _places(_wiring(architecture))
    return {f"{places[each.id]} {each['value']}": 1.0 for each in chosen}


def _wiring(architecture: Architecture) -> Wiring:
    return tuple((each.id, each.op, each.inputs) for each in architecture.nodes)


@lru_cache(maxsize=64)  # all networks of a table are wired alike
def _places(wiring: Wiring) -> Mapping[str, str]:
    """Return the place of every node: what leads to it and what reads it, in ops alone. Equal places are numbered."""
    below = {id: "" for id, _, _ in wiring}
    for id, op, inputs in wiring:
        below[id] = _hash(op, *(below[name] for name in inputs))
    above = {id: [""] for id, _, _ in wiring}
    for id, _, inputs in reversed(wiring):
        for position, name in enumerate(inputs):
            above[name].append(_hash(below[id], str(position), *above[id]))
    twins: Counter[str] = Counter()
    places = {}
    for id, _, _ in wiring:
        place = _hash(below[id], *sorted(above[id]))
        places[id] = f"{place} {twins[place]}"
        twins[place] += 1
    return places


def _hash(*parts: str) -> str:
    return hashlib.blake2b("|".join(parts).encode(), digest_size=8).hexdigest()

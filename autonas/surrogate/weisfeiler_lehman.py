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
======== =================================================================== ===========

phi says how the network is wired and is blind to width, so that 64 and 96 filters remain alike; w says how wide it
is, and where; c what it costs. Networks of choices, which a table knows, have other views (`choices`), and none of
these.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping

from autonas.arch import Architecture, Node
from autonas.surrogate.choices import views
from autonas.surrogate.labels import hashed
from autonas.surrogate.memory import remembered

ROUNDS = 2


@dataclasses.dataclass(frozen=True)
class Features:
    """The views of one architecture: counts of labels (phi), widths (w), costs (c), and those of its choices."""

    labels: Mapping[str, float]
    widths: Mapping[str, float]
    costs: Mapping[str, float]
    places: Mapping[str, float]
    ops: Mapping[str, float]
    wiring: Mapping[str, float]
    paths: Mapping[str, float]


@remembered
def features(architecture: Architecture) -> Features:
    """Return the features of ``architecture``."""
    chosen = views(architecture)
    own = (chosen.places, chosen.ops, chosen.wiring, chosen.paths)
    if chosen.places:
        return Features({}, {}, {}, *own)
    return Features(label_counts(architecture), _widths(architecture), _costs(architecture), *own)


def label_counts(architecture: Architecture, rounds: int = ROUNDS) -> dict[str, float]:
    """Return phi as a dictionary: how many nodes have each label."""
    labels = {each.id: hashed("node", each.op, *map(repr, _shape_free(each))) for each in architecture.nodes}
    counts = Counter(labels.values())
    for _ in range(rounds):
        labels = {each.id: _refined(each, labels) for each in architecture.nodes}
        counts.update(labels.values())
    return {label: float(count) for label, count in counts.items()}


def _shape_free(node: Node) -> list[tuple[str, object]]:
    return [(name, value) for name, value in node.attrs if name != node.rule.width]


def _refined(node: Node, labels: Mapping[str, str]) -> str:
    read = [labels[name] for name in node.inputs]
    return hashed(labels[node.id], *(sorted(read) if node.rule.commutative else read))


def _widths(architecture: Architecture) -> dict[str, float]:
    widths: dict[str, float] = {}
    for each in architecture.nodes:
        if each.rule.width is not None:
            place = f"{each.op} at {architecture.shapes[each.id][:-1]}"
            widths[place] = widths.get(place, 0.0) + math.log2(each[each.rule.width])
    return widths


def _costs(architecture: Architecture) -> dict[str, float]:
    return {"parameters": math.log2(1 + architecture.parameters), "flops": math.log2(1 + architecture.flops)}

"""What a table's network has of choices: four views of it, all of them counts.

======== ===============================================================================
view     what is counted
======== ===============================================================================
places   each choice at its place, dead or alive; a place is the wiring around the node,
         no values read
ops      each value among the live choices
wiring   each value, and each with the values that it reads (Weisfeiler-Lehman, one round)
paths    each string of values on a live way from input to output (White et al. 2021,
         arXiv 1910.11858, section 4)
======== ===============================================================================

Tables say of some values what they do: one that is ``absent`` cuts the edge, and an ``identity`` is no op at all. A
choice is live where it lies on an uncut way from input to output. So cells that compute the same agree in the last
three views, however they spell it.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

from autonas.arch import Architecture, Node
from autonas.surrogate.labels import hashed

MOST_PATHS = 256  # a network of more has no view of them: there may be exponentially many

Wiring = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Id, op and inputs of every node: an architecture without its attributes."""

INPUT, OUTPUT = "input", "output"


@dataclasses.dataclass(frozen=True)
class Views:
    """The four views of one network."""

    places: Mapping[str, float]
    ops: Mapping[str, float]
    wiring: Mapping[str, float]
    paths: Mapping[str, float]


def views(architecture: Architecture) -> Views:
    """Return the views of ``architecture``; they are empty where it has no choices."""
    chosen = [each for each in architecture.nodes if each.op == "choice"]
    if not chosen:
        return Views({}, {}, {}, {})
    places = _places(tuple((each.id, each.op, each.inputs) for each in architecture.nodes))
    graph = live(architecture)
    return Views(
        places={f"{places[each.id]} {each['value']}": 1.0 for each in chosen},
        ops=_counted(label for label, _ in graph.values()),
        wiring=_counted(_rounds(graph)),
        paths=_counted(_paths(graph)),
    )


Graph = Mapping[str, tuple[str, tuple[str, ...]]]
"""Label and inputs of every live node, in topological order; the last one is the output."""


def live(architecture: Architecture) -> Graph:
    """Return the graph of what counts: live choices, each reading others directly, sums and identities left out."""
    sources: dict[str, tuple[str, ...]] = {}
    graph: dict[str, tuple[str, tuple[str, ...]]] = {}
    for each in architecture.nodes:
        read = tuple(source for name in each.inputs for source in sources[name])
        label = _label(each)
        if each.rule.channels == "source":
            graph[each.id] = INPUT, ()
            sources[each.id] = (each.id,)
        elif not read or (each.op == "choice" and label in each["absent"]):
            sources[each.id] = ()
        elif each.op == "add" or (each.op == "choice" and label in each["identity"]):
            sources[each.id] = read
        else:
            graph[each.id] = label, read
            sources[each.id] = (each.id,)
    graph[OUTPUT] = OUTPUT, tuple(source for name in architecture.outputs for source in sources[name])
    return _leading(graph)


def _label(node: Node) -> str:
    return str(node["value"]) if node.op == "choice" else node.op


def _leading(graph: Graph) -> Graph:
    """Return the nodes that lead to the output."""
    kept, waiting = set(), [OUTPUT]
    while waiting:
        id = waiting.pop()
        if id not in kept:
            kept.add(id)
            waiting.extend(graph[id][1])
    return {id: node for id, node in graph.items() if id in kept}


def _rounds(graph: Graph) -> Iterator[str]:
    for label, inputs in graph.values():
        yield label
        yield hashed(label, *sorted(graph[name][0] for name in inputs))


def _paths(graph: Graph) -> Iterator[str]:
    """Yield the string of every path; nothing where there are more than MOST_PATHS."""
    ways: dict[str, int] = {}
    for id, (label, inputs) in graph.items():
        ways[id] = 1 if label == INPUT else sum(ways[name] for name in inputs)
    if ways[OUTPUT] > MOST_PATHS:
        return
    behind: dict[str, list[tuple[str, ...]]] = {}
    for id, (label, inputs) in graph.items():
        behind[id] = [()] if label == INPUT else [(*way, label) for name in inputs for way in behind[name]]
    for way in behind[OUTPUT]:
        yield "|".join(way)


def _counted(names: Iterator[str]) -> dict[str, float]:
    return {name: float(count) for name, count in Counter(names).items()}


@lru_cache(maxsize=64)  # all networks of a table are wired alike
def _places(wiring: Wiring) -> Mapping[str, str]:
    """Return the place of every node: what leads to it and what reads it, in ops alone. Equal places are numbered."""
    below = {id: "" for id, _, _ in wiring}
    for id, op, inputs in wiring:
        below[id] = hashed(op, *(below[name] for name in inputs))
    above = {id: [""] for id, _, _ in wiring}
    for id, _, inputs in reversed(wiring):
        for position, name in enumerate(inputs):
            above[name].append(hashed(below[id], str(position), *above[id]))
    twins: Counter[str] = Counter()
    places = {}
    for id, _, _ in wiring:
        place = hashed(below[id], *sorted(above[id]))
        places[id] = f"{place} {twins[place]}"
        twins[place] += 1
    return places

"""Drawing routes through a supernet: evenly, or fairly.

Fair (Chu et al. 2019, FairNAS, arXiv 1907.01845): routes are drawn in groups in which every op of a stage, and every
source, occurs equally often, so that no option is ahead of another for being drawn more often.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from autonas.space.supergraph import Entry, Route


def uniform(entries: Sequence[Entry], rng: np.random.Generator) -> Route:
    """Return a route whose every entry is drawn evenly."""
    return tuple(int(rng.integers(entry.values)) for entry in entries)


def fair_group(entries: Sequence[Entry], rng: np.random.Generator) -> list[Route]:
    """Return as many routes as the largest entry has values (a multiple of all, where that is below 61); over the group
    every value of an entry occurs equally often."""
    sizes = {entry.values for entry in entries}
    together = math.lcm(*sizes)
    size = together if together <= 60 else max(sizes)
    columns = [rng.permutation(np.resize(rng.permutation(entry.values), size)) for entry in entries]
    return [tuple(int(column[place]) for column in columns) for place in range(size)]


def fair(entries: Sequence[Entry], seed: int, start: int = 0) -> Iterator[Route]:
    """Yield fairly drawn routes for ever, from number ``start`` on: a pure function of seed and number."""
    size = len(fair_group(entries, np.random.default_rng(0)))
    group, skipped = divmod(start, size)
    while True:
        routes = fair_group(entries, np.random.default_rng([seed, group]))
        yield from routes[skipped:]
        group, skipped = group + 1, 0

"""Drawing routes through a supernet: evenly, or fairly.

Fair (Chu et al. 2019, FairNAS, arXiv 1907.01845): every op of a stage, and every source, is drawn equally often, so
that no option is ahead of another for being drawn more often. Each entry goes through permutations of its values, one
after the other: of an entry with v values, routes number k v to k v + v - 1 hold each value once, for every k. There is
no group of routes that ends for all entries at once, but where v divides its size.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from autonas.space.supergraph import Entry, Route


def uniform(entries: Sequence[Entry], rng: np.random.Generator) -> Route:
    """Return a route whose every entry is drawn evenly."""
    return tuple(int(rng.integers(entry.values)) for entry in entries)


def fair(entries: Sequence[Entry], seed: int, start: int = 0) -> Iterator[Route]:
    """Yield fairly drawn routes for ever, from number ``start`` on: a pure function of seed and number."""
    return zip(*(_values(entry.values, [seed, place], start) for place, entry in enumerate(entries)), strict=True)


def _values(v: int, seed: Sequence[int], start: int) -> Iterator[int]:
    """Yield values below ``v`` for ever, from number ``start`` on, each once in every run of ``v``."""
    first, skipped = divmod(start, v)
    for block in itertools.count(first):
        yield from np.random.default_rng([*seed, block]).permutation(v).tolist()[skipped:]
        skipped = 0

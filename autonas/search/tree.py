"""The paper's search for the best candidate: a tree of edits grown under simulated annealing (Jin, Song & Hu 2018,
section 3.4, algorithm 1).

======== ====================================================================
symbol   meaning
======== ====================================================================
H        completed trials
a(f)     cost of network f: minus its acquisition value
c_min    lowest cost so far, at first over H
Q        queue of networks by cost, cheapest first; at first H
T, r     temperature, from 1 down to T_low; its factor at every network taken from Q
======== ====================================================================

A network f is taken from Q and T *= r; a child f' joins Q with probability exp((c_min - a(f')) / T), at most 1; the
cheapest child of all is the candidate. With r = 0.9 and T_low = 1e-4 that is 88 networks, of at most 8 children each.
"""

from __future__ import annotations

import dataclasses
import heapq
import math
from itertools import islice

import numpy as np

from autonas.errors import SettingError, message
from autonas.search.candidate import Candidate, children, root
from autonas.search.history import History
from autonas.search.neighbours import Value
from autonas.space import Space

Queue = list[tuple[float, int, Candidate]]
"""A heap of (cost, order of arrival, network): of equal costs the earlier goes first."""


@dataclasses.dataclass(frozen=True)
class AnnealedTree:
    """Grow a tree of edits from the completed trials, and take its most promising untried network.

    Attributes:
        r: factor of the temperature at every network taken from the queue, in (0, 1).
        t_low: temperature at which the search ends, in (0, 1).
        children: most children of one network.
        attempts: most edits tried for them.
    """

    r: float = 0.9
    t_low: float = 1e-4
    children: int = 8
    attempts: int = 16

    def __post_init__(self) -> None:
        for name in ("r", "t_low"):
            if not 0 < getattr(self, name) < 1:
                raise SettingError(message(name, "in (0, 1)", getattr(self, name), "Use 0.9 for r and 1e-4 for t_low"))
        if not 1 <= self.children <= self.attempts:
            received = (self.children, self.attempts)
            raise SettingError(message("children", ">= 1 and at most attempts", received, "Use 8 and 16"))

    def best(self, space: Space, history: History, value: Value, rng: np.random.Generator) -> Candidate | None:
        """Return the untried candidate of the lowest cost; None where every network of the tree was tried."""
        queue = _queue([root(each, history) for each in history.completed], value)
        seen = {each.id for _, _, each in queue}
        lowest, best_cost, best = queue[0][0], math.inf, None
        temperature = 1.0
        while queue and temperature > self.t_low:
            temperature *= self.r
            grown = self._grow(heapq.heappop(queue)[2], seen, space, history, rng)
            for cost, child in _costed(grown, value):
                if rng.random() < math.exp(min(0.0, lowest - cost) / temperature):
                    heapq.heappush(queue, (cost, len(seen), child))
                seen.add(child.id)
                if child.id not in history.known and cost < best_cost:
                    best_cost, best = cost, child
                    lowest = min(lowest, cost)
        return best

    def _grow(
        self, parent: Candidate, seen: set[str], space: Space, history: History, rng: np.random.Generator
    ) -> list[Candidate]:
        """Return the children of ``parent`` that the tree does not hold yet."""
        grown = islice(children(parent, space, history, rng, self.attempts), self.children)
        return list({each.id: each for each in grown if each.id not in seen}.values())


def _costed(candidates: list[Candidate], value: Value) -> list[tuple[float, Candidate]]:
    if not candidates:
        return []
    values = value([each.architecture for each in candidates])
    return [(-float(each), candidate) for each, candidate in zip(values, candidates, strict=True)]


def _queue(roots: list[Candidate], value: Value) -> Queue:
    queue = [(cost, number, each) for number, (cost, each) in enumerate(_costed(roots, value))]
    heapq.heapify(queue)
    return queue

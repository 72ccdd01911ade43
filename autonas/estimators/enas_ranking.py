"""Ranking the children of a supernet: many by one validation batch, the best of these by all of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from autonas.arch import content_id
from autonas.estimators.enas_scores import Scores
from autonas.runtime.children import Child
from autonas.runtime.samplers import Sampler
from autonas.space.routes import uniform
from autonas.space.supergraph import Route
from autonas.space.superspace import SuperSpace

MISSES = 300  # draws in a row that are known or too large: what there is has been ranked
SECOND = 3  # children a planned trial that are ranked once more, on all validation batches
FIRST = 0.5  # of the time for ranking, until that begins
AGAIN = 0.75  # and until it ends: the rest is for the weights of the best
KEPT = 12  # children that trials may go through where no time limit bounds them, or as many as max_trials says
KEPT_EACH = 2  # children a planned trial where one does


def kept(top: int, max_trials: int | None, limited: bool) -> int:
    """Return how many children are kept for trials, ``top`` of which are planned for."""
    return max(KEPT_EACH * top if limited else KEPT, max_trials or 0)


@dataclasses.dataclass(frozen=True)
class Ranking:
    """How children are ranked.

    Attributes:
        space: what they are children of.
        sampler: draws every second candidate; the others are drawn evenly.
        score: decisions and a number of validation batches to a score; more is better.
        batches: how many there are.
        children: how many are ranked at most.
        top: how many trials are planned for: so many are ranked in any case.
        kept: how many are wanted.
        seconds: for all of it; None for no bound.
        fits: whether a child is within bounds.
    """

    space: SuperSpace
    sampler: Sampler
    score: Callable[[Route, int], float]
    batches: int
    children: int
    top: int
    kept: int
    seconds: float | None
    fits: Callable[[Route], bool] = lambda drawn: True

    def rank(self, scores: Scores, rng: np.random.Generator) -> dict[Route, float]:
        """Add children to ``scores``, by one batch each, until there are enough, and return those that fit."""
        guided, missed = False, 0
        while missed < MISSES and not self._enough(scores):
            drawn = self.sampler.candidate(rng) if guided else uniform(self.space.entries, rng)
            missed = missed + 1 if drawn in scores.by_child or not self.fits(drawn) else 0
            if not missed:
                scores.add(drawn, _ordered(self.score(drawn, 1)), guided)
            guided = not guided
        scores.keep()
        return {drawn: score for drawn, score in scores.by_child.items() if self.fits(drawn)}

    def best(self, found: dict[Route, float], scores: Scores) -> list[Child]:
        """Return the best children by all batches, of those ``found`` that were best by one; networks that are the same
        once. Where time is short there are fewer than were wanted, but as many as trials are planned for."""
        most, again = max(self.kept, self.top * SECOND), dict[Route, float]()
        for drawn in sorted(found, key=lambda drawn: _ordered(found[drawn]), reverse=True)[:most]:
            if len(again) >= self.top and self._later_than(AGAIN, scores):
                break
            again[drawn] = _ordered(self.score(drawn, self.batches))
        best: dict[str, Child] = {}
        for drawn in sorted(again, key=lambda drawn: again[drawn], reverse=True):
            network = self.space.network(drawn)
            score = again[drawn] if math.isfinite(again[drawn]) else -1e9  # JSON has no infinity
            best.setdefault(content_id(network), Child(network, drawn, score, self.space.words(drawn)))
        return list(best.values())[: self.kept]

    def _enough(self, scores: Scores) -> bool:
        done = sum(map(self.fits, scores.by_child))
        return done >= self.children or (done >= self.top and self._later_than(FIRST, scores))

    def _later_than(self, share: float, scores: Scores) -> bool:
        return self.seconds is not None and scores.seconds > share * self.seconds


def _ordered(score: float) -> float:
    """Return a score that compares: what is not finite is the least."""
    return score if math.isfinite(score) else -math.inf

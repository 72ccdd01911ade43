"""Candidates: networks reached by edits, which know the completed trial that they come from."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterator
from itertools import islice

import numpy as np

from autonas.arch import Architecture, content_id
from autonas.morph import Edit
from autonas.search.history import History
from autonas.search.strategy import Observation, Proposal
from autonas.space import Space, drawn


@dataclasses.dataclass(frozen=True)
class Candidate:
    """A network and how it is reached from the nearest completed trial; ``parent`` is None where no completed trial
    leads to it.
    """

    architecture: Architecture
    id: str
    parent: str | None = None
    edits: tuple[Edit, ...] = ()

    def proposal(self) -> Proposal:
        """Return the proposal to try it."""
        return Proposal(self.architecture, self.parent, self.edits)


def root(observation: Observation, history: History) -> Candidate:
    """Return the candidate that a completed trial is itself, from which others are reached."""
    return Candidate(observation.proposal.architecture, history.id_of(observation.trial_id), observation.trial_id)


def extend(candidate: Candidate, edit: Edit, space: Space, history: History) -> Candidate | None:
    """Return what ``edit`` leads to, or None out of bounds. Where that is a completed trial, the way starts anew from
    there.
    """
    child = space.child(candidate.architecture, edit)
    if child is None:
        return None
    id = content_id(child)
    if id in history.by_id:
        return root(history.by_id[id], history)
    edits = (*candidate.edits, edit) if candidate.parent is not None else ()
    return Candidate(child, id, candidate.parent, edits)


def children(
    candidate: Candidate, space: Space, history: History, rng: np.random.Generator, attempts: int | None = None
) -> Iterator[Candidate]:
    """Yield what one edit of ``candidate`` leads to within bounds, in random order, the families of edits drawn evenly.

    ``attempts`` bounds how many edits are tried: near a bound, hundreds may lead out of it.
    """
    for edit in islice(drawn(space.families(candidate.architecture), rng), attempts):
        child = extend(candidate, edit, space, history)
        if child is not None:
            yield child


def untried_child(candidate: Candidate, space: Space, history: History, rng: np.random.Generator) -> Candidate | None:
    """Return a random untried network one edit away, or None where all of them have been tried."""
    found = children(candidate, space, history, rng)
    return next((child for child in found if child.id not in history.known), None)


def untried_near(
    candidate: Candidate, space: Space, history: History, rng: np.random.Generator, steps: int = 8
) -> Candidate | None:
    """Return an untried network one edit away, or where there is none, at the end of at most ``steps`` random ones."""
    for _ in range(steps):
        found = untried_child(candidate, space, history, rng)
        if found is not None:
            return found
        candidate = next(children(candidate, space, history, rng), candidate)
    return None


def first_starter(space: Space, history: History) -> Candidate | None:
    """Return the first starter that was not tried."""
    found = (Candidate(each, content_id(each)) for each in space.starters)
    return next((each for each in found if each.id not in history.known), None)


def random_untried(space: Space, history: History, rng: np.random.Generator, attempts: int = 50) -> Candidate | None:
    """Return an untried network sampled from the space, or where sampling finds none the nearest; None: all has been
    tried.
    """
    for _ in range(attempts):
        architecture = space.sample(rng)
        id = content_id(architecture)
        if id not in history.known:
            return Candidate(architecture, id)
    return nearest_untried(space, history, rng)


def nearest_untried(space: Space, history: History, rng: np.random.Generator) -> Candidate | None:
    """Return an untried network as few edits from the starters as there is; None: all that edits reach has been tried.

    Breadth first. Only tried networks are gone through, so that it ends after as many steps as there were trials.
    """
    queue = deque(_start(each, history) for each in space.starters)
    seen = {each.id for each in queue}
    while queue:
        candidate = queue.popleft()
        if candidate.id not in history.known:
            return candidate
        for child in children(candidate, space, history, rng):
            if child.id not in history.known:
                return child
            if child.id not in seen:
                seen.add(child.id)
                queue.append(child)
    return None


def _start(starter: Architecture, history: History) -> Candidate:
    id = content_id(starter)
    return root(history.by_id[id], history) if id in history.by_id else Candidate(starter, id)

"""Local search with restarts (White, Nolen & Savani 2021, arXiv 2005.02960).

A climb starts at a random network. Untried neighbours of the best network of the climb are tried in random order; one
that is better takes its place at once. When no neighbour is left untried, the climb is over, and the next one starts.
Nothing of this is stored: a trial without a parent starts a climb, and a trial belongs to its parent's.

A few random networks come first, and of all climbs that can go on the highest does: from the best of fifteen the top
is not as far as from one. Parallel workers try several neighbours at once, and start further climbs rather than wait.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from autonas.search.binding import Bound, begun, check_initial
from autonas.search.candidate import Candidate, first_starter, random_untried, root, untried_child
from autonas.search.history import History, score_of
from autonas.search.strategy import Observation, Proposal
from autonas.space import Space


@dataclasses.dataclass(frozen=True)
class LocalSearch(Bound):
    """Climb from the starters, then from random networks.

    Attributes:
        space: where to search; None until `on` binds it.
        initial: how many networks, starters and random ones, come before the first climb. None: 15, or where weights
            are inherited 1, as random networks have none to inherit.
    """

    initial: int | None = None

    def __post_init__(self) -> None:
        check_initial(self.initial)

    def start(self) -> History:
        """Return the state of a search that has tried nothing."""
        self.require_space()
        return History()

    def ask(self, state: History, rng: np.random.Generator) -> Proposal | None:
        """Return the next network to try, or None where the space is exhausted."""
        space = self.require_space()
        found = first_starter(space, state)
        if found is None and begun(space, state, self.initial):
            found = _step(space, state, rng)
        found = found or random_untried(space, state, rng)
        return found.proposal() if found else None

    def tell(self, state: History, observation: Observation) -> History:
        """Return the state that also knows ``observation``."""
        return state.told(observation)


def _step(space: Space, state: History, rng: np.random.Generator) -> Candidate | None:
    """Return an untried neighbour of where a climb stands, of the highest climb that has one."""
    for incumbent in sorted(climbs(state), key=score_of, reverse=True):
        found = untried_child(root(incumbent, state), space, state, rng)
        if found is not None:
            return found
    return None


def climbs(state: History) -> list[Observation]:
    """Return the best completed trial of every climb, in the order in which the climbs started."""
    start_of: dict[str, str] = {}
    best: dict[str, Observation] = {}
    for each in state.observations:
        parent = each.proposal.parent
        start = start_of[each.trial_id] = each.trial_id if parent is None else start_of.get(parent, parent)
        if each.status == "completed" and (start not in best or score_of(each) > score_of(best[start])):
            best[start] = each
    return list(best.values())

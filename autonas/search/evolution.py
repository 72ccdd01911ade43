"""Regularised evolution (Real, Aggarwal, Huang & Le 2019, arXiv 1802.01548), without duplicates.

======== ===========================================================================
symbol   meaning
======== ===========================================================================
P        population: the P youngest completed trials; the oldest dies, not the worst
S        sample: how many of them, drawn evenly, compete to be the parent
======== ===========================================================================

The best of the sample is the parent, and the child is one random edit away. A network is never tried twice: of a
parent that has only known neighbours, the child is a few random edits away.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from autonas.errors import SettingError, message
from autonas.search.binding import Bound, begun, check_initial
from autonas.search.candidate import first_starter, random_untried, root, untried_near
from autonas.search.history import History, score_of
from autonas.search.strategy import Observation, Proposal


@dataclasses.dataclass(frozen=True)
class Evolution(Bound):
    """Propose the starters, random networks, then children of the fittest of a sample of the youngest.

    Attributes:
        space: where to search; None until `on` binds it.
        population: P.
        sample: S, at most P.
        initial: how many networks, starters and random ones, come before the first child. They inherit no weights.
            None: P, or where weights are inherited 1.
    """

    population: int = 20
    sample: int = 7
    initial: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.sample <= self.population:
            received = (self.sample, self.population)
            raise SettingError(message("sample", ">= 1 and at most population", received, "Use 7 and 20"))
        check_initial(self.initial)

    def start(self) -> History:
        """Return the state of a search that has tried nothing."""
        self.require_space()
        return History()

    def ask(self, state: History, rng: np.random.Generator) -> Proposal | None:
        """Return the next network to try, or None where the space is exhausted."""
        space = self.require_space()
        found = first_starter(space, state)
        if found is None and state.completed and begun(space, state, self.initial, self.population):
            found = untried_near(root(self.parent(state, rng), state), space, state, rng)
        found = found or random_untried(space, state, rng)
        return found.proposal() if found else None

    def tell(self, state: History, observation: Observation) -> History:
        """Return the state that also knows ``observation``."""
        return state.told(observation)

    def parent(self, state: History, rng: np.random.Generator) -> Observation:
        """Return the best of a sample of the population, of which one at least must be there."""
        youngest = state.completed[-self.population :]
        drawn = rng.choice(len(youngest), min(self.sample, len(youngest)), replace=False)
        best: Observation = max((youngest[position] for position in drawn), key=score_of)
        return best

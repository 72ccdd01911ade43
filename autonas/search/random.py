"""Random search: architectures sampled from the space, none of them twice, none inheriting weights. What every other
strategy must beat.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from autonas.errors import SettingError, message
from autonas.search.binding import Bound
from autonas.search.candidate import first_starter, random_untried
from autonas.search.history import History
from autonas.search.strategy import Observation, Proposal


@dataclasses.dataclass(frozen=True)
class RandomSearch(Bound):
    """Sample the space, after its starters.

    Attributes:
        space: where to search; None until `on` binds it.
        attempts: how many samples may turn out to be known before the nearest untried network is looked for instead.
    """

    attempts: int = 50

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise SettingError(message("attempts", ">= 1", self.attempts, "Use about 50"))

    def start(self) -> History:
        """Return the state of a search that has tried nothing."""
        self.require_space()
        return History()

    def ask(self, state: History, rng: np.random.Generator) -> Proposal | None:
        """Return the next network to try, or None where the space is exhausted."""
        space = self.require_space()
        starter = first_starter(space, state)
        if starter is not None:
            return starter.proposal()
        found = random_untried(space, state, rng, self.attempts)
        return Proposal(found.architecture) if found else None

    def tell(self, state: History, observation: Observation) -> History:
        """Return the state that also knows ``observation``."""
        return state.told(observation)

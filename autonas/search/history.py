"""The state of a strategy that needs nothing but what it was told."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property

from autonas.arch import content_id
from autonas.search.strategy import Observation


@dataclasses.dataclass(frozen=True)
class History:
    """Observations in the order in which their trials were first told.

    Attributes:
        observations: one a trial, the latest told.
        ids: content id of each observation's architecture.
    """

    observations: tuple[Observation, ...] = ()
    ids: tuple[str, ...] = ()

    def told(self, observation: Observation) -> History:
        """Return the history that also knows ``observation``, which replaces an earlier one of the same trial."""
        position = self._positions.get(observation.trial_id, len(self.observations))
        return History(
            (*self.observations[:position], observation, *self.observations[position + 1 :]),
            (*self.ids[:position], content_id(observation.proposal.architecture), *self.ids[position + 1 :]),
        )

    @cached_property
    def known(self) -> frozenset[str]:
        """Content ids that must not be proposed again, whatever became of them."""
        return frozenset(self.ids)

    @cached_property
    def completed(self) -> tuple[Observation, ...]:
        """The completed trials."""
        return tuple(each for each in self.observations if each.status == "completed")

    @cached_property
    def pending(self) -> tuple[Observation, ...]:
        """The trials that still run."""
        return tuple(each for each in self.observations if each.status == "pending")

    @cached_property
    def by_id(self) -> Mapping[str, Observation]:
        """The completed trials by the content id of their architecture."""
        pairs = zip(self.ids, self.observations, strict=True)
        return {id: each for id, each in pairs if each.status == "completed"}

    def id_of(self, trial_id: str) -> str:
        """Return the content id of what trial ``trial_id`` tries."""
        return self.ids[self._positions[trial_id]]

    def best(self, count: int) -> tuple[Observation, ...]:
        """Return the ``count`` completed trials of the highest scores, best first; of equal ones the earlier first."""
        return tuple(sorted(self.completed, key=score_of, reverse=True)[:count])

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {each.trial_id: position for position, each in enumerate(self.observations)}


def score_of(observation: Observation) -> float:
    """Return the score of a completed trial."""
    assert observation.score is not None  # `Observation` sees to it
    return observation.score

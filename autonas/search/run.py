"""A search without Keras, for people who bring their own score."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from autonas.arch import Architecture
from autonas.errors import SearchFailed, SettingError, message
from autonas.search.binding import Bindable
from autonas.search.reinforce import Reinforce
from autonas.search.strategy import Observation, Proposal
from autonas.space import Space


@dataclasses.dataclass(frozen=True)
class SearchResult:
    """What a search has tried, in order."""

    history: tuple[Observation, ...]

    @property
    def best(self) -> Observation:
        """The completed trial with the highest score, the earliest of equal ones.

        Raises:
            SearchFailed: no trial was completed.
        """
        completed = [each for each in self.history if each.score is not None]
        if not completed:
            raise SearchFailed(
                f"A search must complete one trial. Received: {len(self.history)} failed ones. "
                "Let score return finite numbers."
            )
        return max(completed, key=lambda each: -math.inf if each.score is None else each.score)

    @property
    def curve(self) -> tuple[float, ...]:
        """The best score after every trial; minus infinity as long as all have failed."""
        scores = [-math.inf if each.score is None else each.score for each in self.history]
        return tuple(float(each) for each in np.maximum.accumulate(scores)) if scores else ()


def run(
    strategy: Bindable, space: Space, score: Callable[[Architecture], float], trials: int, seed: int = 0
) -> SearchResult:
    """Let ``strategy`` try ``trials`` networks of ``space``, one after the other, or fewer where it is exhausted.

    Args:
        strategy: settings of a strategy, such as ``BayesianMorphism()``; a space that it holds already is not used.
        space: where to search.
        score: how good an architecture is; higher is better. A score that is not finite makes the trial a failed one;
            what it raises, stops the search.
        trials: how many networks to try.
        seed: each trial draws from its own generator of this seed, so that a longer search begins as a shorter one did;
            a policy's first weights are of this seed too.

    Raises:
        SettingError: ``trials`` is below 1.
    """
    if trials < 1:
        raise SettingError(message("trials", ">= 1", trials, "Use as many as you can afford"))
    bound = (strategy.seeded(seed) if isinstance(strategy, Reinforce) else strategy).on(space)
    state, history = bound.start(), []
    for number in range(trials):
        proposal = bound.ask(state, np.random.default_rng((seed, number)))
        if proposal is None:
            break
        observation = _observe(f"{number:04d}", proposal, score)
        state = bound.tell(state, observation)
        history.append(observation)
    return SearchResult(tuple(history))


def _observe(trial_id: str, proposal: Proposal, score: Callable[[Architecture], float]) -> Observation:
    reached = float(score(proposal.architecture))
    if math.isfinite(reached):
        return Observation(trial_id, proposal, "completed", reached)
    return Observation(trial_id, proposal, "failed")

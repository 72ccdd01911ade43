"""Which child trains next while the shared weights do: fairly drawn ones, or those of a policy that learns.

What a sampler gives is a pure function of its arrays, a seed and the step, so that a run that is taken up draws the
same children.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from autonas.runtime.policy import Policy
from autonas.space.routes import fair, uniform
from autonas.space.supergraph import Route
from autonas.space.superspace import SuperSpace

Arrays = Mapping[str, np.ndarray[Any, Any]]
EVERY = 32  # gradient steps of the supernet for one of the policy
LEARN_EVERY = 256  # steps of the supernet after which it does, or an epoch: in a short run there is no whole one
CHILDREN = 4  # a step of the policy
FROM = 0.2  # progress from which on the policy learns: scores of untrained weights teach nothing


class Sampler(Protocol):
    """Draws children."""

    def routes(self, step: int) -> Iterator[Route]:
        """Yield the children of this step and those after it."""

    def candidate(self, rng: np.random.Generator) -> Route:
        """Return the decisions of a child that is worth ranking."""

    def learn(self, step: int, steps: int, progress: float) -> None:
        """Learn after ``steps`` steps of the supernet, of which there were ``step`` in all."""

    def arrays(self) -> Arrays:
        """Return what was learnt, by name."""

    def restore(self, arrays: Arrays) -> None:
        """Take up what `arrays` gave."""


class FairSampler:
    """Every op of a stage trains equally often (`autonas.space.routes`); candidates are drawn evenly."""

    def __init__(self, space: SuperSpace, seed: int) -> None:
        self._space, self._seed = space, seed

    def routes(self, step: int) -> Iterator[Route]:
        """Yield fairly drawn children."""
        return map(self._space.route, fair(self._space.entries, self._seed, step))

    def candidate(self, rng: np.random.Generator) -> Route:
        """Return an evenly drawn child."""
        return uniform(self._space.entries, rng)

    def learn(self, step: int, steps: int, progress: float) -> None:
        """Do nothing: there is nothing to learn."""

    def arrays(self) -> Arrays:
        """Return nothing."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Do nothing."""


class ControllerSampler:
    """Children are those of a policy, which learns by REINFORCE from their scores on validation batches.

    Args:
        policy: over the decisions of the space.
        space: what they mean.
        reward: the score of a child on a validation batch that ``rng`` picks; higher is better.
        seed: of all draws.
    """

    def __init__(
        self,
        policy: Policy,
        space: SuperSpace,
        reward: Callable[[Route, np.random.Generator], float],
        seed: int,
    ) -> None:
        self._policy, self._space, self._reward, self._seed = policy, space, reward, seed

    def routes(self, step: int) -> Iterator[Route]:
        """Yield children of the policy as it is at each step."""
        while True:
            yield self._space.route(self.candidate(np.random.default_rng([self._seed, 2, step])))
            step += 1

    def candidate(self, rng: np.random.Generator) -> Route:
        """Return a child of the policy."""
        return tuple(self._policy.sample(1, rng).decisions[0].tolist())

    def learn(self, step: int, steps: int, progress: float) -> None:
        """Take one step of REINFORCE for every `EVERY` steps of the supernet."""
        if progress < FROM:
            return
        rng = np.random.default_rng([self._seed, 3, step])
        for _ in range(max(steps // EVERY, 1)):
            drawn = self._policy.sample(CHILDREN, rng)
            rewards = np.array([self._reward(self._space.route(row.tolist()), rng) for row in drawn.decisions])
            finite = np.isfinite(rewards)
            if finite.any():
                self._policy.learn(drawn.decisions[finite], rewards[finite])

    def arrays(self) -> Arrays:
        """Return the policy's arrays."""
        return self._policy.arrays()

    def restore(self, arrays: Arrays) -> None:
        """Take up the policy's arrays."""
        self._policy.restore(arrays)

"""What a policy learns from, and what a policy is to a strategy: something that samples, the better for its lessons.

The policy itself stands below the TensorFlow line (`autonas.runtime.policy`). It is handed in, and asked with all that
it is to have learnt, so that a strategy's state holds nothing but what was told.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from autonas.space.decided import Agenda


@dataclasses.dataclass(frozen=True)
class Lesson:
    """One decided network and its reward.

    Attributes:
        decisions: what was decided, by step (`autonas.space.tokens`).
        reward: higher is better.
        log_probability: of the decisions under the policy that sampled them, which may have learnt since.
    """

    decisions: tuple[int, ...]
    reward: float
    log_probability: float


class LearningPolicy(Protocol):
    """Samples decisions. Implementations are frozen settings; what they compute depends on their arguments alone."""

    def sample(
        self,
        steps: Agenda,
        lessons: tuple[Lesson, ...],
        count: int,
        rng: np.random.Generator,
        length: int | None = None,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return ``count`` sequences of the first ``length`` of ``steps`` (None: all) and their log-probabilities,
        (count, decisions) and (count,), as the policy does that has had ``lessons`` in this order.
        """

    def seeded(self, seed: int) -> Self:
        """Return the same policy as it begins in a search of this seed."""

    def kept_in(self, folder: Path) -> Self:
        """Return the same policy, which keeps what it has learnt in ``folder`` and takes it up from there: the arrays
        that are costly to replay.
        """

"""The policy that never learns: what a search by a policy must beat."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from autonas.search.lesson import Lesson
from autonas.space.decided import Agenda
from autonas.space.tokens import Choice, columns
from autonas.space.transforms import TransformSpace


@dataclasses.dataclass(frozen=True)
class EvenPolicy:
    """Draws every decision evenly, whatever the lessons: ``Reinforce(policy=EvenPolicy())`` is random search over
    decisions, which with transformations inherits weights as a learning policy's networks do.
    """

    def sample(
        self,
        steps: Agenda,
        lessons: tuple[Lesson, ...],
        count: int,
        rng: np.random.Generator,
        length: int | None = None,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return sequences and their log-probabilities; see `LearningPolicy`. Episodes count as equally likely."""
        if isinstance(steps, TransformSpace):
            return np.array([steps.evenly(rng) for _ in range(count)]), np.zeros(count)
        options = [
            step.options if isinstance(step, Choice) else 2
            for step, times in zip(steps, columns(steps), strict=True)
            for _ in range(times)
        ]
        made = len(options) if length is None else sum(columns(steps[:length]))
        rows = np.full((count, len(options)), -1)
        rows[:, :made] = rng.integers(options[:made], size=(count, made))
        return rows, np.full(count, -math.fsum(math.log(each) for each in options[:made]))

    def seeded(self, seed: int) -> EvenPolicy:
        """Return the policy: it begins alike in every search, and draws with the search's numbers."""
        return self

    def kept_in(self, folder: Path) -> EvenPolicy:
        """Return the policy: it has nothing to keep."""
        return self

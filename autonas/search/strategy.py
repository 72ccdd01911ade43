"""What a strategy is: settings that ask for the next network and are told what became of it.

`Strategy.ask` looks and changes nothing, `Strategy.tell` returns a new state. A state holds nothing but what was
told, so that telling the same observations again rebuilds it: resuming a search is replaying it.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Literal, Protocol, TypeVar

import numpy as np

from autonas.arch import Architecture
from autonas.errors import SettingError
from autonas.morph import Edit


@dataclasses.dataclass(frozen=True)
class Drawn:
    """How a policy came to a network; it stays with the trial, so that a late reward finds the policy that sampled it.

    Attributes:
        decisions: what was decided, step by step (`autonas.space.tokens`).
        log_probability: of all decisions together, under the policy of that moment.
    """

    decisions: tuple[int, ...]
    log_probability: float


@dataclasses.dataclass(frozen=True)
class Proposal:
    """A network to try.

    Attributes:
        architecture: the network.
        parent: id of the completed trial whose weights it inherits; None: it starts afresh.
        edits: what leads from the parent's architecture to this one, in order.
        drawn: how a policy came to it; None: no policy did.
    """

    architecture: Architecture
    parent: str | None = None
    edits: tuple[Edit, ...] = ()
    drawn: Drawn | None = None

    def __post_init__(self) -> None:
        if self.parent is None and self.edits:
            raise SettingError(
                f"edits must be empty without a parent. Received: {self.edits}. Name the parent's trial id."
            )


@dataclasses.dataclass(frozen=True)
class Observation:
    """What is known of one trial.

    Attributes:
        trial_id: its name.
        proposal: what it tries.
        status: whether it runs, has ended, or has failed.
        score: how good it was after training, weights inherited or not; higher is better. None unless completed.
    """

    trial_id: str
    proposal: Proposal
    status: Literal["pending", "completed", "failed"]
    score: float | None = None

    def __post_init__(self) -> None:
        if self.status not in ("pending", "completed", "failed"):
            raise SettingError(
                f"status must be 'pending', 'completed' or 'failed'. Received: {self.status!r}. Use one of the three."
            )
        fits = self.score is None if self.status != "completed" else _is_finite(self.score)
        if not fits:
            raise SettingError(
                "score must be a finite number for a completed trial and None for any other. "
                f"Received: {self.score!r} for status {self.status!r}. Tell a trial without a usable score as 'failed'."
            )


def _is_finite(score: float | None) -> bool:
    return score is not None and math.isfinite(score)


State = TypeVar("State")


class Strategy(Protocol[State]):
    """How a search chooses. Implementations are frozen settings; all that changes is the state, a frozen value."""

    def start(self) -> State:
        """Return the state of a search that has tried nothing."""

    def ask(self, state: State, rng: np.random.Generator) -> Proposal | None:
        """Return the next network to try, never one that was tried, or None where the space is exhausted. Changes
        nothing but ``rng``.
        """

    def tell(self, state: State, observation: Observation) -> State:
        """Return the state that also knows ``observation``, which replaces an earlier one of the same trial."""

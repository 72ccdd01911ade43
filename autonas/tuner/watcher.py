"""What a search tells those who watch it, such as a progress display. A watcher reads and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from autonas.runtime.evaluator import Progress


@dataclass(frozen=True)
class TrialStarted:
    """A trial begins.

    Attributes:
        trial_id: the trial's id.
        number: how many trials the search has begun, this one included.
        words: what is being tried.
    """

    trial_id: str
    number: int
    words: str


@dataclass(frozen=True)
class TrialEnded:
    """A trial is over.

    Attributes:
        trial_id: the trial's id.
        number: as in `TrialStarted`.
        words: as in `TrialStarted`.
        score: the objective's value, or None where the trial failed.
        reason: why the trial failed, or None.
        best: the best score so far, or None where no trial has succeeded.
        best_trial: the id of the trial that has it.
        seconds: duration of the trial.
        parameters: size of the network, in scalars.
    """

    trial_id: str
    number: int
    words: str
    score: float | None
    reason: str | None
    best: float | None
    best_trial: str | None
    seconds: float
    parameters: int


class Watcher(Protocol):
    """Is told what happens, as it happens."""

    def started(self, event: TrialStarted) -> None:
        """A trial begins."""

    def progressed(self, progress: Progress) -> None:
        """The running trial has come further."""

    def ended(self, event: TrialEnded) -> None:
        """A trial is over."""


class Unwatched:
    """A watcher that looks away."""

    def started(self, event: TrialStarted) -> None:
        """Do nothing."""

    def progressed(self, progress: Progress) -> None:
        """Do nothing."""

    def ended(self, event: TrialEnded) -> None:
        """Do nothing."""

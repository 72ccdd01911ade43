"""What a tuner knows of a trial that runs, and when it has run for too long."""

from __future__ import annotations

from dataclasses import dataclass

from keras_tuner.engine.trial import Trial

from autonas.runtime.clock import Deadline
from autonas.tuner.slots import Task
from autonas.tuner.watcher import TrialStarted

ATTEMPTS = 2  # at a trial whose slot dies: once may be chance, twice is the trial
_GRACE, _LEAST_GRACE_S = 0.1, 10.0  # beyond the end, of the whole time and at least: tracing and validation run on
_PATIENCE, _LEAST_PATIENCE_S = 1.0, 60.0  # the same where there is no network yet to return


@dataclass
class Running:
    """A running trial.

    Attributes:
        trial, event: which, and what the watcher was told of it.
        begun: when, on `time.monotonic`.
        task: the attempt that runs, or None before the first.
        slot: where it runs; the oracle knows the trial by that slot.
        attempts: how many there were.
        ends: when its time is up, on `time.monotonic`; None where it has no end.
    """

    trial: Trial
    event: TrialStarted
    begun: float
    task: Task | None = None
    slot: int = 0
    attempts: int = 0
    ends: float | None = None


def hard_end(deadline: Deadline | None, found: bool) -> float:
    """Return how many seconds after its time a trial is ended from outside; ``found``: whether any has succeeded."""
    total = (deadline.seconds if deadline else None) or 0.0
    return max(_GRACE * total, _LEAST_GRACE_S) if found else max(_PATIENCE * total, _LEAST_PATIENCE_S)

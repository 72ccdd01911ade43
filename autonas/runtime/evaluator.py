"""What an evaluator is: it trains one proposed architecture and says how good it became.

A trial's folder belongs to its evaluator, which keeps there what a child inherits (weights.npz) and what
`Evaluator.load` needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from autonas.arch import Architecture
from autonas.errors import AutonasError
from autonas.search.strategy import Proposal

if TYPE_CHECKING:
    import keras


Curve = tuple[dict[str, float], ...]
"""A dict of metrics for each validation of a run, oldest first."""


class TrialFailed(AutonasError):
    """An evaluator could not finish a trial, and says why: a loss that is not finite, no memory. The search goes on."""


class OutOfMemory(TrialFailed):
    """A network is too large for this machine: no larger one is tried."""


@dataclass(frozen=True)
class Progress:
    """How far the running trial has come.

    Attributes:
        epoch: epochs done, with the part of the current one.
        epochs: epochs planned.
        metric: the objective's latest value, or None before the first validation.
        loss: the latest training loss, or None before the first step.
        trial_id: which trial, where several run at a time; evaluators leave it empty.
    """

    epoch: float
    epochs: float
    metric: float | None = None
    loss: float | None = None
    trial_id: str = ""


@dataclass(frozen=True)
class Result:
    """What one trial gave. Its weights stand in the trial's folder.

    Attributes:
        metrics: the last word on the trial by name, the objective among them, such as ``{"val_accuracy": 0.91}``.
        epochs: passes over the training set in this trial.
        cumulative_epochs: these and those of all ancestors whose weights were inherited.
        seconds: where the time went, by kind: "gradient_steps", "validation", "compile", "inheritance", "checkpoint".
        parameters: number of scalars in all weights.
        flops: floating-point operations of one example at inference.
        curve: a dict of metrics for each validation, oldest first.
        stopped: why the trial was given up before its time (`autonas.runtime.hopeless`), or None.
    """

    metrics: dict[str, float]
    epochs: float
    cumulative_epochs: float
    seconds: dict[str, float]
    parameters: int
    flops: int
    curve: Curve = field(default=())
    stopped: str | None = None


class Evaluator(Protocol):
    """Trains what a strategy proposes."""

    def evaluate(
        self,
        proposal: Proposal,
        *,
        trial_id: str,
        folder: Path,
        parent_folder: Path | None,
        seconds: float | None,
        watch: Callable[[Progress], None],
    ) -> Result:
        """Train ``proposal`` for at most ``seconds`` (None: as long as it takes) and write its weights into ``folder``.

        ``folder`` may hold what an interrupted run of the same trial left there; ``parent_folder`` is the one of
        ``proposal.parent``.

        Raises:
            TrialFailed: the trial cannot give a result. Any other `Exception` fails the trial too; `KeyboardInterrupt`
                passes through.
        """

    def remember(self, curve: Curve, warm: bool) -> None:
        """Take into account how a trial went that another evaluator of the same search has run.

        Args:
            curve: its `Result.curve`.
            warm: whether it had a parent.
        """

    def load(self, architecture: Architecture, folder: Path) -> keras.Model:
        """Return the trained network of the trial that ``folder`` belongs to."""

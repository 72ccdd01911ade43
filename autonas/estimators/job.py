"""What goes into a search and what comes out of it, as values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from autonas.arch import Architecture
from autonas.data import Dataset
from autonas.estimators.kind import Kind
from autonas.estimators.settings import Settings
from autonas.morph import Arrays
from autonas.runtime.clock import Clock, Deadline
from autonas.runtime.plan import Plan
from autonas.runtime.scoring import Scoring
from autonas.tuner import SearchTuner
from autonas.tuner.slots import Slots

LEAST = 1.0  # seconds to plan with, however late it is


@dataclasses.dataclass(frozen=True)
class Job:
    """All that a search needs to know.

    Attributes:
        kind: what kind of data it is.
        data: what to learn from.
        task: ``classification``, ``multi_label`` or ``regression``.
        outputs: number of classes or values.
        settings: what the user set.
        scoring: the user's own loss and metrics.
        seed: of everything random.
        folder: where the search lives, named ``directory/project``.
        overwrite: whether to remove an earlier search there.
        epochs, batch_size, callbacks: the user's wishes for training runs, or None and ().
        slots: where trials run.
        clock, deadline: what time it is, and when `fit` must end.
        prepared: seconds that went by until the data were there; of a large stream that is much of the time.
        told: what the user set, and the estimator's class, for the report.
    """

    kind: Kind
    data: Dataset
    task: str
    outputs: int
    settings: Settings
    scoring: Scoring
    seed: int
    folder: Path
    overwrite: bool
    epochs: float | None
    batch_size: int | None
    callbacks: tuple[keras.callbacks.Callback, ...]
    slots: Slots
    clock: Clock
    deadline: Deadline
    prepared: float = 0.0
    told: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def seconds(self) -> float | None:
        """What the time limit leaves once the data are there."""
        limit = self.settings.time_limit
        return None if limit is None else max(limit - self.prepared, LEAST)


@dataclasses.dataclass(frozen=True)
class Found:
    """What a search ends with.

    Attributes:
        architecture, weights: the network.
        metrics: its validation metrics.
        trial_id: the trial it comes from.
        source: whether finishing improved it: ``search``, ``cycle`` or ``average``.
        tuner: the KerasTuner tuner that ran the trials.
        plan: how the time was shared out.
        seconds: where this fit's time went, by kind, as far as the search knows.
        refitted: whether it was trained on the validation part too.
    """

    architecture: Architecture
    weights: Arrays
    metrics: dict[str, float]
    trial_id: str
    source: str
    tuner: SearchTuner
    plan: Plan
    seconds: dict[str, float]
    refitted: bool = False

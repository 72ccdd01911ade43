"""Trials as TensorBoard logs: a run a trial, with its learning curve as scalars and what it tried as hyper-parameters.

``tensorboard --logdir DIRECTORY`` finds them below ``DIRECTORY/PROJECT/tensorboard``. Steps are hundredths of an epoch,
the ancestors' epochs included, so that a child's curve goes on where its parent's weights were.
"""

from __future__ import annotations

import math
from pathlib import Path
from types import TracebackType
from typing import Self

import tensorflow as tf
from tensorboard.plugins.hparams import api as hparams

from autonas.report.progress import Display
from autonas.runtime.evaluator import Progress, Result
from autonas.tuner.results import read_result
from autonas.tuner.watcher import TrialEnded, TrialStarted

FOLDER = "tensorboard"
STEPS = 100  # in an epoch


class TensorBoardDisplay:
    """Shows what another display shows, and logs each trial that ends with a result.

    Args:
        shown: the other display.
        folder: the search's.
    """

    def __init__(self, shown: Display, folder: Path):
        self._shown, self._folder = shown, folder

    def started(self, event: TrialStarted) -> None:
        """Pass it on."""
        self._shown.started(event)

    def progressed(self, progress: Progress) -> None:
        """Pass it on."""
        self._shown.progressed(progress)

    def ended(self, event: TrialEnded) -> None:
        """Pass it on, and log the trial."""
        self._shown.ended(event)
        result = read_result(self._folder / f"trial_{event.trial_id}")
        if result is not None:
            log_trial(self._folder / FOLDER / event.trial_id, event, result)

    def stage(self, words: str) -> None:
        """Pass it on."""
        self._shown.stage(words)

    def __enter__(self) -> Self:
        self._shown.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._shown.__exit__(kind, error, trace)


def log_trial(folder: Path, event: TrialEnded, result: Result) -> None:
    """Write one trial's event file into ``folder``."""
    tried = {"what was tried": event.words, "parameters": event.parameters, "flops": result.flops}
    before = result.cumulative_epochs - result.epochs
    with tf.summary.create_file_writer(str(folder)).as_default():
        hparams.hparams({**tried, "inherited epochs": before}, trial_id=event.trial_id)
        for entry in result.curve:
            step = round(STEPS * (before + result.epochs * entry.get("progress", 1.0)))
            _scalars({name: value for name, value in entry.items() if name != "progress"}, step)
        _scalars(
            {f"final/{name}": value for name, value in result.metrics.items()}, round(STEPS * (before + result.epochs))
        )
        _scalars({f"seconds/{name}": value for name, value in result.seconds.items()}, 0)


def _scalars(values: dict[str, float], step: int) -> None:
    for name, value in values.items():
        if math.isfinite(value):
            tf.summary.scalar(name, value, step)

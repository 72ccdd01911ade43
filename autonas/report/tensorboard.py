"""Trials as TensorBoard logs: a run a trial, with its learning curve as scalars and what it tried as hyper-parameters.

``tensorboard --logdir DIRECTORY`` finds them below ``DIRECTORY/PROJECT/tensorboard``. Steps are hundredths of an epoch,
the ancestors' epochs included, so that a child's curve goes on where its parent's weights were.
"""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

import tensorflow as tf
from tensorboard.plugins.hparams import api as hparams

from autonas.report.progress import Display
from autonas.report.story import read_story
from autonas.runtime.evaluator import Progress, Result
from autonas.tuner.results import read_result
from autonas.tuner.watcher import TrialEnded, TrialStarted

FOLDER = "tensorboard"
STEPS = 100  # in an epoch


class TensorBoardDisplay:
    """Shows what another display shows, and logs each trial that ends with a result: once, also those of an earlier fit
    in the same folder that were not logged.

    Args:
        shown: the other display.
        folder: the search's.
    """

    def __init__(self, shown: Display, folder: Path):
        self._shown, self._folder, self._caught_up = shown, folder, False

    def started(self, event: TrialStarted) -> None:
        """Pass it on, and log what earlier fits left."""
        self._shown.started(event)
        self._catch_up()

    def progressed(self, progress: Progress) -> None:
        """Pass it on."""
        self._shown.progressed(progress)

    def ended(self, event: TrialEnded) -> None:
        """Pass it on, and log the trial."""
        self._shown.ended(event)
        self._log(event.trial_id, event.words, event.parameters)

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
        if kind is None:
            self._catch_up()

    def _catch_up(self) -> None:
        """Log the trials that the search's folder has and the logs have not."""
        if not self._caught_up:
            self._caught_up = True
            for trial in read_story(self._folder).trials:
                self._log(trial.trial, trial.edits, trial.parameters)

    def _log(self, trial_id: str, words: str, parameters: int) -> None:
        """Log a trial that has a result, and has not been logged."""
        folder, result = self._folder / FOLDER / trial_id, read_result(self._folder / f"trial_{trial_id}")
        if result is not None and not folder.exists():
            half = folder.with_name(f".{trial_id}.half")  # which a killed process leaves
            shutil.rmtree(half, ignore_errors=True)
            log_trial(half, trial_id, words, parameters, result)
            half.rename(folder)


def log_trial(folder: Path, trial_id: str, words: str, parameters: int, result: Result) -> None:
    """Write one trial's event file into ``folder``."""
    tried = {"what was tried": words, "parameters": parameters, "flops": result.flops}
    before = result.cumulative_epochs - result.epochs
    writer = tf.summary.create_file_writer(str(folder))
    with writer.as_default():
        hparams.hparams({**tried, "inherited epochs": before}, trial_id=trial_id)
        for entry in result.curve:
            step = round(STEPS * (before + result.epochs * entry.get("progress", 1.0)))
            _scalars({name: value for name, value in entry.items() if name != "progress"}, step)
        _scalars(
            {f"final/{name}": value for name, value in result.metrics.items()}, round(STEPS * (before + result.epochs))
        )
        _scalars({f"seconds/{name}": value for name, value in result.seconds.items()}, 0)
    writer.close()


def _scalars(values: dict[str, float], step: int) -> None:
    for name, value in values.items():
        if math.isfinite(value):
            tf.summary.scalar(name, value, step)

"""Where a trial runs: one small interface, and the simplest kind, this process.

The caller asks its oracle, hands the proposal to a free slot (`Slots.begin`), and hears what became of it
(`Slots.wait`). `autonas.tuner.processes` has slots that are processes of their own.

A trial that runs elsewhere writes into a folder of its own attempt. What it wrote becomes the trial's only when the
caller takes it (`adopt`): an attempt that was given up for lost may wake and write on, and changes nothing.
"""

from __future__ import annotations

import secrets
import shutil
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from autonas.runtime.evaluator import Evaluator, Progress
from autonas.search.strategy import Proposal
from autonas.tuner.results import RESULT_FILE, write_result

_ATTEMPT = "attempt-"
Watch = Callable[[str, Progress], None]  # a trial's id, and how far it has come


@dataclass(frozen=True)
class Task:
    """One attempt at a trial.

    Attributes:
        trial_id: the trial's id.
        attempt: what tells this attempt from others at the same trial.
        proposal: what it tries.
        folder: where its files go.
        parent_folder: the folder of the trial whose weights it inherits, or None.
        seconds: how long it may take, from now on; None: as long as it takes.
    """

    trial_id: str
    attempt: str
    proposal: Proposal
    folder: Path
    parent_folder: Path | None
    seconds: float | None


@dataclass(frozen=True)
class Report:
    """How an attempt ended.

    Attributes:
        trial_id, attempt: which.
        outcome: ``done``: the result stands in the attempt's folder; ``failed``: the evaluator raised; ``lost``: the
            slot died or fell silent, which says nothing of the network; ``halted``: the caller ended it.
        message: the traceback, or what is known of the death.
    """

    trial_id: str
    attempt: str
    outcome: Literal["done", "failed", "lost", "halted"]
    message: str = ""


class Slots(Protocol):
    """Places where trials run, one trial each."""

    size: int
    """How many trials run at a time."""

    share: float
    """The part of this process's pace that a trial has, at most 1: it says how large networks may be."""

    def open(self, evaluator: Evaluator, watch: Watch) -> None:
        """Make ready to run trials with ``evaluator``; ``watch`` is told how far they are."""

    def free(self) -> int | None:
        """Return the number of a free slot, or None."""

    def folder(self, trial_folder: Path) -> Path:
        """Return where an attempt at a trial is to write."""

    def begin(self, slot: int, task: Task) -> None:
        """Run ``task`` in a free slot."""

    def wait(self, seconds: float) -> Sequence[Report]:
        """Return what has ended, after ``seconds`` at most."""

    def halt(self, trial_id: str) -> None:
        """End a running trial from outside; its report says ``halted``."""

    def settle(self, seconds: float) -> None:
        """Return when the slots no longer take processor time to start, or after ``seconds``."""

    def close(self) -> None:
        """End all that runs and let go of it; reports are lost. `open` makes ready again."""


class InlineSlots:
    """One slot: this process. A trial has ended when `begin` returns, and cannot be ended from outside."""

    size, share = 1, 1.0

    def __init__(self) -> None:
        self._evaluator: Evaluator | None = None
        self._watch: Watch = lambda trial_id, progress: None
        self._reports: list[Report] = []

    def open(self, evaluator: Evaluator, watch: Watch) -> None:
        self._evaluator, self._watch = evaluator, watch

    def free(self) -> int | None:
        return None if self._reports else 0

    def folder(self, trial_folder: Path) -> Path:
        return trial_folder

    def begin(self, slot: int, task: Task) -> None:
        if self._evaluator is None:
            raise RuntimeError("Slots must be open before a trial begins. Received: closed ones. Call open() first.")
        failure = perform(self._evaluator, task, lambda progress: self._watch(task.trial_id, progress))
        outcome: Literal["done", "failed"] = "done" if failure is None else "failed"
        self._reports.append(Report(task.trial_id, task.attempt, outcome, failure or ""))

    def wait(self, seconds: float) -> Sequence[Report]:
        if not self._reports:
            time.sleep(seconds)  # nothing runs: who asks waits for the trials of others
        reports, self._reports = self._reports, []
        return reports

    def halt(self, trial_id: str) -> None:
        """Do nothing: where one can call this, nothing runs."""

    def settle(self, seconds: float) -> None:
        """Do nothing: nothing starts."""

    def close(self) -> None:
        self._evaluator, self._reports = None, []


class Memory:
    """What a slot's process takes, which it says after each trial."""

    def __init__(self) -> None:
        self._first_mb: float | None = None

    def has_grown(self, resident_mb: float | None, most: float) -> bool:
        """Say whether it grew by more than ``most`` megabytes since the first time that this was asked."""
        if resident_mb is None:
            return False
        if self._first_mb is None:
            self._first_mb = resident_mb
        return resident_mb - self._first_mb > most


def perform(evaluator: Evaluator, task: Task, watch: Callable[[Progress], None]) -> str | None:
    """Evaluate a task and write its result; return None, or the traceback of what went wrong in it."""
    try:
        result = evaluator.evaluate(
            task.proposal,
            trial_id=task.trial_id,
            folder=task.folder,
            parent_folder=task.parent_folder,
            seconds=task.seconds,
            watch=watch,
        )
        write_result(task.folder, result)
    except Exception:  # noqa: BLE001 - it is not swallowed: it becomes the trial's message
        return traceback.format_exc()
    return None


def new_attempt(trial_folder: Path) -> Path:
    """Return a new folder for an attempt at a trial."""
    folder = trial_folder / f"{_ATTEMPT}{secrets.token_hex(4)}"
    folder.mkdir(parents=True)
    return folder


def adopt(trial_folder: Path, attempt: Path) -> None:
    """Make what an attempt wrote the trial's own, the result last: where it stands, everything else does."""
    if attempt != trial_folder:
        for path in sorted(attempt.iterdir(), key=lambda each: each.name == RESULT_FILE):
            path.replace(trial_folder / path.name)
    discard(trial_folder)


def adopt_left(trial_folder: Path) -> None:
    """Adopt a finished attempt whose caller was killed before it heard of it, and discard all others."""
    finished = [path.parent for path in trial_folder.glob(f"{_ATTEMPT}*/{RESULT_FILE}")]
    if finished:
        adopt(trial_folder, finished[0])
    discard(trial_folder)


def discard(trial_folder: Path) -> None:
    """Remove what attempts at a trial left behind."""
    for path in trial_folder.glob(f"{_ATTEMPT}*"):
        shutil.rmtree(path, ignore_errors=True)

"""KerasTuner's chief and workers (the KERASTUNER_* variables), with leases.

What its own chief lacks: a worker that falls silent loses its trial, which another is given; its late report changes
nothing; workers are told to stop only when nothing runs any more, so that there is always one to take over; and a
failure of every trial ends the chief. It keeps a deadline: no trial is given out after it, and each is told how long it
may take. Workers write into the search's folder, which all must see: each attempt into a folder of its own, which the
chief makes the trial's when it accepts the report. `autonas.tuner.lending` has a worker that needs no script.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal

from keras_tuner.engine.trial import Trial, TrialStatus

from autonas.errors import SearchFailed
from autonas.runtime.clock import Clock, Deadline
from autonas.tuner import store
from autonas.tuner.disk import is_pruned
from autonas.tuner.oracle import SearchOracle
from autonas.tuner.results import read_result
from autonas.tuner.running import hard_end
from autonas.tuner.slots import Report, Slots, Task, adopt, discard, new_attempt
from autonas.tuner.values import from_values

LEASE_S = 120.0  # seconds without a sign of life after which a worker loses its trial
SIGNS = 8  # signs of life a lease
IDLE_S = 1.0  # between two questions of a worker that has nothing to do
TICK_S = 0.5  # how long a worker listens to its slot before it looks at the time
_HOLDER, _OUTCOME, _TIME = "holder", "outcome", "time"  # values that travel with a trial, beside its proposal


class ChiefGone(SearchFailed):
    """A worker's chief is not there, or no longer."""


def role() -> Literal["alone", "chief", "worker"]:
    """Return what the KERASTUNER_* variables make of this process, as KerasTuner reads them."""
    if "KERASTUNER_ORACLE_IP" not in os.environ:
        return "alone"
    return "chief" if "chief" in os.environ.get("KERASTUNER_TUNER_ID", "") else "worker"


def slots_here(workers: Any) -> Any:
    """Return the slots that a search is to have in this process or beside it: a chief's are its workers' own."""
    return 0 if role() == "chief" else workers


def with_outcome(trial: Trial, attempt: str, failure: str | None, halted: bool = False) -> Trial:
    """Return a worker's ``trial`` with what became of it: the chief reads the result in the attempt's folder. A
    ``halted`` one ran for longer than it might."""
    trial.hyperparameters.values[_OUTCOME] = json.dumps({"attempt": attempt, "failure": failure, "halted": halted})
    trial.status = TrialStatus.COMPLETED if failure is None else TrialStatus.INVALID
    return trial


class Leased:
    """An oracle as its chief serves it: to workers that may die.

    Args:
        oracle: what is served.
        project: the search's folder.
        clock: tells seconds.
        lease_s: seconds without a sign of life after which a worker loses its trial.
        deadline: no trial is given out after it; None for none.
        worthwhile_s: nor with fewer seconds left than this.
        begun, ended: are told of every trial that a worker takes, and of every outcome.

    Attributes:
        tuner_ids: the workers that have not been told to stop.
        ongoing_trials: what they run.
    """

    def __init__(
        self,
        oracle: SearchOracle,
        project: Path,
        clock: Clock,
        lease_s: float = LEASE_S,
        *,
        deadline: Deadline | None = None,
        worthwhile_s: float = 0.0,
        begun: Callable[[Trial], object] = lambda trial: None,
        ended: Callable[[Trial], object] = lambda trial: None,
    ) -> None:
        self._oracle, self._project, self._clock, self._lease_s = oracle, project, clock, lease_s
        self._deadline, self._worthwhile_s, self._begun, self._ended = deadline, worthwhile_s, begun, ended
        self._stopped = False  # whether the oracle has no more
        self._heard: dict[str, float] = {}  # by worker
        self._holders: dict[str, str] = {}  # by trial: the worker, and which attempt it is
        self._attempts = 0
        self._access = threading.RLock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._oracle, name)

    @property
    def tuner_ids(self) -> set[str]:
        """Workers that have not been told to stop."""
        return set(self._heard)

    @property
    def ongoing_trials(self) -> dict[str, Trial]:
        """What workers run."""
        return dict(self._oracle.ongoing_trials)

    def create_trial(self, tuner_id: str) -> Trial:
        """Return a trial for a worker; IDLE where there is none as long as others run, which may yet die."""
        with self._access:
            self.expire()
            self._heard[tuner_id] = self._clock()
            trial = self._asked(tuner_id)
            if trial.status == TrialStatus.STOPPED and self._oracle.ongoing_trials and not self._time_is_up():
                return Trial(trial.hyperparameters, trial.trial_id, TrialStatus.IDLE)
            if trial.status == TrialStatus.STOPPED:
                self._stopped = True
                del self._heard[tuner_id]
            if trial.status != TrialStatus.RUNNING:
                return trial
            self._begun(trial)
            return self._handed(trial, tuner_id)

    def is_over(self) -> bool:
        """Say whether nothing runs, and nothing will."""
        with self._access:
            return not self._oracle.ongoing_trials and (self._stopped or self._time_is_up())

    def get_trial(self, trial_id: str) -> Trial:
        """Return a trial; a worker that asks for the one that it runs shows that it lives."""
        with self._access:
            self._renew(trial_id)
            return self._oracle.get_trial(trial_id)

    def update_trial(self, trial_id: str, metrics: dict[str, float], step: int = 0) -> Trial:
        """Record metrics of a running trial."""
        with self._access:
            self._renew(trial_id)
            return self._oracle.update_trial(trial_id, metrics, step)

    def end_trial(self, trial: Trial) -> None:
        """Record how a trial ended, if the worker that says so still has it."""
        with self._access:
            values = trial.hyperparameters.values
            holder = values.pop(_HOLDER, None)
            if holder is None or self._holders.get(trial.trial_id) != holder:
                return
            del self._holders[trial.trial_id]
            self._heard[_worker(holder)] = self._clock()
            values.pop(_TIME, None)
            outcome = json.loads(values.pop(_OUTCOME, "null"))
            if outcome is not None and outcome["halted"] and self._oracle.get_best_trials():
                discard(store.trial_folder(self._project, trial.trial_id))
                self._oracle.give_back(trial)  # it was the search's time that was up: a later run may try it again
                return
            if outcome is not None:
                self._take_over(trial, outcome["attempt"], outcome["failure"])
            self._oracle.end_trial(trial)
            self._ended(self._oracle.get_trial(trial.trial_id))

    def expire(self) -> None:
        """Take back the trials of workers that fell silent."""
        with self._access:
            now = self._clock()
            for worker in [worker for worker, heard in self._heard.items() if now - heard > self._lease_s]:
                del self._heard[worker]
                trial = self._oracle.ongoing_trials.get(worker)
                if trial is not None:
                    self._holders.pop(trial.trial_id, None)
                    self._oracle.give_back(trial)

    def _asked(self, tuner_id: str) -> Trial:
        """Return what the oracle has for a worker."""
        stopped = Trial(self._oracle.hyperparameters.copy(), "", TrialStatus.STOPPED)
        if self._time_is_up():
            return stopped
        try:
            return self._oracle.create_trial(tuner_id)
        except SearchFailed:  # the chief raises it, once all workers are told
            return stopped

    def _time_is_up(self) -> bool:
        left = self._deadline.left() if self._deadline else None
        return left is not None and left <= self._worthwhile_s

    def _handed(self, trial: Trial, tuner_id: str) -> Trial:
        """Return a copy of a trial that names who has it, and how long it may take."""
        self._attempts += 1
        holder = f"{tuner_id}/{self._attempts}"
        self._holders[trial.trial_id] = holder
        handed = Trial.from_state(trial.get_state())
        handed.hyperparameters.values = {
            **trial.hyperparameters.values,
            _HOLDER: holder,
            _TIME: json.dumps(self._time()),
        }
        return handed

    def _time(self) -> tuple[float, float] | None:
        """Return the seconds that a trial may take, and after how many it is ended from outside."""
        left = self._deadline.left() if self._deadline else None
        return None if left is None else (left, left + hard_end(self._deadline, bool(self._oracle.get_best_trials())))

    def _renew(self, trial_id: str) -> None:
        if trial_id in self._holders:
            self._heard[_worker(self._holders[trial_id])] = self._clock()

    def _take_over(self, trial: Trial, attempt: str, failure: str | None) -> None:
        """Make a worker's attempt the trial's."""
        folder = store.trial_folder(self._project, trial.trial_id)
        if failure is not None:
            discard(folder)
            trial.message = failure
            return
        adopt(folder, folder / attempt)
        result = read_result(folder)
        if result is None:
            trial.status, trial.message = TrialStatus.INVALID, f"Its result must stand in {folder}. Received: none."
            return
        self._oracle.update_trial(trial.trial_id, result.metrics)


def expiring(leased: Leased) -> AbstractContextManager[None]:
    """Take back what silent workers have, again and again while the block runs: nobody else may ask."""
    return _again(leased.expire, 1.0)


def living(oracle: Any, trial_id: str, every_s: float = LEASE_S / SIGNS) -> AbstractContextManager[None]:
    """Tell the chief again and again that this worker lives, while the block runs."""

    def say() -> None:
        with suppress(ChiefGone):  # whoever ends the trial will hear of it
            oracle.get_trial(trial_id)

    return _again(say, every_s)


def work(oracle: Any, tuner_id: str, slots: Slots, project: Path, lease_s: float = LEASE_S) -> int:
    """Be a worker: run trials that the chief hands out, in the first of ``slots``, until it says stop; return how many.

    Raises:
        SearchFailed: the slots cannot start.
    """
    done = 0
    while (trial := oracle.create_trial(tuner_id)).status != TrialStatus.STOPPED:
        if trial.status == TrialStatus.IDLE:
            time.sleep(IDLE_S)
            continue
        with living(oracle, trial.trial_id, lease_s / SIGNS):
            report = _attempt(trial, slots, project)
        failure = None if report.outcome == "done" else report.message
        oracle.end_trial(with_outcome(trial, report.attempt, failure, report.outcome == "halted"))
        done += 1
    return done


def _attempt(trial: Trial, slots: Slots, project: Path) -> Report:
    """Run one attempt at a trial of the chief's, and return what its slot reports."""
    proposal = from_values(trial.hyperparameters.values)
    folder = new_attempt(store.trial_folder(project, trial.trial_id))
    parent = store.trial_folder(project, proposal.parent) if proposal.parent else None
    seconds, end = json.loads(trial.hyperparameters.values[_TIME]) or (None, None)
    parent = None if parent is None or is_pruned(parent) else parent
    slots.begin(0, Task(trial.trial_id, folder.name, proposal, folder, parent, seconds))
    ends = None if end is None else time.monotonic() + end
    while not (reports := slots.wait(TICK_S)):
        if ends is not None and time.monotonic() > ends:
            slots.halt(trial.trial_id)
    return reports[0]


@contextmanager
def _again(act: Callable[[], object], every_s: float) -> Iterator[None]:
    """Act every so many seconds while the block runs."""
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(every_s):
            act()

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _worker(holder: str) -> str:
    return holder.rpartition("/")[0]

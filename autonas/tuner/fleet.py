"""KerasTuner's chief and workers (the KERASTUNER_* variables), with leases.

What its own chief lacks: a worker that falls silent loses its trial, which another is given; its late report changes
nothing; workers are told to stop only when nothing runs any more, so that there is always one to take over; and a
failure of every trial ends the chief. Workers write into the search's folder, which all must see: each attempt into a
folder of its own, which the chief makes the trial's when it accepts the report.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal

from keras_tuner.engine.trial import Trial, TrialStatus

from autonas.errors import SearchFailed
from autonas.runtime.clock import Clock
from autonas.tuner import store
from autonas.tuner.oracle import SearchOracle
from autonas.tuner.results import read_result
from autonas.tuner.slots import Report, adopt, discard

LEASE_S = 120.0  # seconds without a sign of life after which a worker loses its trial
SIGNS = 8  # signs of life a lease
IDLE_S = 1.0  # between two questions of a worker that has nothing to do
_HOLDER, _OUTCOME = "holder", "outcome"  # values that travel with a trial, beside its proposal


def role() -> Literal["alone", "chief", "worker"]:
    """Return what the KERASTUNER_* variables make of this process, as KerasTuner reads them."""
    if "KERASTUNER_ORACLE_IP" not in os.environ:
        return "alone"
    return "chief" if "chief" in os.environ.get("KERASTUNER_TUNER_ID", "") else "worker"


def with_outcome(trial: Trial, attempt: str, failure: str | None) -> Trial:
    """Return a worker's ``trial`` with what became of it: the chief reads the result in the attempt's folder."""
    trial.hyperparameters.values[_OUTCOME] = json.dumps({"attempt": attempt, "failure": failure})
    trial.status = TrialStatus.COMPLETED if failure is None else TrialStatus.INVALID
    return trial


class Leased:
    """An oracle as its chief serves it: to workers that may die.

    Args:
        oracle: what is served.
        project: the search's folder.
        clock: tells seconds.
        lease_s: seconds without a sign of life after which a worker loses its trial.

    Attributes:
        tuner_ids: the workers that have not been told to stop.
        ongoing_trials: what they run.
    """

    def __init__(self, oracle: SearchOracle, project: Path, clock: Clock, lease_s: float = LEASE_S) -> None:
        self._oracle, self._project, self._clock, self._lease_s = oracle, project, clock, lease_s
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
            try:
                trial = self._oracle.create_trial(tuner_id)
            except SearchFailed:  # the chief raises it, once all workers are told
                trial = Trial(self._oracle.hyperparameters.copy(), "", TrialStatus.STOPPED)
            if trial.status == TrialStatus.STOPPED and self._oracle.ongoing_trials:
                return Trial(trial.hyperparameters, trial.trial_id, TrialStatus.IDLE)
            if trial.status == TrialStatus.STOPPED:
                del self._heard[tuner_id]
            return self._handed(trial, tuner_id) if trial.status == TrialStatus.RUNNING else trial

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
            if _OUTCOME in values:
                self._take_over(trial, **json.loads(values.pop(_OUTCOME)))
            self._oracle.end_trial(trial)

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

    def _handed(self, trial: Trial, tuner_id: str) -> Trial:
        """Return a copy of a trial that names who has it."""
        self._attempts += 1
        holder = f"{tuner_id}/{self._attempts}"
        self._holders[trial.trial_id] = holder
        handed = Trial.from_state(trial.get_state())
        handed.hyperparameters.values = {**trial.hyperparameters.values, _HOLDER: holder}
        return handed

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
    return _again(lambda: oracle.get_trial(trial_id), every_s)


def work(oracle: Any, tuner_id: str, attempt: Callable[[Trial], Report], lease_s: float) -> None:
    """Be a worker: run trials that the chief hands out, each by ``attempt``, until it says stop."""
    while (trial := oracle.create_trial(tuner_id)).status != TrialStatus.STOPPED:
        if trial.status == TrialStatus.IDLE:
            time.sleep(IDLE_S)
            continue
        with living(oracle, trial.trial_id, lease_s / SIGNS):
            report = attempt(trial)
        failure = None if report.outcome == "done" else report.message
        oracle.end_trial(with_outcome(trial, report.attempt, failure))


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

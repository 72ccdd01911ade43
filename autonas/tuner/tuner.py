"""A KerasTuner tuner that runs any evaluator in any slots, until the oracle, the deadline or Ctrl-C says stop."""

from __future__ import annotations

import dataclasses
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras_tuner
from keras_tuner.engine.trial import Trial, TrialStatus

from autonas.errors import DamagedFile, DiskFull, SearchFailed, SettingError
from autonas.runtime.clock import Deadline
from autonas.runtime.evaluator import Evaluator, Progress, Result, TrialFailed
from autonas.runtime.files import set_aside
from autonas.search.strategy import Proposal
from autonas.tuner import calls, fleet, lending, store
from autonas.tuner.disk import is_pruned
from autonas.tuner.fingerprint import claim
from autonas.tuner.handover import Unsendable
from autonas.tuner.lock import locked
from autonas.tuner.oracle import SearchOracle
from autonas.tuner.pruning import keep_within
from autonas.tuner.results import RESULT_FILE, read_result
from autonas.tuner.running import ATTEMPTS, Running, hard_end
from autonas.tuner.slots import InlineSlots, Report, Slots, Task, adopt, adopt_left, discard, perform
from autonas.tuner.watcher import TrialEnded, TrialStarted, Unwatched, Watcher
from autonas.tuner.words import describe, reason

if TYPE_CHECKING:
    import keras

DISK_FULL = f"{DiskFull.__module__}.{DiskFull.__name__}"  # in the traceback of a trial that met it
_TICK_S = 0.5  # how long slots are listened to before the time is looked at


class UnknownObjective(SettingError, keras_tuner.errors.FatalError):
    """No trial can give what the search is to optimise, so it ends at once and not trial after failed trial."""


class SearchTuner(keras_tuner.Tuner):
    """Runs the trials of a `SearchOracle` with an evaluator, as many at a time as there are slots.

    A trial's folder holds trial.json, result.json (what the evaluator returned) and what the evaluator keeps there.
    The same ``directory``, ``project_name`` and ``fingerprint`` resume the search: finished trials stay, a trial
    without an outcome is run again under its own id.

    Args:
        oracle: says what to try, and when to stop.
        evaluator: trains one architecture.
        directory: where searches live.
        project_name: this search's folder in ``directory``.
        overwrite: remove an earlier search in that folder first; a folder that no search made is never touched.
        fingerprint: JSON data that identifies the search, such as the task, the shape of the input, the data's hash
            and the objective.
        deadline: no trial begins after it, and each is told the time left; None for no limit. It may be replaced
            between two searches. Of KerasTuner's chief and workers, the chief's counts, as ``max_disk_mb`` does.
        worthwhile_s: no trial begins with fewer seconds left than this.
        watch: is told what happens.
        slots: where trials run; None: in this process, one after the other.
        max_disk_mb: megabytes that trials may take (`autonas.tuner.pruning`); None for no bound.
        lease_s: seconds without a sign of life after which KerasTuner's chief takes a worker's trial back
            (`autonas.tuner.fleet`); the same for chief and workers.

    Attributes:
        interrupted: whether the latest `search` ended by Ctrl-C or on a full disk.
        seconds: what went by outside the evaluator, by kind: "proposing" and "recording".

    Raises:
        DirectoryError: the folder holds another search or something else, or another search runs in it.
    """

    def __init__(
        self,
        oracle: SearchOracle,
        evaluator: Evaluator,
        directory: str | Path,
        project_name: str,
        *,
        overwrite: bool = False,
        fingerprint: Mapping[str, Any] | None = None,
        deadline: Deadline | None = None,
        worthwhile_s: float = 0.0,
        watch: Watcher | None = None,
        slots: Slots | None = None,
        max_disk_mb: float | None = None,
        lease_s: float = fleet.LEASE_S,
    ):
        self._role = fleet.role()
        if self._role != "worker":  # the chief alone overwrites and takes up
            with locked(Path(directory) / project_name):
                claim(Path(directory) / project_name, fingerprint or {}, overwrite)
        super().__init__(oracle, directory=str(directory), project_name=project_name)
        self.evaluator, self.deadline, self.worthwhile_s = evaluator, deadline, worthwhile_s
        self.watch, self.slots = watch or Unwatched(), slots or InlineSlots()
        self.max_disk_mb, self.lease_s = max_disk_mb, lease_s
        self._running: dict[str, Running] = {}
        self.interrupted, self.seconds = False, {"proposing": 0.0, "recording": 0.0}
        oracle.verbose = 0  # the watcher shows, KerasTuner's display does not
        if self._role == "worker":
            return
        if store.holds_search(self._folder):
            self.reload()
        else:
            self.save()

    def search(self) -> None:
        """Run trials until the oracle stops, the deadline passes or Ctrl-C is pressed; call it again to go on.

        An interrupted trial has no outcome and will be run again.

        Raises:
            SearchFailed: every trial failed; the message holds the first traceback.
            SettingError: the evaluator does not report the objective.
        """
        if self._role == "chief":
            self._serve()
            return
        if self._role == "worker":
            self._work()
            return
        self.interrupted, self._running = False, {}
        self.on_search_begin()
        with locked(self._folder), closing(self.slots):
            try:
                self._open_slots()
                self._run_trials()
            except KeyboardInterrupt:
                self.interrupted = True
                self.oracle.reload()  # wherever it struck, what is on disk is whole
            except (DiskFull, SearchFailed) as error:  # no room, or slots that no longer start
                if self.best_trial() is None:
                    raise
                self.interrupted = True
                for running in self._running.values():
                    self.oracle.give_back(running.trial)
                warnings.warn(f"{error} The search ends with the best network so far.", stacklevel=2)
        self.on_search_end()
        self.oracle.raise_if_all_failed()

    def _serve(self) -> None:
        """Be the chief of workers (`autonas.tuner.fleet`): hand out trials until the search is over."""
        self.interrupted, self._running = False, {}
        with locked(self._folder):
            self.save()
            leased = fleet.Leased(
                self.oracle,
                self._folder,
                time.monotonic,
                self.lease_s,
                deadline=self.deadline,
                worthwhile_s=self.worthwhile_s,
                begun=self._handed_out,
                ended=self._came_back,
            )
            try:
                with self._offered(), fleet.expiring(leased):
                    calls.serve(leased)
            except KeyboardInterrupt:
                self.interrupted = True
                self.oracle.reload()
        self.oracle.raise_if_all_failed()

    @contextmanager
    def _offered(self) -> Iterator[None]:
        """Leave the evaluator for workers that have none while the block runs, if it can leave this process."""
        with ExitStack() as held:
            try:
                held.enter_context(lending.offered(self.evaluator, self._folder))
            except Unsendable as error:
                warnings.warn(f"{error} Only workers that run this script can help.", UserWarning, stacklevel=4)
            yield

    def _work(self) -> None:
        """Be a worker: run trials that the chief hands out until it says stop."""
        with closing(self.slots):
            self._open_slots()
            fleet.work(calls.patient(self.oracle, self.lease_s), self.tuner_id, self.slots, self._folder, self.lease_s)

    def _handed_out(self, trial: Trial) -> None:
        """Tell the watcher that a worker has a trial, unless another had it before."""
        if trial.trial_id not in self._running:
            self.on_trial_begin(trial)

    def _came_back(self, trial: Trial) -> None:
        """Tell the watcher of a worker's trial, and keep the disk within its bound."""
        self.watch.ended(self._ended(trial, self._running.pop(trial.trial_id)))
        self._prune()

    def run_trial(self, trial: Trial) -> dict[str, float]:
        """Evaluate what a trial proposes, in this process, and return its metrics; a result left by a killed run is
        taken as it is."""
        folder = self.trial_folder(trial.trial_id)
        adopt_left(folder)
        if self.result(trial.trial_id) is None:
            task = self._task(trial.trial_id, self.oracle.proposal(trial.trial_id), folder)
            failure = perform(self.evaluator, task, self.watch.progressed)
            if failure is not None:
                raise TrialFailed(failure)
        return self._metrics(trial)

    def best_trial(self) -> Trial | None:
        """Return the best completed trial, or None where none has completed."""
        return next(iter(self.oracle.get_best_trials()), None)

    def result(self, trial_id: str) -> Result | None:
        """Return what the evaluator said of a trial, or None where it has not (yet) come to a result, or where that is
        damaged: then it is set aside, with a warning."""
        folder = self.trial_folder(trial_id)
        try:
            return read_result(folder)
        except DamagedFile as error:
            set_aside(folder / RESULT_FILE, error, "the trial's score stands in its own file, if it had ended")
            return None

    def trial_folder(self, trial_id: str) -> Path:
        """Return the folder of a trial, made where it was not there yet."""
        return store.trial_folder(self._folder, trial_id)

    def words(self, trial_id: str) -> str:
        """Say what a trial tries."""
        proposal = self.oracle.proposal(trial_id)
        known = proposal.parent in self.oracle.trials  # its file may have been damaged
        parent = self.oracle.proposal(proposal.parent).architecture if proposal.parent and known else None
        return describe(proposal, parent)

    def load_model(self, trial: Trial) -> keras.Model:
        """Return the trained network of a completed trial."""
        architecture = self.oracle.proposal(trial.trial_id).architecture
        return self.evaluator.load(architecture, self.trial_folder(trial.trial_id))

    def on_trial_begin(self, trial: Trial) -> None:
        """Tell the watcher that a trial begins."""
        number = self.oracle.start_order.index(trial.trial_id) + 1
        event = TrialStarted(trial.trial_id, number, self.words(trial.trial_id))
        self._running[trial.trial_id] = Running(trial, event, time.monotonic())
        self.watch.started(event)

    def on_trial_end(self, trial: Trial) -> None:
        """Record a trial's outcome and tell the watcher."""
        with self._timed("recording"):
            self.oracle.end_trial(trial)
        self.watch.ended(self._ended(self.oracle.get_trial(trial.trial_id), self._running.pop(trial.trial_id)))

    def save(self) -> None:
        """Write the oracle's part; each trial is written when it changes."""
        self.oracle.save()

    def reload(self) -> None:
        """Take up what is on disk."""
        self.oracle.reload()

    def _open_slots(self) -> None:
        """Give the slots the evaluator, or run in this process where it cannot leave it."""
        try:
            self.slots.open(self.evaluator, self._progressed)
        except Unsendable as error:
            warnings.warn(f"{error} That is what happens now.", UserWarning, stacklevel=4)
            self.slots.close()
            self.slots = InlineSlots()
            self.slots.open(self.evaluator, self._progressed)

    def _run_trials(self) -> None:
        asking = True
        while asking or self._running:
            asking = asking and self._fill_slots()
            if self._running or asking:  # the oracle may wait for trials of other tuners
                for report in self.slots.wait(_TICK_S):
                    self._take(report)
            self._end_late()

    def _fill_slots(self) -> bool:
        """Give every free slot a trial; return whether the oracle may have more later."""
        while not self._time_is_up():
            slot = self.slots.free()
            if slot is None:
                return True
            with self._timed("proposing"):
                trial = self.oracle.create_trial(f"{self.tuner_id}-{slot}" if slot else self.tuner_id)
            if trial.status != TrialStatus.RUNNING:
                return trial.status == TrialStatus.IDLE
            if self._time_is_up():  # the proposal itself took what was left
                self.oracle.give_back(trial)
                return False
            self.on_trial_begin(trial)
            self._attempt(slot, trial)
        return False

    def _attempt(self, slot: int, trial: Trial) -> None:
        """Run a trial in a slot, or take what a killed run of this search left of it."""
        running, folder = self._running[trial.trial_id], self.trial_folder(trial.trial_id)
        adopt_left(folder)
        if self.result(trial.trial_id) is not None:
            self._finish(trial)
            return
        proposal = self.oracle.proposal(trial.trial_id)
        task = self._task(trial.trial_id, proposal, self.slots.folder(folder))
        running.task, running.slot, running.attempts = task, slot, running.attempts + 1
        running.ends = None if task.seconds is None else time.monotonic() + task.seconds
        self.slots.begin(slot, task)

    def _task(self, trial_id: str, proposal: Proposal, folder: Path) -> Task:
        return Task(
            trial_id=trial_id,
            attempt=folder.name,
            proposal=proposal,
            folder=folder,
            parent_folder=self._parent_folder(proposal),
            seconds=self.deadline.left() if self.deadline else None,
        )

    def _parent_folder(self, proposal: Proposal) -> Path | None:
        folder = self.trial_folder(proposal.parent) if proposal.parent else None
        return None if folder is None or is_pruned(folder) else folder

    def _prune(self) -> None:
        """Remove the checkpoints that are needed least, where all of them take too much room."""
        if self.max_disk_mb is not None:
            keep_within(self.max_disk_mb, self.oracle, self._running, self.trial_folder)

    def _take(self, report: Report) -> None:
        """Act on what a slot reports; of an attempt that was given up, nothing counts."""
        running = self._running.get(report.trial_id)
        if running is None or running.task is None or running.task.attempt != report.attempt:
            return
        trial, folder = running.trial, self.trial_folder(report.trial_id)
        if report.outcome == "done":
            adopt(folder, running.task.folder)
            self._finish(trial)
            return
        if running.task.folder != folder:
            discard(folder)
        if DISK_FULL in report.message:
            self.oracle.give_back(self._running.pop(trial.trial_id).trial)
            raise DiskFull(report.message.splitlines()[-1].partition(": ")[2])
        again = report.outcome == "lost" and running.attempts < ATTEMPTS
        if (report.outcome == "halted" or (again and self._time_is_up())) and self.best_trial() is not None:
            self._running.pop(trial.trial_id)
            self.oracle.give_back(trial)  # it was the search's time that was up: a later run may try it again
        elif again:
            self._attempt(running.slot, trial)  # it is free: in another, the oracle would give this trial out twice
        else:
            self._fail(trial, report.message)

    def _finish(self, trial: Trial) -> None:
        """Record a trial whose result stands in its folder."""
        self.oracle.update_trial(trial.trial_id, self._metrics(trial))
        trial.status = TrialStatus.COMPLETED
        self.on_trial_end(trial)
        self._prune()

    def _fail(self, trial: Trial, message: str) -> None:
        trial.status, trial.message = TrialStatus.FAILED, message
        self.on_trial_end(trial)

    def _metrics(self, trial: Trial) -> dict[str, float]:
        result = self.result(trial.trial_id)
        assert result is not None, "it was there a moment ago"
        if self.oracle.objective.name not in result.metrics:
            raise UnknownObjective(
                f"objective must be one of {sorted(result.metrics)}, which the trials report. "
                f"Received: {self.oracle.objective.name!r}. Use one of them."
            )
        return result.metrics

    def _end_late(self) -> None:
        """End what runs on long after its time, from outside."""
        now, found = time.monotonic(), self.best_trial() is not None
        for trial_id, running in self._running.items():
            if running.ends is not None and now > running.ends + hard_end(self.deadline, found):
                self.slots.halt(trial_id)

    def _progressed(self, trial_id: str, progress: Progress) -> None:
        self.watch.progressed(dataclasses.replace(progress, trial_id=trial_id))

    def _ended(self, trial: Trial, running: Running) -> TrialEnded:
        best = self.best_trial()
        return TrialEnded(
            trial_id=trial.trial_id,
            number=running.event.number,
            words=running.event.words,
            score=trial.score,
            reason=reason(trial.message) if trial.status == TrialStatus.FAILED else None,
            best=best.score if best else None,
            best_trial=best.trial_id if best else None,
            seconds=time.monotonic() - running.begun,
            parameters=self.oracle.proposal(trial.trial_id).architecture.parameters,
        )

    @contextmanager
    def _timed(self, kind: str) -> Iterator[None]:
        """Add the block's duration to `seconds`."""
        begun = time.monotonic()
        yield
        self.seconds[kind] += time.monotonic() - begun

    def _time_is_up(self) -> bool:
        left = self.deadline.left() if self.deadline else None
        return left is not None and left <= self.worthwhile_s

    def _populate_initial_space(self) -> None:
        """Nothing to explore: the strategy owns the space, and no hypermodel is built."""

    @property
    def _folder(self) -> Path:
        return Path(self.project_dir)

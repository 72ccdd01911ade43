"""A KerasTuner tuner that runs any evaluator, trial after trial, until the oracle, the deadline or Ctrl-C says stop."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras_tuner
from keras_tuner.engine.trial import Trial, TrialStatus

from autonas.errors import SettingError
from autonas.runtime.clock import Deadline
from autonas.runtime.evaluator import Evaluator, Result
from autonas.tuner import store
from autonas.tuner.fingerprint import claim
from autonas.tuner.oracle import SearchOracle
from autonas.tuner.results import read_result, write_result
from autonas.tuner.watcher import TrialEnded, TrialStarted, Unwatched, Watcher
from autonas.tuner.words import describe, reason

if TYPE_CHECKING:
    import keras

_IDLE_S = 0.1  # between two questions to an oracle that waits for other trials


class UnknownObjective(SettingError, keras_tuner.errors.FatalError):
    """No trial can give what the search is to optimise, so it ends at once and not trial after failed trial."""


class SearchTuner(keras_tuner.Tuner):
    """Runs the trials of a `SearchOracle` with an evaluator.

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
            between two searches.
        worthwhile_s: no trial begins with fewer seconds left than this.
        watch: is told what happens.

    Attributes:
        interrupted: whether the latest `search` ended by Ctrl-C.
        seconds: what went by outside the evaluator, by kind: "proposing" and "recording".

    Raises:
        DirectoryError: the folder holds another search or something else, or a file in it is damaged.
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
    ):
        claim(Path(directory) / project_name, fingerprint or {}, overwrite)
        super().__init__(oracle, directory=str(directory), project_name=project_name)
        self.evaluator, self.deadline, self.worthwhile_s = evaluator, deadline, worthwhile_s
        self.watch = watch or Unwatched()
        self.interrupted, self.seconds = False, {"proposing": 0.0, "recording": 0.0}
        oracle.verbose = 0  # the watcher shows, KerasTuner's display does not
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
        self.interrupted = False
        self.on_search_begin()
        try:
            self._run_trials()
        except KeyboardInterrupt:
            self.interrupted = True
            self.oracle.reload()  # wherever it struck, what is on disk is whole
        self.on_search_end()
        self.oracle.raise_if_all_failed()

    def run_trial(self, trial: Trial) -> dict[str, float]:
        """Evaluate what a trial proposes and return its metrics; a result left by a killed run is taken as it is."""
        folder = self.trial_folder(trial.trial_id)
        result = read_result(folder) or self._evaluate(trial.trial_id, folder)
        if self.oracle.objective.name not in result.metrics:
            raise UnknownObjective(
                f"objective must be one of {sorted(result.metrics)}, which the trials report. "
                f"Received: {self.oracle.objective.name!r}. Use one of them."
            )
        return result.metrics

    def best_trial(self) -> Trial | None:
        """Return the best completed trial, or None where none has completed."""
        return next(iter(self.oracle.get_best_trials()), None)

    def result(self, trial_id: str) -> Result | None:
        """Return what the evaluator said of a trial, or None where it has not (yet) come to a result."""
        return read_result(self.trial_folder(trial_id))

    def trial_folder(self, trial_id: str) -> Path:
        """Return the folder of a trial, made where it was not there yet."""
        return store.trial_folder(self._folder, trial_id)

    def words(self, trial_id: str) -> str:
        """Say what a trial tries."""
        proposal = self.oracle.proposal(trial_id)
        parent = self.oracle.proposal(proposal.parent).architecture if proposal.parent else None
        return describe(proposal, parent)

    def load_model(self, trial: Trial) -> keras.Model:
        """Return the trained network of a completed trial."""
        architecture = self.oracle.proposal(trial.trial_id).architecture
        return self.evaluator.load(architecture, self.trial_folder(trial.trial_id))

    def on_trial_begin(self, trial: Trial) -> None:
        """Tell the watcher that a trial begins."""
        self._begun = time.monotonic()
        number = self.oracle.start_order.index(trial.trial_id) + 1
        self._event = TrialStarted(trial.trial_id, number, self.words(trial.trial_id))
        self.watch.started(self._event)

    def on_trial_end(self, trial: Trial) -> None:
        """Record a trial's outcome and tell the watcher."""
        with self._timed("recording"):
            self.oracle.end_trial(trial)
        self.watch.ended(self._ended(self.oracle.get_trial(trial.trial_id)))

    def save(self) -> None:
        """Write the oracle's part; each trial is written when it changes."""
        self.oracle.save()

    def reload(self) -> None:
        """Take up what is on disk."""
        self.oracle.reload()

    def _run_trials(self) -> None:
        while not self._time_is_up():
            with self._timed("proposing"):
                trial = self.oracle.create_trial(self.tuner_id)
            if trial.status == TrialStatus.STOPPED:
                return
            if trial.status == TrialStatus.IDLE:
                time.sleep(_IDLE_S)
                continue
            if self._time_is_up():  # the proposal itself took what was left
                self.oracle.reload()
                return
            self.on_trial_begin(trial)
            self._run(trial)
            self.on_trial_end(trial)

    def _run(self, trial: Trial) -> None:
        """Run one trial; whatever goes wrong in it is its own failure. KerasTuner's way also prints every traceback."""
        try:
            self._run_and_update_trial(trial)
            trial.status = TrialStatus.COMPLETED
        except keras_tuner.errors.FatalError:
            raise
        except Exception:  # noqa: BLE001 - it is not swallowed: it becomes the trial's message
            trial.status, trial.message = TrialStatus.FAILED, traceback.format_exc()

    def _evaluate(self, trial_id: str, folder: Path) -> Result:
        proposal = self.oracle.proposal(trial_id)
        result = self.evaluator.evaluate(
            proposal,
            trial_id=trial_id,
            folder=folder,
            parent_folder=self.trial_folder(proposal.parent) if proposal.parent else None,
            seconds=self.deadline.left() if self.deadline else None,
            watch=self.watch.progressed,
        )
        write_result(folder, result)
        return result

    def _ended(self, trial: Trial) -> TrialEnded:
        best = self.best_trial()
        return TrialEnded(
            trial_id=trial.trial_id,
            number=self._event.number,
            words=self._event.words,
            score=trial.score,
            reason=reason(trial.message) if trial.status == TrialStatus.FAILED else None,
            best=best.score if best else None,
            best_trial=best.trial_id if best else None,
            seconds=time.monotonic() - self._begun,
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

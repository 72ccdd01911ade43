"""A KerasTuner oracle that hosts any strategy.

The strategy proposes (ask) and learns (tell); this class gives it trials, files and a lock. What differs from
`keras_tuner.Oracle`, and why:

- Files are written all or nothing, and `reload` needs neither a first finished trial nor a file of the tuner: a search
  killed at any moment resumes.
- A trial without an outcome (its process was killed or interrupted) is run again under its own id before anything new
  is proposed.
- The strategy's state is not stored; `reload` tells the strategy again what happened, in the same order.
- Failed trials do not end the search, unless ten have failed and none has succeeded. Failed ones never pad
  `get_best_trials`.
- Two trials are duplicates when their architectures are equal, whatever the names of their nodes.
- The lock is let go when an exception passes; ``seed=0`` is 0.
"""

from __future__ import annotations

import dataclasses
import math
import secrets
import threading
from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
from keras_tuner.engine.trial import Trial, TrialStatus

from autonas.errors import DirectoryError, SearchFailed, SettingError, message
from autonas.runtime.evaluator import OutOfMemory
from autonas.search.reinforce import Reinforce
from autonas.search.strategy import Observation, Proposal, Strategy
from autonas.tuner import store
from autonas.tuner.disk import is_pruned
from autonas.tuner.values import from_values, identity, to_values

HOPELESS = 10  # so many failures without one success: what is wrong is not the architecture
_COLLISIONS = 20  # a strategy that repeats itself is asked again this often, then the space counts as exhausted
_OUT_OF_MEMORY = f"{OutOfMemory.__module__}.{OutOfMemory.__name__}"  # in the traceback of such a trial
_OUTCOMES = {TrialStatus.COMPLETED: "completed", TrialStatus.FAILED: "failed"}


class SearchOracle(keras_tuner.Oracle):
    """Hosts a strategy in KerasTuner; works with any `keras_tuner.Tuner`, not only with ours.

    A trial's values are strings: "architecture" (JSON), "parent" (a trial's id, or empty) and "edits" (JSON). A tuner
    of your own reads them with `proposal`:

    ```python
    class MyTuner(keras_tuner.Tuner):
        def run_trial(self, trial):
            architecture = self.oracle.proposal(trial.trial_id).architecture
            return {"val_accuracy": train_somehow(architecture)}

    oracle = SearchOracle(strategy, "val_accuracy", max_trials=20, seed=0)
    MyTuner(oracle, directory="searches", project_name="mine").search()
    ```

    Args:
        strategy: what proposes architectures.
        objective: name of a metric whose direction Keras knows, or a `keras_tuner.Objective`. The strategy sees scores
            whose sign is such that higher is better.
        max_trials: number of trials at most, failed ones included; None for no limit. May be raised later to continue.
        seed: what every proposal's randomness is derived from; None draws one, which is kept with the search. A seed
            given to a search that is resumed holds from then on.

    Raises:
        SettingError: a setting cannot work.
    """

    def __init__(
        self,
        strategy: Strategy,
        objective: str | keras_tuner.Objective,
        max_trials: int | None = None,
        seed: int | None = None,
    ):
        _check(objective, max_trials, seed)
        super().__init__(objective=objective, max_trials=max_trials, seed=seed)
        if isinstance(strategy, Reinforce):
            strategy = strategy.rewarded(self.objective.direction == "max")
        self.strategy = self._given = strategy
        self.seed = secrets.randbelow(2**31) if seed is None else int(seed)
        self._seed_is_free = seed is None
        self._access = threading.RLock()
        self._reset()

    # What a tuner calls

    def create_trial(self, tuner_id: str) -> Trial:
        """Return the trial that ``tuner_id`` is to run: its own unfinished one, another's, or a new one.

        Its status is STOPPED when the search is over, IDLE when the strategy waits for trials that are still running.

        Raises:
            SearchFailed: the search is over and every trial failed.
        """
        with self._access:
            self._reload_once()
            if tuner_id in self.ongoing_trials:
                return self.ongoing_trials[tuner_id]
            self.tuner_ids.add(tuner_id)
            trial = self._next_unfinished() or self._new_trial()
            if trial.status == TrialStatus.RUNNING:
                self.ongoing_trials[tuner_id] = trial
                self._display.on_trial_begin(trial)
            elif trial.status == TrialStatus.STOPPED:
                self.tuner_ids.discard(tuner_id)
                if not self.ongoing_trials:
                    self.raise_if_all_failed()
            return trial

    def update_trial(self, trial_id: str, metrics: dict[str, float], step: int = 0) -> Trial:
        """Record metrics of a running trial."""
        with self._access:
            trial = self.trials[trial_id]
            self._check_objective_found(metrics)
            for name, value in metrics.items():
                if not trial.metrics.exists(name):
                    trial.metrics.register(name, self.objective.direction if name == self.objective.name else None)
                # Not the tracker's own update: on a first value that is not a number it warns of an empty minimum.
                trial.metrics.metrics[name].update(float(value), step=step)
            self._save_trial(trial)
            return trial

    def end_trial(self, trial: Trial) -> None:
        """Record how a trial ended (COMPLETED, INVALID: it crashed, or FAILED) and tell the strategy."""
        with self._access:
            kept = self.trials[trial.trial_id]
            kept.hyperparameters, kept.status, kept.message = trial.hyperparameters, trial.status, trial.message
            self._settle(kept)
            trial.status, trial.message = kept.status, kept.message
            self._save_trial(kept)
            self._record(kept.trial_id, "ended")
            self.save()
            self.ongoing_trials = {who: what for who, what in self.ongoing_trials.items() if what is not kept}
            self._display.on_trial_end(kept)

    def give_back(self, trial: Trial) -> None:
        """Take back a running trial that came to no outcome; it is run again before anything new is proposed."""
        with self._access:
            kept = self.trials[trial.trial_id]
            kept.status = TrialStatus.INVALID
            self._retry_queue.append(kept.trial_id)
            self.ongoing_trials = {who: what for who, what in self.ongoing_trials.items() if what is not kept}

    def score_trial(self, trial: Trial) -> None:
        """Give a trial the best finite value of the objective as its score; where there is none, NaN."""
        seen = [(float(seen.mean()), seen.step) for seen in trial.metrics.get_history(self.objective.name)]
        finite = [(value, step) for value, step in seen if np.isfinite(value)]
        best = min if self.objective.direction == "min" else max
        trial.score, trial.best_step = best(finite, key=lambda each: each[0], default=(float("nan"), 0))

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Ask the strategy for the values of a new trial; see `keras_tuner.Oracle.populate_space`.

        The randomness is derived from the seed and the number of trials, so that a resumed search proposes what an
        unbroken one would have.
        """
        for attempt in range(_COLLISIONS):
            rng = np.random.default_rng([self.seed, self._number, attempt])
            proposal = self.strategy.ask(self._state, rng)
            if proposal is None:
                break
            values = to_values(proposal)
            orphan = proposal.parent is not None and is_pruned(store.trial_folder(self._folder, proposal.parent))
            if not self._duplicate(values) and not (orphan and attempt < _COLLISIONS // 2):
                return {"status": TrialStatus.RUNNING, "values": values}
        return {"status": TrialStatus.IDLE if self.ongoing_trials else TrialStatus.STOPPED}

    # What a reader calls

    def proposal(self, trial_id: str) -> Proposal:
        """Return what a trial tries."""
        return self._proposals[trial_id]

    def get_best_trials(self, num_trials: int = 1) -> list[Trial]:
        """Return the best completed trials, best first; fewer where there are fewer."""
        completed = [trial for trial in self.trials.values() if trial.status == TrialStatus.COMPLETED]
        return sorted(completed, key=self._loss)[:num_trials]

    def raise_if_all_failed(self) -> None:
        """Raise `SearchFailed` with the first trial's traceback if some trials failed and none succeeded."""
        failed = [trial for trial in self.trials.values() if trial.status == TrialStatus.FAILED]
        if failed and not self.get_best_trials():
            raise SearchFailed(
                f"At least one trial must succeed. Received: {len(failed)} failed trials and no other. "
                f"Use overwrite=True once the cause is mended; the first, trial {failed[0].trial_id}, said:\n"
                f"{failed[0].message}"
            )

    # Files

    def save(self) -> None:
        """Write what no single trial's file holds."""
        store.write_journal(self._folder, store.Journal(self.seed, self._objective, tuple(self._events)))

    def reload(self) -> None:
        """Take up what is on disk in place of what is in memory; every trial without an outcome is to be run again.

        Damaged files are set aside, with a warning each: a trial without its file is none.

        Raises:
            DirectoryError: the search on disk has another objective, or was written by another version.
        """
        with self._access:
            journal, trials = store.take_up(self._folder, store.Journal(self.seed, self._objective, ()))
            if journal.objective != self._objective:
                raise DirectoryError(
                    f"objective must be that of the search in {str(self._folder)!r}, {journal.objective}. "
                    f"Received: {self._objective}. Use another directory, or overwrite=True."
                )
            self._reset()
            self.seed = journal.seed if self._seed_is_free else self.seed
            self.trials, self._number = trials, store.next_number(self._folder)
            for trial_id, what in journal.events:
                self._record(trial_id, what)
            self._hold_unfinished()

    # Inside

    def _reset(self) -> None:
        self.trials, self.ongoing_trials, self.tuner_ids = {}, {}, set()
        self.start_order, self.end_order, self._retry_queue = [], [], []
        self._tried_so_far: set[str] = set()
        self._number = 0  # of the next trial
        self._proposals: dict[str, Proposal] = {}
        self._events: list[store.Event] = []
        self.strategy = self._given
        self._state = self.strategy.start()

    def _reload_once(self) -> None:
        """A plain KerasTuner tuner reloads only after a first finished trial; do it for one that was killed before."""
        if not self.trials and store.holds_search(self._folder):
            self.reload()

    def _hold_unfinished(self) -> None:
        for trial in self.trials.values():
            if not store.is_finished(trial):
                trial.status = TrialStatus.INVALID  # KerasTuner's word for: did not end well, subject to another run
                self._retry_queue.append(trial.trial_id)

    def _next_unfinished(self) -> Trial | None:
        if not self._retry_queue:
            return None
        trial = self.trials[self._retry_queue.pop(0)]
        trial.status, trial.metrics = TrialStatus.RUNNING, type(trial.metrics)()
        self._save_trial(trial)
        return trial

    def _new_trial(self) -> Trial:
        trial_id = f"{self._number:04d}"
        response = {"status": TrialStatus.STOPPED} if self._is_over() else self.populate_space(trial_id)
        space = self.hyperparameters.copy()
        space.values = response.get("values", {})
        trial = Trial(space, trial_id, response["status"])
        if trial.status == TrialStatus.RUNNING:
            self._save_trial(trial)  # first: a disk may be full
            self.trials[trial_id], self._number = trial, self._number + 1
            self._record(trial_id, "started")
            self.save()
        return trial

    def _is_over(self) -> bool:
        full = self.max_trials is not None and len(self.trials) >= self.max_trials
        failed = sum(trial.status == TrialStatus.FAILED for trial in self.trials.values())
        return full or (failed >= HOPELESS and not self.get_best_trials())

    def _settle(self, trial: Trial) -> None:
        """Give an ended trial its score, or the status FAILED."""
        if trial.status == TrialStatus.COMPLETED:
            self.score_trial(trial)
            if not np.isfinite(trial.score):
                trial.message = f"The objective {self.objective.name} must be finite. Received: {trial.score}."
                trial.status, trial.score = TrialStatus.FAILED, None
        else:
            trial.status = TrialStatus.FAILED

    def _record(self, trial_id: str, what: str) -> None:
        """Note that a trial started or ended, and tell the strategy."""
        trial = self.trials[trial_id]
        self._events.append((trial_id, what))
        if what == "started":
            self._proposals[trial_id] = from_values(trial.hyperparameters.values)
            self._tried_so_far.add(identity(trial.hyperparameters.values))
        (self.start_order if what == "started" else self.end_order).append(trial_id)
        self._state = self.strategy.tell(self._state, self._observation(trial, what))
        if what == "ended" and _OUT_OF_MEMORY in (trial.message or ""):
            self._bound_size(self._proposals[trial_id].architecture.parameters - 1)

    def _bound_size(self, most: int) -> None:
        """Let a strategy whose space has a bound on parameters propose no network of more than ``most``; unless others
        of that size have done well: then it was not the size."""
        space = getattr(self.strategy, "space", None)
        if not hasattr(space, "max_parameters"):
            return
        done = [name for name in self.end_order if self.trials[name].status == TrialStatus.COMPLETED]
        known = [*space.starters, *(self._proposals[name].architecture for name in done)]
        largest = max(each.parameters for each in known)
        if largest <= most < (space.max_parameters or math.inf):
            self.strategy = dataclasses.replace(self.strategy, space=dataclasses.replace(space, max_parameters=most))

    def _observation(self, trial: Trial, what: str) -> Observation:
        status = "pending" if what == "started" else _OUTCOMES[trial.status]
        score = -self._loss(trial) if status == "completed" else None
        return Observation(trial.trial_id, self._proposals[trial.trial_id], status, score)

    def _loss(self, trial: Trial) -> float:
        """Return the score with its sign such that lower is better."""
        return float(trial.score) if self.objective.direction == "min" else -float(trial.score)

    def _compute_values_hash(self, values: dict[str, Any]) -> str:
        return identity(values)

    def _save_trial(self, trial: Trial) -> None:
        store.write_trial(self._folder, trial)

    @property
    def _folder(self) -> Path:
        return Path(self._project_dir)

    @property
    def _objective(self) -> tuple[str, str]:
        return self.objective.name, self.objective.direction


def _check(objective: object, max_trials: int | None, seed: int | None) -> None:
    if not isinstance(objective, str | keras_tuner.Objective):
        raise SettingError(
            message("objective", "a metric's name or a keras_tuner.Objective", objective, "Use one only")
        )
    if max_trials is not None and max_trials < 1:
        raise SettingError(message("max_trials", "at least 1", max_trials, "Use None for no limit"))
    if seed is not None and seed < 0:
        raise SettingError(message("seed", "at least 0", seed, "Use None to draw one"))

"""Which checkpoints go where all of them take more room than they may: those that are needed least.

Needed are those of the best trials (they may be returned or blended), of the youngest (evolution breeds from them), of
the parents of what runs, and the parent that most of the youngest have (the next trial's, where all begin from one
network). Of the others, those of failed trials go first, and then the worst.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

from keras_tuner.engine.trial import TrialStatus

from autonas.tuner.disk import prune
from autonas.tuner.oracle import SearchOracle

BEST, YOUNGEST = 12, 6  # trials whose checkpoints stay, whatever they take


def keep_within(
    max_disk_mb: float, oracle: SearchOracle, running: Collection[str], trial_folder: Callable[[str], Path]
) -> None:
    """Remove checkpoints until the trials take ``max_disk_mb`` megabytes, or only needed ones are left.

    Args:
        max_disk_mb: megabytes.
        oracle: knows the trials.
        running: ids of the trials that run.
        trial_folder: returns a trial's folder.
    """
    completed = [trial.trial_id for trial in oracle.get_best_trials(len(oracle.trials))]
    failed = [name for name, trial in oracle.trials.items() if trial.status == TrialStatus.FAILED]
    young = oracle.end_order[-YOUNGEST:]
    needed = {*completed[:BEST], *young, *_parents(oracle, running)}
    needed.update(name for name, _ in Counter(_parents(oracle, young)).most_common(1))
    prune([trial_folder(name) for name in [*failed, *reversed(completed)]], set(map(trial_folder, needed)), max_disk_mb)


def _parents(oracle: SearchOracle, trials: Collection[str]) -> list[str]:
    return [parent for name in trials if (parent := oracle.proposal(name).parent) is not None]

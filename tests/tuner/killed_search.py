"""A script for a child process: a search that says when it is in a trial, and then hangs there until it is killed."""

import sys
import time
from pathlib import Path

from autonas.tuner import SearchOracle, SearchTuner
from tests.tuner.fakes import FakeEvaluator, Ladder


def hang():
    Path(sys.argv[1], "in_trial").touch()
    time.sleep(600)


if __name__ == "__main__":
    folder, victim = Path(sys.argv[1]), sys.argv[2]
    oracle = SearchOracle(Ladder(), "val_accuracy", max_trials=6, seed=3)
    evaluator = FakeEvaluator(folder / "log", **{f"at_{victim}": hang})
    SearchTuner(oracle, evaluator, folder / "searches", "killed").search()

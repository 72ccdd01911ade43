"""A caller for the fault kit: a search in processes of its own that score in closed form, to be killed at any moment.

    python -m tests.faults.caller FOLDER TRIALS WORKERS [LEASE_S]

`Evaluator` writes a line into FOLDER/log when a trial has ended well, and the caller prints nothing.
"""

import contextlib
import os
import sys
import time
from pathlib import Path

from tests.tuner.fakes import FakeEvaluator, Ladder

SECONDS = 0.05  # of a trial


class Evaluator(FakeEvaluator):
    """Takes a moment, and says who runs the trial before it does."""

    def evaluate(self, proposal, **task):
        (self.log.parent / "pids").mkdir(exist_ok=True)
        (self.log.parent / "pids" / str(os.getpid())).touch()
        time.sleep(SECONDS)
        return super().evaluate(proposal, **task)


def search(folder: Path, trials: int, workers: int, **slots):
    """Run a search in `folder`, or go on with it, and return its tuner."""
    from autonas.tuner import ProcessSlots, SearchOracle, SearchTuner

    oracle = SearchOracle(Ladder(), "val_accuracy", max_trials=trials, seed=3)
    with contextlib.closing(ProcessSlots(workers, modules=(), **slots)) as places:
        tuner = SearchTuner(oracle, Evaluator(folder / "log"), folder, "search", slots=places)
        tuner.search()
    return tuner


if __name__ == "__main__":
    lease = {"lease_s": float(sys.argv[4])} if len(sys.argv) > 4 else {}
    search(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), **lease)

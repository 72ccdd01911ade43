"""A script for the processes of a fleet: a chief or a worker, as the KERASTUNER_* variables say."""

import os
import sys
import time
from pathlib import Path

from autonas.tuner import SearchOracle, SearchTuner
from tests.tuner.fakes import FakeEvaluator, Ladder


class Slow(FakeEvaluator):
    """Takes half a second, and says that it runs."""

    def evaluate(self, proposal, **task):
        Path(sys.argv[1], os.environ["KERASTUNER_TUNER_ID"]).touch()
        time.sleep(0.5)
        return super().evaluate(proposal, **task)


if __name__ == "__main__":
    oracle = SearchOracle(Ladder(), "val_accuracy", max_trials=8, seed=3)
    SearchTuner(oracle, Slow(), sys.argv[1], "search", lease_s=5.0).search()

"""A search that starts Ray by itself, to be killed.

python -m tests.tuner.ray_caller FOLDER
"""

import contextlib
import sys
from pathlib import Path

from autonas.tuner import RayCluster, RaySlots, SearchOracle, SearchTuner
from tests.tuner.fakes import Ladder
from tests.tuner.slot_fakes import Slow

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    oracle = SearchOracle(Ladder(), "val_accuracy", max_trials=1000, seed=3)
    with contextlib.closing(RaySlots(RayCluster(address="local"), modules=())) as slots:
        SearchTuner(oracle, Slow(), folder, "search", slots=slots).search()

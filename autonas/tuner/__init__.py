"""KerasTuner as the engine: an oracle that hosts any strategy, a tuner that runs any evaluator."""

from autonas.tuner.oracle import SearchOracle
from autonas.tuner.tuner import SearchTuner
from autonas.tuner.watcher import TrialEnded, TrialStarted, Watcher

__all__ = ["SearchOracle", "SearchTuner", "TrialEnded", "TrialStarted", "Watcher"]

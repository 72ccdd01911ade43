"""KerasTuner as the engine: an oracle that hosts any strategy, a tuner that runs any evaluator, slots where trials run.

Names arrive when they are first used: a trial's own process needs a part of this room, and not KerasTuner, which
imports TensorFlow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autonas.tuner.oracle import SearchOracle
    from autonas.tuner.processes import ProcessSlots
    from autonas.tuner.ray_cluster import RayCluster
    from autonas.tuner.ray_slots import RaySlots
    from autonas.tuner.slots import InlineSlots
    from autonas.tuner.tuner import SearchTuner
    from autonas.tuner.watcher import TrialEnded, TrialStarted, Watcher

_MODULE_OF = {
    "InlineSlots": "autonas.tuner.slots",
    "ProcessSlots": "autonas.tuner.processes",
    "RayCluster": "autonas.tuner.ray_cluster",
    "RaySlots": "autonas.tuner.ray_slots",
    "SearchOracle": "autonas.tuner.oracle",
    "SearchTuner": "autonas.tuner.tuner",
    "TrialEnded": "autonas.tuner.watcher",
    "TrialStarted": "autonas.tuner.watcher",
    "Watcher": "autonas.tuner.watcher",
}

__all__ = [
    "InlineSlots",
    "ProcessSlots",
    "RayCluster",
    "RaySlots",
    "SearchOracle",
    "SearchTuner",
    "TrialEnded",
    "TrialStarted",
    "Watcher",
]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'autonas.tuner' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULE_OF[name]), name)
    return value

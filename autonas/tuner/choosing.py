"""Which slots a user's ``workers`` means."""

from __future__ import annotations

import os
from typing import Literal

from autonas.tuner.process import gpus
from autonas.tuner.processes import ProcessSlots
from autonas.tuner.ray_cluster import RayCluster
from autonas.tuner.ray_slots import RaySlots
from autonas.tuner.slots import InlineSlots, Slots

Workers = int | Literal["ray"] | RayCluster


def make_slots(workers: Workers) -> Slots:
    """Return slots for so many trials at a time, their processes or actors already starting; 0: this process."""
    if workers == 0:
        return InlineSlots()
    if gpus():  # this process finishes networks on the GPU that trials run on, and must leave room there
        os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    slots: ProcessSlots | RaySlots
    if isinstance(workers, int):
        slots = ProcessSlots(workers)
    else:
        slots = RaySlots(RayCluster() if workers == "ray" else workers)
    slots.start()
    return slots

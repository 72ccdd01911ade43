"""One actor of a Ray cluster, as its caller sees it: told, asked, killed."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Literal

from autonas.tuner.process import THREADS
from autonas.tuner.ray_cluster import Need
from autonas.tuner.slots import Memory, Task

Kind = Literal["about", "load", "take", "run", "look"]
_LOOKS = "looks"  # the thread of an actor that answers while a trial runs
LOOK_S = 1.0  # between two looks


class Handle:
    """An actor, running or still waiting for room. What it was asked stands in `asked` until it is answered.

    Attributes:
        asked: what it was asked, by the reference that the answer will stand behind.
        node, pid: where it runs, once it has said so.
        task: what it is working on, or None.
        slot: the slot whose task that is.
        learned: how many of its caller's curves it has been told.
        born: when it was asked for, on `time.monotonic`.
    """

    def __init__(self, ray: Any, need: Need, modules: Sequence[str]) -> None:
        made = ray.remote(
            num_cpus=need.num_cpus,
            num_gpus=need.num_gpus,
            max_restarts=0,  # the caller must hear of every death, and asks for a new one
            max_task_retries=0,
            concurrency_groups={_LOOKS: 1},
        )(import_module("autonas.tuner.ray_actor").TrialActor)
        self._ray, self._actor = ray, made.remote(_environment(need))
        self.asked: dict[Any, Kind] = {
            self._actor.about.remote(): "about",
            self._actor.load.remote(tuple(modules)): "load",
        }
        self.node, self.pid = "", 0
        self.task: Task | None = None
        self.slot, self.learned = 0, 0
        self.born = time.monotonic()
        self._prepared, self._looked, self.memory = False, self.born, Memory()

    def take(self, sent: Any, arrays: Sequence[Any]) -> None:
        """Hand over the evaluator."""
        self._prepared = True
        self.asked[self._actor.take.remote(sent, list(arrays))] = "take"

    def run(self, slot: int, task: Task, *arguments: Any) -> None:
        """Run a task; see `autonas.tuner.ray_actor.TrialActor.run`."""
        self.slot, self.task = slot, task
        self.asked[self._actor.run.remote(*arguments)] = "run"

    def look(self, now: float) -> None:
        """Ask how far it is, now and then, where it does not owe an answer."""
        if self.is_starting() or "look" in self.asked.values() or now - self._looked < LOOK_S:
            return
        self._looked = now
        self.asked[self._actor.look.options(concurrency_group=_LOOKS).remote()] = "look"

    def silent(self, now: float) -> float:
        """Return for how many seconds it has owed the answer to a look."""
        return now - self._looked if "look" in self.asked.values() else 0.0

    def excuse(self, now: float) -> None:
        """Begin to count its silence anew."""
        self._looked = now

    def is_starting(self) -> bool:
        """Say whether it waits for room, imports, or takes over the evaluator."""
        return any(kind in ("about", "load", "take") for kind in self.asked.values())

    def is_free(self) -> bool:
        """Say whether it can be given a task."""
        return self._prepared and self.task is None and not self.is_starting()

    def kill(self) -> None:
        """End it, whatever it does."""
        self._ray.kill(self._actor, no_restart=True)


def _environment(need: Need) -> dict[str, str]:
    """Return the variables of an actor: TensorFlow keeps to its share of the node, and to its own affairs."""
    threads = str(max(math.floor(need.num_cpus), 1))
    found = dict.fromkeys(THREADS, threads)
    found.update(TF_CPP_MIN_LOG_LEVEL="2", TF_FORCE_GPU_ALLOW_GROWTH="true")  # several may share a GPU
    return found if need.num_gpus else {**found, "CUDA_VISIBLE_DEVICES": "-1"}

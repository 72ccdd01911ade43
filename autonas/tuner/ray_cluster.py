"""A Ray cluster as the user describes it, and as it is: which nodes it has, and how many trials find room on them.

`ray` is an extra and is imported when a search begins.
"""

from __future__ import annotations

import logging
import math
import numbers
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from autonas.errors import SettingError, message

_QUIET: dict[str, Any] = {"include_dashboard": False, "logging_level": logging.ERROR}


@dataclass(frozen=True)
class RayCluster:
    """Trials run on a Ray cluster: ``workers=RayCluster(num_gpus=0.5)``; ``workers="ray"`` means `RayCluster()`.

    Args:
        num_cpus: processor threads of a trial.
        num_gpus: GPUs of a trial, or a part of one; None: one where the cluster has GPUs, none where it has not.
        size: how many trials at a time; None: as many as there is room for, now and later. An autoscaler adds nodes
            for what is asked for here, and none for None.
        address: of the cluster; None: the one that this process has joined by ``ray.init``, that the environment
            variable RAY_ADDRESS names, or that was started on this machine by ``ray start``; where there is none, Ray
            is started on this machine and ends with the search. "local": always that.
    """

    num_cpus: float = 1.0
    num_gpus: float | None = None
    size: int | None = None
    address: str | None = None

    def __post_init__(self) -> None:
        _check(self.num_cpus, "num_cpus", "a positive number of processor threads", lambda value: value > 0)
        if self.num_gpus is not None:
            _check(self.num_gpus, "num_gpus", "a number of GPUs, or None", lambda value: value >= 0)
        if self.size is not None:
            right = isinstance(self.size, numbers.Integral) and self.size >= 1
            _check(self.size, "size", "an integer of at least 1, or None", lambda value: right)
        if self.address is not None and not isinstance(self.address, str):
            raise SettingError(message("address", "a text such as 10.0.0.1:6379", self.address, "Use None"))


@dataclass(frozen=True)
class Need:
    """What one trial takes of a node."""

    num_cpus: float
    num_gpus: float

    def room(self, node: Mapping[str, Any]) -> int:
        """Return how many trials find room on a node, as ``ray.nodes()`` describes it."""
        has = node.get("Resources", {})
        rooms = [has.get("CPU", 0.0) / self.num_cpus]
        if self.num_gpus:
            rooms.append(has.get("GPU", 0.0) / self.num_gpus)
        return math.floor(min(rooms) + 1e-6)

    def __str__(self) -> str:
        return f"{self.num_cpus:g} CPU and {self.num_gpus:g} GPU"


def need(cluster: RayCluster, nodes: Sequence[Mapping[str, Any]]) -> Need:
    """Return what one trial takes on these nodes."""
    gpus = any(node["Resources"].get("GPU", 0.0) for node in nodes)
    return Need(cluster.num_cpus, float(gpus) if cluster.num_gpus is None else cluster.num_gpus)


def connect(address: str | None) -> tuple[Any, bool]:
    """Return the module `ray`, joined to a cluster, and whether that was done here.

    Raises:
        SettingError: Ray is not installed, or there is no cluster at ``address``.
    """
    try:
        ray = import_module("ray")
    except ImportError as error:
        remedy = 'Use `pip install "autonas[ray]"`, or a number of workers'
        raise SettingError(message("ray", 'installed for workers="ray"', str(error), remedy)) from error
    if ray.is_initialized():
        return ray, False
    try:
        ray.init(address, **_QUIET)
    except ConnectionError as error:
        named = address or os.environ.get("RAY_ADDRESS")
        if named:
            received, remedy = (
                f"{named}: {error}",
                "Start one by `ray start --head`, or use None for one on this machine",
            )
            raise SettingError(message("address", "that of a running Ray cluster", received, remedy)) from error
        ray.init("local", **_QUIET)  # Ray remembers a cluster that has crashed since
    return ray, True


def alive(ray: Any) -> list[Mapping[str, Any]]:
    """Return the cluster's living nodes."""
    return [node for node in ray.nodes() if node["Alive"]]


def _check(value: object, name: str, expected: str, right: Any) -> None:
    if not isinstance(value, numbers.Real) or isinstance(value, bool) or not math.isfinite(value) or not right(value):
        raise SettingError(message(name, expected, value, "Leave it out for the default"))

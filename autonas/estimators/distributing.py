"""What ``distribution=`` may be, and what it changes in how networks are trained."""

from __future__ import annotations

import dataclasses
import functools
import json
import os

import tensorflow as tf

from autonas.errors import SettingError, message
from autonas.runtime.devices import Distribution, logical_processors, scale
from autonas.runtime.schedule import Restarts
from autonas.runtime.train import Recipe
from autonas.search import Enas
from autonas.tuner import fleet
from autonas.tuner.choosing import Workers
from autonas.tuner.process import gpus
from autonas.tuner.ray_cluster import RayCluster

NAMES = ("auto", "mirrored", "multi_worker_mirrored")
REMEDY = "Use 'auto' or None"
_SERVED = (
    tf.distribute.MirroredStrategy,
    tf.distribute.OneDeviceStrategy,
    tf.distribute.MultiWorkerMirroredStrategy,
)


def check_distribution(value: object, workers: Workers) -> Distribution | None:
    """Return the distribution that ``distribution=value`` means where so many ``workers`` share this machine.

    Raises:
        SettingError: it is none, or cannot be had here.
    """
    if value is None:
        return None
    if isinstance(value, tf.distribute.Strategy):
        return _own(value, workers)
    if value not in NAMES:
        expected = f"None, one of {NAMES} or a tf.distribute strategy"
        raise SettingError(message("distribution", expected, value, REMEDY))
    if value == "multi_worker_mirrored":
        return _own(_of_several_processes(workers), workers)
    replicas = _gpus_of_a_trial(workers)
    if value == "mirrored" and not replicas:
        replicas = logical_processors()
    return Distribution("mirrored", replicas) if replicas > 1 else None


def check_oracle(distribution: Distribution | None, strategy: object) -> None:
    """Raise SettingError where several processes would share a search that they cannot."""
    if not isinstance(distribution and distribution.strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return
    if isinstance(strategy, Enas):
        expected = "another than 'enas', whose shared weights several processes do not train in one search"
        remedy = "Use distribution='mirrored', or autonas.runtime.supernet_training by itself"
        raise SettingError(message("oracle", expected, "enas with several processes", remedy))
    if fleet.role() != "alone":
        remedy = "Use one of both ways to several processes"
        raise SettingError(message("KERASTUNER_TUNER_ID", "unset beside TF_CONFIG", fleet.role(), remedy))


def for_replicas(recipe: Recipe, examples: int, given: bool) -> Recipe:
    """Return the recipe with batch size and learning rates for its replicas (`autonas.runtime.devices`).

    Args:
        recipe: of one device.
        examples: n.
        given: whether the batch size is the user's.
    """
    if recipe.distribution is None:
        return recipe
    scaled = scale(recipe.batch_size, recipe.distribution.replicas, examples, given)
    rates = {
        name: scaled.rate(getattr(recipe, name), recipe.optimizer) for name in ("rate", "warm_rate", "finish_rate")
    }
    return dataclasses.replace(recipe, batch_size=scaled.batch_size, **rates)


def supernet_rates(distribution: Distribution | None, batch_size: int, examples: int, given: bool) -> Restarts:
    """Return the learning rates of a supernet over replicas: it is trained by SGD, whatever its children are.

    Args:
        distribution: its replicas, or None.
        batch_size: of one device.
        examples: n.
        given: whether the batch size is the user's.
    """
    rates = Restarts()
    if distribution is None:
        return rates
    scaled = scale(batch_size, distribution.replicas, examples, given)
    return dataclasses.replace(rates, peak=scaled.rate(rates.peak, "sgd"), end=scaled.rate(rates.end, "sgd"))


def _gpus_of_a_trial(workers: Workers) -> int:
    """Return how many GPUs a trial has; on a Ray cluster, whole ones that it was promised."""
    if isinstance(workers, int):
        return len(gpus()) // max(workers, 1)
    return int(workers.num_gpus or 0) if isinstance(workers, RayCluster) else 0


def _of_several_processes(workers: Workers) -> tf.distribute.Strategy:
    cluster = _cluster()
    if sum(map(len, cluster.values())) < 2:
        expected = "used where the environment variable TF_CONFIG names two processes or more"
        received = f"TF_CONFIG={os.environ.get('TF_CONFIG')!r}"
        raise SettingError(message("multi_worker_mirrored", expected, received, "Use 'mirrored', or set TF_CONFIG"))
    if set(cluster) - {"chief", "worker"}:
        expected = "chief and worker alone in TF_CONFIG's cluster"
        raise SettingError(message("multi_worker_mirrored", f"used with {expected}", sorted(cluster), REMEDY))
    if workers != 0:
        expected = "0 where distribution='multi_worker_mirrored': every process of TF_CONFIG trains inside fit"
        raise SettingError(message("workers", expected, workers, "Use workers=0"))
    return _multi_worker()


def _cluster() -> dict[str, list[str]]:
    """Return the addresses by role that TF_CONFIG names."""
    try:
        cluster = json.loads(os.environ.get("TF_CONFIG") or "{}").get("cluster", {})
        return {role: list(addresses) for role, addresses in cluster.items()}
    except (ValueError, AttributeError, TypeError):
        return {}


@functools.cache
def _multi_worker() -> tf.distribute.Strategy:
    """Return the strategy over all processes, once they are all there; there is one in a process."""
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        expected = "made before TensorFlow runs anything in this process"
        remedy = (
            "Make tf.distribute.MultiWorkerMirroredStrategy() at the top of the script, and give it as distribution="
        )
        raise SettingError(message("multi_worker_mirrored", expected, str(error), remedy)) from error


def _own(strategy: tf.distribute.Strategy, workers: Workers) -> Distribution:
    if not isinstance(strategy, _SERVED):
        expected = f"a strategy that is one of {[each.__name__ for each in _SERVED]}"
        raise SettingError(message("distribution", expected, type(strategy).__name__, REMEDY))
    if workers != 0:
        remedy = "Use workers=0, or distribution='mirrored'"
        received = f"{type(strategy).__name__} with workers={workers!r}"
        raise SettingError(message("distribution", "a name where trials run in other processes", received, remedy))
    return Distribution("own", strategy.num_replicas_in_sync, strategy)

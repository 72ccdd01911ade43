"""What ``distribution=`` may be, and what it changes in how networks are trained."""

from __future__ import annotations

import dataclasses

import tensorflow as tf

from autonas.errors import SettingError, message
from autonas.runtime.devices import Distribution, logical_processors, scale
from autonas.runtime.train import Recipe
from autonas.tuner.choosing import Workers
from autonas.tuner.process import gpus
from autonas.tuner.ray_cluster import RayCluster

NAMES = ("auto", "mirrored")
REMEDY = "Use 'auto' or None"
_SERVED = (tf.distribute.MirroredStrategy, tf.distribute.OneDeviceStrategy)


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
    replicas = _gpus_of_a_trial(workers)
    if value == "mirrored" and not replicas:
        replicas = logical_processors()
    return Distribution("mirrored", replicas) if replicas > 1 else None


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


def _gpus_of_a_trial(workers: Workers) -> int:
    """Return how many GPUs a trial has; on a Ray cluster, whole ones that it was promised."""
    if isinstance(workers, int):
        return len(gpus()) // max(workers, 1)
    return int(workers.num_gpus or 0) if isinstance(workers, RayCluster) else 0


def _own(strategy: tf.distribute.Strategy, workers: Workers) -> Distribution:
    if not isinstance(strategy, _SERVED):
        expected = f"a strategy that is one of {[each.__name__ for each in _SERVED]}"
        raise SettingError(message("distribution", expected, type(strategy).__name__, REMEDY))
    if workers != 0:
        remedy = "Use workers=0, or distribution='mirrored'"
        received = f"{type(strategy).__name__} with workers={workers!r}"
        raise SettingError(message("distribution", "a name where trials run in other processes", received, remedy))
    return Distribution("own", strategy.num_replicas_in_sync, strategy)

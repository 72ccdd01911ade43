"""Which devices share the work of one training run (`tf.distribute`), and what grows with their number.

A minibatch is cut into equal parts, one a replica. How large it is, and how fast networks learn from it, follows one
rule (`Scale`), with R replicas and n training examples:

- A batch size that the user gives is that of a gradient step over all replicas; it is rounded up to a multiple of R,
  and learning rates stay.
- One that is chosen for the data, B, becomes B k, where k = min(R, n / (`LEAST_STEPS` B)), and is 1 at least: more
  devices are of no use to an epoch of a few steps. Learning rates become k times what they were for SGD (Goyal et al.
  2017, section 2.1; runs begin with a warm-up) and sqrt(k) times for Adam (Malladi et al. 2022).
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any, Literal

import tensorflow as tf

from autonas.data.batches import batch_size_for
from autonas.errors import SettingError, message

LEAST_STEPS = 30  # gradient steps that an epoch keeps where batches grow


@dataclasses.dataclass(frozen=True)
class Distribution:
    """How replicas are spread; it travels to trials' processes, which resolve it to devices of their own.

    Attributes:
        kind: ``mirrored``: over the devices of one process; ``own``: a strategy of the user's.
        replicas: how many a trial has. Where there is no GPU, they run on so many logical CPUs; a process that has not
            begun to use TensorFlow configures them.
        strategy: the user's own.
    """

    kind: Literal["mirrored", "own"]
    replicas: int
    strategy: Any = None

    def resolve(self) -> tf.distribute.Strategy:
        """Return the strategy, the same one in all of a process."""
        return self.strategy if self.strategy is not None else _mirrored(self.replicas)


def strategy_of(distribution: Distribution | None) -> tf.distribute.Strategy | None:
    """Return the strategy of a distribution; None where there is none."""
    return None if distribution is None else distribution.resolve()


def replicas_of(strategy: tf.distribute.Strategy | None) -> int:
    """Return how many parts a minibatch is cut into."""
    return 1 if strategy is None else int(strategy.num_replicas_in_sync)


def logical_processors() -> int:
    """Return how many logical CPUs this process has; see ``tf.config.set_logical_device_configuration``."""
    return len(tf.config.list_logical_devices("CPU"))


def shared_size(n: int, batch_size: int, replicas: int) -> int:
    """Return the examples of a gradient step: the most, up to ``batch_size`` of ``n``, that replicas share evenly.

    Raises:
        SettingError: there are fewer examples than replicas.
    """
    size = batch_size_for(n, batch_size) // replicas * replicas
    if not size:
        received = f"{min(n, batch_size)} examples a gradient step for {replicas} replicas"
        raise SettingError(message("distribution", "for data of one example a replica at least", received, "Use None"))
    return size


@dataclasses.dataclass(frozen=True)
class Scale:
    """What becomes of batch size and learning rates; see the head of this file.

    Attributes:
        batch_size: examples a gradient step, over all replicas.
        growth: k.
    """

    batch_size: int
    growth: float

    def rate(self, rate: float, optimizer: str) -> float:
        """Return a learning rate for batches that have grown."""
        return rate * (math.sqrt(self.growth) if optimizer == "adam" else self.growth)


def scale(batch_size: int, replicas: int, examples: int, given: bool) -> Scale:
    """Return the scale of a batch size that the user has ``given``, or that was chosen for so many ``examples``."""
    growth = 1.0 if given else max(1.0, min(float(replicas), examples / (LEAST_STEPS * batch_size)))
    return Scale(math.ceil(batch_size * growth / replicas) * replicas, growth)


@functools.cache
def _mirrored(processors: int) -> tf.distribute.Strategy:
    """Return a strategy over all GPUs, or where there is none over logical CPUs.

    It is one a process: a second one would count its collective operations from the start and meet those of the first.
    """
    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        _split_processor(processors)
    listed = tf.config.list_logical_devices("GPU" if devices else "CPU")
    return tf.distribute.MirroredStrategy([device.name for device in listed])


def _split_processor(processors: int) -> None:
    """Configure so many logical CPUs, in a process where none were and TensorFlow does not run yet."""
    physical = tf.config.list_physical_devices("CPU")[0]
    if processors > 1 and tf.config.get_logical_device_configuration(physical) is None:
        parts = [tf.config.LogicalDeviceConfiguration()] * processors
        try:
            tf.config.set_logical_device_configuration(physical, parts)
        except RuntimeError as error:
            remedy = "Configure logical devices before anything runs, or use None"
            expected = f"resolved before TensorFlow runs where it means {processors} logical CPUs"
            raise SettingError(message("distribution", expected, str(error), remedy)) from error

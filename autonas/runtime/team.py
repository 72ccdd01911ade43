"""Several processes (TF_CONFIG) that take gradient steps together: the chief leads, all others follow.

Whatever depends on time, on validation or on a callback is decided by the chief alone. Before every step it says by a
small collective whether there is one and what it needs to know (the learning rate, a route), so that no process ever
waits for a step that another one does not take. A process that fails in a step calls off all collective operations, and
those that wait for it fail too, instead of waiting for ever.
"""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf
from tensorflow.python.eager import context  # the only way to call off collective operations

from autonas.runtime.replicas import first_result

Ints = npt.NDArray[np.int32]
_SMALL, _LARGE = 256, 1 << 18  # bytes of a message that are sent at a time
GO, STOP = 1, 0


class Team:
    """The processes of a `tf.distribute.MultiWorkerMirroredStrategy`.

    Attributes:
        leads: whether this process is the chief.
        broken: whether a step has failed, or a process is gone: nothing can be said any more.
    """

    def __init__(self, strategy: tf.distribute.MultiWorkerMirroredStrategy) -> None:
        resolver = strategy.cluster_resolver
        chief = ("chief", 0) if "chief" in resolver.cluster_spec().jobs else ("worker", 0)
        self.leads = (resolver.task_type, resolver.task_id) == chief
        self._strategy, self.broken = strategy, False
        self._all_reduce = tf.function(self._of_first, autograph=False)
        self._sum = tf.function(self._of_all, autograph=False)

    def signal(self, values: Ints) -> Ints:
        """Return the chief's ``values``, whose number is the same on all, on every process."""
        return self._agreed(self._all_reduce, values)

    def told(self, message: bytes = b"") -> bytes:
        """Return the chief's ``message`` on every process."""
        length = int(self.signal(np.array([len(message)], np.int32))[0])
        size = _SMALL if length <= _SMALL else _LARGE
        parts = []
        for at in range(0, length, size):
            held = np.zeros(size, np.int32)
            part = np.frombuffer(message[at : at + size], np.uint8)
            held[: len(part)] = part
            parts.append(self.signal(held).astype(np.uint8).tobytes())
        return b"".join(parts)[:length]

    def all(self, true: bool) -> bool:
        """Return whether it is true on every process."""
        return int(self._agreed(self._sum, np.array([0 if true else 1], np.int32))[0]) == 0

    @contextmanager
    def unbroken(self) -> Iterator[None]:
        """Let all processes fail where this one does."""
        try:
            yield
        except BaseException as error:
            self.broken = True
            said = f"A process of the team failed: {type(error).__name__}"
            context.context().abort_collective_ops(tf.errors.ABORTED, said)
            raise

    def _agreed(self, reduce: Any, values: Ints) -> Ints:
        try:
            return reduce(tf.constant(values, tf.int32)).numpy()
        except tf.errors.OpError:  # another process is gone
            self.broken = True
            raise

    def _of_first(self, values: tf.Tensor) -> tf.Tensor:
        def own(values: tf.Tensor) -> tf.Tensor:
            replica = tf.distribute.get_replica_context()
            said = values if self.leads else tf.zeros_like(values)
            first = tf.equal(replica.replica_id_in_sync_group, 0)
            return replica.all_reduce(tf.distribute.ReduceOp.SUM, tf.where(first, said, tf.zeros_like(said)))

        return first_result(self._strategy, self._strategy.run(own, args=(values,)))

    def _of_all(self, values: tf.Tensor) -> tf.Tensor:
        def own(values: tf.Tensor) -> tf.Tensor:
            held = tf.identity(values)  # on this replica: what was handed in stands nowhere
            return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, held)

        return first_result(self._strategy, self._strategy.run(own, args=(values,)))


def team_of(strategy: tf.distribute.Strategy | None) -> Team | None:
    """Return the team of a strategy, the same one in all of a process; None for one of a single process."""
    return _team(strategy) if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy) else None


@functools.cache
def _team(strategy: tf.distribute.MultiWorkerMirroredStrategy) -> Team:
    return Team(strategy)


def packed(about: dict[str, Any], arrays: Sequence[npt.NDArray[Any]]) -> bytes:
    """Return JSON and arrays as one message."""
    held = io.BytesIO()
    np.savez(
        held, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **{str(k): a for k, a in enumerate(arrays)}
    )
    return held.getvalue()


def unpacked(message: bytes) -> tuple[dict[str, Any], list[npt.NDArray[Any]]]:
    """Return what `packed` was given."""
    with np.load(io.BytesIO(message), allow_pickle=False) as held:
        return json.loads(held["about"].tobytes()), [held[str(k)] for k in range(len(held.files) - 1)]


def bits(number: float) -> int:
    """Return a float32 as an int32, for `Team.signal`."""
    return int(np.float32(number).view(np.int32))


def number(held: Any) -> float:
    """Return what `bits` was given."""
    return float(np.int32(held).view(np.float32))

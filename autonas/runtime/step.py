"""The gradient step of every network, on one device or over replicas: forward, backward, and one move of the optimizer.

======== ============================================================= ===============
symbol   meaning                                                       shape
======== ============================================================= ===============
w        values of the trainable variables                             list
s        values of all other variables: averages of batch norms, seeds list
======== ============================================================= ===============
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf

from autonas.runtime.replicas import first_result, over_replicas, synchronised_copy
from autonas.runtime.team import team_of

Tensor = Any
Values = list[Tensor]


class Step:
    """Moves a model by its gradients.

    Args:
        model: compiled, its optimizer built; its variables are moved.
        loss: (truth, outputs) to the loss of each example, (n,).
        strategy: whose replicas share every minibatch, or None.
        together: gradient steps a call.
    """

    def __init__(
        self,
        model: keras.Model,
        loss: Callable[[Tensor, Tensor], Tensor],
        strategy: tf.distribute.Strategy | None = None,
        together: int = 1,
    ) -> None:
        self._model, self._loss, self._strategy, self._together = model, per_example(loss), strategy, together
        self._computed = model if strategy is None else synchronised_copy(model)
        self._team = team_of(strategy)
        self._run = tf.function(self._steps, autograph=False)

    def __call__(self, batches: Iterator[Any]) -> float:
        """Take one step or several, with the next (x, y, weight) of `shared_batches`; return their mean loss."""
        if self._team is None:
            return float(self._run(batches))
        with self._team.unbroken():
            return float(self._run(batches))

    def _steps(self, batches: Iterator[Any]) -> Tensor:
        losses = [self._step(next(batches)) for _ in range(self._together)]
        return tf.add_n(losses) / len(losses)

    def _step(self, batch: tuple[Any, ...]) -> Tensor:
        w = [variable.value for variable in self._model.trainable_variables]
        s = [variable.value for variable in self._model.non_trainable_variables]
        loss, gradients, s = self._everywhere(batch, w, s)
        self._model.optimizer.apply_gradients(zip(gradients, self._model.trainable_variables, strict=True))
        for variable, value in zip(self._model.non_trainable_variables, s, strict=True):
            variable.assign(value)
        return loss

    def _everywhere(self, batch: tuple[Any, ...], w: Values, s: Values) -> tuple[Tensor, Values, Values]:
        if self._strategy is None:
            return self._gradients(batch, w, s)
        return first_result(self._strategy, self._strategy.run(self._replica, args=(batch, w, s)))

    def _replica(self, batch: tuple[Any, ...], w: Values, s: Values) -> tuple[Tensor, Values, Values]:
        """Return the same of the whole batch; dropout draws something else on every replica."""
        place = tf.distribute.get_replica_context().replica_id_in_sync_group
        loss, gradients, s = self._gradients(batch, w, [_moved(each, place) for each in s])
        loss, *gradients = over_replicas([loss, *map(tf.convert_to_tensor, gradients)])
        return loss, gradients, [_moved(each, place, back=True) for each in s]

    def _gradients(self, batch: tuple[Any, ...], w: Values, s: Values) -> tuple[Tensor, Values, Values]:
        x, y, weight = batch
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(w)
            outputs, s = self._computed.stateless_call(w, s, x, training=True)
            loss = mean_loss(self._loss(y, outputs), weight)
        return loss, tape.gradient(loss, w), s


@dataclasses.dataclass(frozen=True)
class Steps:
    """The steps of one training run.

    Attributes:
        step: takes one, or several.
        batches: what `shared_batches` gives them.
        size: examples of a minibatch, over all replicas.
    """

    step: Step
    batches: Iterator[Any]
    size: int

    def __call__(self) -> float:
        """Take the next step, or several, and return their mean loss."""
        return self.step(self.batches)


def per_example(loss: Any) -> Callable[[Tensor, Tensor], Tensor]:
    """Return ``loss`` as a function to one number an example: Keras's objects would also average, and divide by the
    number of replicas."""
    return loss.call if isinstance(loss, keras.losses.Loss) else loss


def mean_loss(values: Tensor, weight: Tensor) -> Tensor:
    """Return the mean over examples of weighted losses: (n,), or (n, ...), or one number for all."""
    values = tf.cast(values, tf.float32)
    return tf.reduce_mean(values * tf.reshape(weight, (-1, *[1] * (len(values.shape) - 1))))


def _moved(state: Tensor, place: Tensor, back: bool = False) -> Tensor:
    """Return the state of a random generator, (seed, count), for one replica; anything else as it is."""
    if not state.dtype.is_integer:
        return state
    way = tf.stack([tf.cast(place, state.dtype), tf.constant(0, state.dtype)])
    return state - way if back else state + way

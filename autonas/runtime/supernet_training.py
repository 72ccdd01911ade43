"""Training the shared weights of a supernet: a fresh child a minibatch (M = 1; ALGORITHMS section 2, phase w).

Only the rows that a child uses are updated, by SGD with Nesterov momentum:

    v <- 0.9 v - lr g;   w <- w + 0.9 v - lr g - lr decay w

A row that was not chosen keeps its weights and its momentum, and costs nothing. Everything is a pure function of seed
and step, so that a run goes on from a checkpoint as if it had never been stopped.
"""

from __future__ import annotations

import dataclasses
import math
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from autonas.data import Dataset
from autonas.data.batches import steps_per_epoch
from autonas.data.pipelines import training_batches
from autonas.runtime.clock import Clock
from autonas.runtime.devices import replicas_of, shared_size, strategy_of
from autonas.runtime.evaluator import Progress, TrialFailed
from autonas.runtime.files import damaged, replacing
from autonas.runtime.replicas import Sync, first_result, over_replicas, shared_batches
from autonas.runtime.samplers import LEARN_EVERY, Sampler
from autonas.runtime.schedule import Restarts, Span
from autonas.runtime.step import mean_loss, per_example
from autonas.runtime.supernet import Supernet
from autonas.runtime.team import GO, STOP, bits, number, packed, team_of, unpacked
from autonas.runtime.train import Recipe, training_loss
from autonas.space.supergraph import Route

MOMENTUM = 0.9
CHECKPOINT_S = 20.0  # between two checkpoints, or thirty times what one takes
LOST = 100  # steps in a row that are not finite: no child's fault


@dataclasses.dataclass
class Training:
    """How far the training has come.

    Attributes:
        step: gradient steps done.
        seconds: what they took.
        loss: mean training loss of late.
    """

    step: int = 0
    seconds: float = 0.0
    loss: float = math.nan


class SupernetTrainer:
    """Trains a supernet's banks, and keeps them in a file.

    Args:
        net: the supernet.
        data: what to train on.
        recipe: loss, batch size, augmentation, weight decay and clip; not its rates. With a distribution, its replicas
            each take an equal part of every minibatch; batch norms see all of it, so that losses are those of one
            device.
        rates: the learning rate.
        clock: tells seconds.

    Attributes:
        traces: how often the training step was traced. More than once would mean a graph a child.
        progress: how far it has come.
    """

    def __init__(
        self,
        net: Supernet,
        data: Dataset,
        recipe: Recipe,
        *,
        rates: Restarts | None = None,
        clock: Clock,
    ) -> None:
        self.net, self._data, self._recipe, self._clock = net, data, recipe, clock
        self._rates = rates or Restarts()
        self._loss = per_example(training_loss(recipe))
        self._velocities = [tf.Variable(tf.zeros(bank.shape), trainable=False) for bank in net.banks]
        self._decays = [tf.constant(recipe.weight_decay * piece.decays()) for piece in net.pieces]
        self._strategy = strategy_of(recipe.distribution)
        self._size = shared_size(len(data.train), recipe.batch_size, replicas_of(self._strategy))
        if self._strategy is not None:
            net.synchronise()
        self._team = team_of(self._strategy)
        self._step = tf.function(self._take_step, autograph=False)
        self.traces, self.progress = 0, Training()

    def train(
        self,
        sampler: Sampler,
        span: Span,
        *,
        checkpoint: Path | None = None,
        watch: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        """Train until ``span`` is used up, what a checkpoint brought counted in.

        Args:
            sampler: draws the child of every step, and learns once an epoch, or every `LEARN_EVERY` steps.
            span: when to end; its seconds count from the first step on.
            checkpoint: file to keep the state in, now and then and at the end.
            watch: is told the progress, some ten times an epoch.

        Raises:
            TrialFailed: the loss is not finite for long. A step with such a loss changes nothing.
        """
        if self._team is not None:
            self._team.told(packed({"step": self.progress.step}, [each.numpy() for each in self._variables()]))
        try:
            self._train(sampler, span, checkpoint, watch)
        finally:
            if self._team is not None and not self._team.broken:
                self._signalled(STOP, 0.0, ())

    def follow(self) -> None:
        """Take part, in a process that is not the chief of its team, in one call of the chief's `train`."""
        assert self._team is not None, "there is nobody to follow"
        about, arrays = unpacked(self._team.told())
        for variable, array in zip(self._variables(), arrays, strict=True):
            variable.assign(array)
        with self._team.unbroken():
            batches = shared_batches(self._batches(about["step"]), self._strategy)
            while (said := self._signalled(STOP, 0.0, ()))[0] == GO:
                self._step(*next(batches), tf.constant(said[2:], tf.int32), tf.constant(number(said[1])))

    def _train(self, sampler: Sampler, span: Span, checkpoint: Path | None, watch: Callable[[Progress], None]) -> None:
        now, saved = self._clock(), self._clock()
        pause, per_epoch = CHECKPOINT_S, steps_per_epoch(len(self._data.train), self._size)
        told, state = self.progress.step, self.progress
        batches, each = shared_batches(self._batches(state.step), self._strategy), sampler.routes(state.step)
        lost, lesson = 0, min(per_epoch, LEARN_EVERY)
        while (done := span.progress(state.step, state.seconds)) < 1.0:
            loss = self._moved(batches, next(each), self._rates.at(done))
            lost = 0 if math.isfinite(loss) else lost + 1
            if lost == LOST:
                raise TrialFailed(lost_words(loss, state.step))
            state.loss = smoothed(state.loss, loss)
            state.step += 1
            if state.step % lesson == 0:
                sampler.learn(state.step, lesson, done)
            before, now = now, self._clock()
            state.seconds += now - before
            if state.step - told >= max(per_epoch // 10, 1):
                told, epoch = state.step, state.step / per_epoch
                watch(Progress(epoch=epoch, epochs=epoch / max(done, 1e-9), loss=state.loss))
            if checkpoint is not None and now - saved > pause:
                self.save(checkpoint, sampler)
                saved = self._clock()
                pause = max(CHECKPOINT_S, 30.0 * (saved - now))
        if checkpoint is not None:
            self.save(checkpoint, sampler)

    def save(self, path: Path, sampler: Sampler) -> None:
        """Write banks, momenta, what the sampler learnt and progress to the ``.npz`` file ``path``, all or nothing."""
        state = self.progress
        arrays = {f"bank/{k}": keras.ops.convert_to_numpy(bank) for k, bank in enumerate(self.net.banks)}
        arrays |= {f"velocity/{k}": each.numpy() for k, each in enumerate(self._velocities)}
        arrays |= {f"sampler/{name}": each for name, each in sampler.arrays().items()}
        with replacing(path) as temporary:
            np.savez(temporary, progress=np.array([state.step, state.seconds, state.loss], np.float64), **arrays)

    def load(self, path: Path, sampler: Sampler) -> None:
        """Take up what `save` wrote.

        Raises:
            DirectoryError: the file cannot be read, or holds another supernet.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                banks = [stored[f"bank/{k}"] for k in range(len(self.net.banks))]
                velocities = [stored[f"velocity/{k}"] for k in range(len(banks))]
                learnt = {
                    name.removeprefix("sampler/"): stored[name] for name in stored.files if name.startswith("sampler/")
                }
                step, seconds, loss = stored["progress"].tolist()
            held = list(zip([*self.net.banks, *self._velocities], [*banks, *velocities], strict=True))
            for variable, array in held:
                if tuple(variable.shape) != array.shape:
                    raise ValueError(f"shape {array.shape} where the supernet has {tuple(variable.shape)}")
            sampler.restore(learnt)
            for variable, array in held:
                variable.assign(array)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise damaged(path, error) from error
        self.progress = Training(int(step), seconds, loss)

    def _batches(self, start: int) -> tf.data.Dataset:
        return training_batches(
            self._data.train,
            self._size,
            seed=self._recipe.seed,
            augment=self._recipe.augment,
            normalise=self._data.schema,
            start_step=start,
            classes=self._data.target.n_classes if self._recipe.task == "classification" else None,
            inputs=(self.net.graph.input,),
        )

    def _moved(self, batches: Iterator[Any], route: Route, rate: float) -> float:
        """Take one gradient step, with all processes that there are, and return its loss."""
        told = tf.constant(route, tf.int32), tf.constant(rate)
        if self._team is None:
            return float(self._step(*next(batches), *told))
        with self._team.unbroken():
            self._signalled(GO, rate, route)
            return float(self._step(*next(batches), *told))

    def _signalled(self, go: int, rate: float, route: Route) -> npt.NDArray[np.int32]:
        """Return what the chief says of the next step: whether there is one, its learning rate, its child."""
        entries = len(self.net.graph.entries)
        return self._team.signal(np.array([go, bits(rate), *(route or (0,) * entries)], np.int32))

    def _variables(self) -> list[tf.Variable]:
        return [*(bank.value for bank in self.net.banks), *self._velocities]

    def _take_step(self, x: Any, y: Any, weight: Any, route: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        self.traces += 1
        w = self.net.rows(route)
        loss, gradients = self._everywhere(x, y, weight, route, w)
        gradients, norm = tf.clip_by_global_norm(gradients, self._recipe.clip)
        finite = tf.math.is_finite(loss) & tf.math.is_finite(norm)
        for k, ((row, gate), g) in enumerate(zip(self.net.places(route), gradients, strict=True)):
            if self.net.banks[k].shape[-1]:
                self._update(k, 0 if row is None else row, finite if gate is None else finite & gate, w[k], g, rate)
        return tf.where(finite, loss, float("nan"))

    def _everywhere(self, x: Any, y: Any, weight: Any, route: tf.Tensor, w: list[tf.Tensor]) -> Any:
        """Return the loss and its gradients by the child's weights, over all replicas."""
        if self._strategy is None:
            return self._gradients(x, y, weight, route, w, None)
        return first_result(self._strategy, self._strategy.run(self._replica, args=(x, y, weight, route, w)))

    def _replica(self, x: Any, y: Any, weight: Any, route: tf.Tensor, w: list[tf.Tensor]) -> Any:
        loss, gradients = self._gradients(x, y, weight, route, w, over_replicas)
        loss, *gradients = over_replicas([loss, *gradients])
        return loss, gradients

    def _gradients(
        self, x: Any, y: Any, weight: Any, route: tf.Tensor, w: list[tf.Tensor], sync: Sync | None
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(w)
            outputs, _ = self.net.run(x, route, w, None, sync)
            loss = mean_loss(self._loss(y, outputs), weight)
        return loss, tape.gradient(loss, w, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    def _update(self, k: int, row: Any, gate: tf.Tensor, w: tf.Tensor, g: tf.Tensor, rate: tf.Tensor) -> None:
        """Move one row of bank ``k``, and its momentum; nothing where ``gate`` is shut."""
        before = tf.gather(self._velocities[k], row)
        v = MOMENTUM * before - rate * g
        moved = w + MOMENTUM * v - rate * g - rate * tf.gather(self._decays[k], row) * w
        v, moved = tf.where(gate, v, before), tf.where(gate, moved, w)
        for variable, value in ((self._velocities[k], v), (self.net.banks[k].value, moved)):
            variable.scatter_update(tf.IndexedSlices(value[None], tf.reshape(row, (1,))))


def smoothed(before: float, now: float) -> float:
    """Return the loss of late: what is not finite is left out."""
    if not math.isfinite(now):
        return before
    return now if math.isnan(before) else 0.95 * before + 0.05 * now


def lost_words(loss: float, step: int) -> str:
    """Say that shared weights cannot be trained."""
    return (
        f"The loss must stay finite. Received: {loss} {LOST} times, to step {step}. Look for extreme values in x and y."
    )

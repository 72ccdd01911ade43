"""One training run under a budget: gradient steps, with the learning rate, the validations and the end steered by how
much of the budget is used."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from autonas.data import Dataset, Part
from autonas.data.batches import steps_per_epoch
from autonas.data.pipelines import training_batches
from autonas.runtime.clock import Clock
from autonas.runtime.compile import input_names
from autonas.runtime.devices import replicas_of, shared_size, strategy_of
from autonas.runtime.evaluator import Curve, Progress, TrialFailed
from autonas.runtime.leading import leading
from autonas.runtime.loop import run_epochs
from autonas.runtime.metrics import outputs, validation_metrics
from autonas.runtime.recipe import Recipe
from autonas.runtime.replicas import shared_batches
from autonas.runtime.schedule import Schedule, Span
from autonas.runtime.scoring import Scoring
from autonas.runtime.step import Step, Steps


@dataclasses.dataclass(frozen=True)
class Run:
    """What a training run did.

    Attributes:
        metrics: validation metrics at its end.
        epochs: passes over the training part.
        curve: the metrics of every validation, with ``progress`` (0 to 1) and ``loss``, oldest first.
        seconds: by kind: ``gradient_steps``, ``validation`` and ``compile`` (tracing, seen as what the first step takes
            longer).
        stopped: why it ended before its span did, or None.
    """

    metrics: dict[str, float]
    epochs: float
    curve: Curve
    seconds: dict[str, float]
    stopped: str | None = None


def train(
    model: keras.Model,
    data: Dataset,
    recipe: Recipe,
    schedule: Schedule,
    span: Span,
    *,
    part: Part | None = None,
    clock: Clock,
    watch: Callable[[Progress], None] = lambda progress: None,
    hopeless: Callable[[Curve], str | None] = lambda curve: None,
    after_step: Callable[[keras.Model, float], None] = lambda model, progress: None,
) -> Run:
    """Train ``model`` (logits or values) on ``part`` (default: the training part of ``data``) until ``span`` is used
    up.

    Args:
        model: what `compile_architecture` made; trained in place.
        data: training and validation part, and how examples are prepared.
        recipe: batch size, optimiser, augmentation.
        schedule: learning rate over the span.
        span: when the run ends.
        part: what to train on instead.
        clock: tells seconds.
        watch: is told the progress, some ten times an epoch.
        hopeless: is shown the curve after every validation but the last; what it returns ends the run.
        after_step: is given the model and the progress (0 to 1) after every gradient step.

    Raises:
        TrialFailed: the loss or an output is not finite.
    """
    part = data.train if part is None else part
    with leading(strategy_of(recipe.distribution), model, recipe, everything=part is not data.train) as said:
        step = steps_of(model, data, recipe, schedule.at(0), part)
        steps = steps_per_epoch(len(part), step.size)
        pilot = _Pilot(data, recipe, schedule, span, clock, watch, hopeless, after_step, steps)
        callbacks = [pilot, *copy.deepcopy(recipe.callbacks)]
        calls = max(round(steps / recipe.together), 1)  # of what Keras calls an epoch
        epochs = math.ceil(span.steps / (calls * recipe.together)) if span.steps is not None else 1_000_000

        def call() -> float:
            said(model)
            return step()

        run_epochs(model, call, callbacks, epochs=max(epochs, 1), calls=calls, together=recipe.together)
    return pilot.run()


def steps_of(model: keras.Model, data: Dataset, recipe: Recipe, rate: float, part: Part) -> Steps:
    """Compile ``model``, and return the gradient steps that train it on ``part``."""
    strategy, loss = strategy_of(recipe.distribution), training_loss(recipe)
    model.compile(
        optimizer=_optimizer(model, recipe, rate),
        loss=loss,
        jit_compile=False,
        steps_per_execution=recipe.together,  # of predictions
    )
    size = shared_size(len(part), recipe.batch_size, replicas_of(strategy))
    batches = training_batches(
        part,
        size,
        seed=recipe.seed,
        augment=recipe.augment,
        normalise=data.schema,
        classes=model.output_shape[-1] if recipe.task == "classification" else None,
        inputs=input_names(model),
    )
    return Steps(Step(model, loss, strategy, recipe.together), shared_batches(batches, strategy), size)


def _optimizer(model: keras.Model, recipe: Recipe, rate: float) -> keras.optimizers.Optimizer:
    settings = {"weight_decay": recipe.weight_decay, "global_clipnorm": recipe.clip}
    if recipe.optimizer == "adam":
        optimizer = keras.optimizers.Adam(rate, **settings)
    else:  # tracing it costs less, and with batch norm it ends better
        optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, **settings)
    spared = [variable for variable in model.trainable_variables if len(variable.shape) < 2]
    if spared:
        optimizer.exclude_from_weight_decay(var_list=spared)
    optimizer.build(model.trainable_variables)  # left to Keras, it happens while tracing, and the step is traced twice
    return optimizer


def training_loss(recipe: Recipe) -> Callable[[Any, Any], Any]:
    """Return the training loss of each example, (n,): of shares of the classes and logits, or of values, (n, k)."""
    if recipe.scoring is not None and recipe.scoring.loss is not None:
        return recipe.scoring.training_loss()
    if recipe.task == "heads" and recipe.scoring is not None:
        return _heads_loss(recipe.scoring, recipe.smoothing)
    if recipe.task == "regression":
        return keras.losses.mean_squared_error
    if recipe.task == "multi_label":
        return _summed_binary_crossentropy
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.smoothing)


def _summed_binary_crossentropy(truth: Any, logits: Any) -> Any:
    return keras.ops.shape(logits)[-1] * keras.losses.binary_crossentropy(truth, logits, from_logits=True)


def _heads_loss(scoring: Scoring, smoothing: float) -> Callable[[Any, Any], Any]:
    """Return the sum of the heads' losses, their own or their tasks', each times its weight, (n,)."""

    def cross_entropy(truth: Any, logits: Any) -> Any:
        return keras.losses.categorical_crossentropy(truth, logits, from_logits=True, label_smoothing=smoothing)

    kinds = {"regression": keras.losses.mean_squared_error, "multi_label": _summed_binary_crossentropy}
    parts = [
        (own.weight, kinds.get(own.task, cross_entropy) if own.loss is None else own.training_loss(), where)
        for own, where in ((scoring.heads[name], where) for name, where in scoring.target.slices.items())
    ]

    def loss(truth: Any, outputs: Any) -> Any:
        return sum(weight * one(truth[:, where], outputs[:, where]) for weight, one, where in parts)

    return loss


class _Best:
    """The weights of a run at its best validation, by loss: it tells overfitting sooner than accuracy does."""

    def __init__(self) -> None:
        self.point: dict[str, float] = {}
        self.behind = 0
        self._weights: list[np.ndarray] = []

    def take(self, model: keras.Model, point: dict[str, float]) -> None:
        """Keep the weights where ``point`` is the best so far."""
        if self.point and point["val_loss"] >= self.point["val_loss"]:
            self.behind += 1
            return
        self.point, self.behind, self._weights = point, 0, model.get_weights()

    def put(self, model: keras.Model) -> None:
        """Give ``model`` the weights that were kept."""
        model.set_weights(self._weights)


class _Pilot(keras.callbacks.Callback):
    """Steers one run: sets the learning rate before every step, validates at even distances, and ends the run."""

    def __init__(
        self,
        data: Dataset,
        recipe: Recipe,
        schedule: Schedule,
        span: Span,
        clock: Clock,
        watch: Callable[[Progress], None],
        hopeless: Callable[[Curve], str | None],
        after_step: Callable[[keras.Model, float], None],
        steps_per_epoch: int,
    ) -> None:
        super().__init__()
        self._data, self._recipe, self._schedule, self._span = data, recipe, schedule, span
        self._best = _Best() if recipe.keep_best else None
        self._clock, self._watch, self._hopeless, self._after_step = clock, watch, hopeless, after_step
        self._points = [(k + 1) / (recipe.validations + 1) for k in range(recipe.validations)]
        self._per_epoch, self._together = steps_per_epoch, recipe.together
        self._told = 0  # the step of the latest word to `watch`
        self._steps, self._begun, self._step_begun = 0, 0.0, 0.0
        self._durations: list[float] = []
        self._curve: list[dict[str, float]] = []
        self._validation, self._validated = 0.0, 0  # seconds; the step of the latest one
        self._longest = 0.0  # seconds; what the last validation may take too
        self._stopped: str | None = None
        self._loss = math.nan

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._step_begun = self._clock()
        self.model.optimizer.learning_rate.assign(self._schedule.at(self._progress()))

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        now = self._clock()
        self._durations.append(now - self._step_begun)
        if self._steps == 0:
            self._begun = now  # the span counts gradient steps, not the tracing that the first one waits for
        self._steps += self._together
        self._loss = float((logs or {})["loss"])
        if not math.isfinite(self._loss):
            raise TrialFailed(f"The loss must stay finite. Received: {self._loss} at step {self._steps}.")
        progress = self._progress()
        self._after_step(self.model, progress)
        self._steer(progress)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None and self._curve:
            logs.update({name: value for name, value in self._curve[-1].items() if name.startswith("val_")})

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._steps != self._validated:  # a callback of the user's has ended the run
            self._validate(self._progress())
        if self._best is not None:
            self._best.put(self.model)

    def run(self) -> Run:
        """What the run did, once it is over."""
        # The first step waits for the graph to be traced; what it takes beyond a typical step is counted as that.
        typical = float(np.median(self._durations[1:])) if len(self._durations) > 1 else self._durations[0]
        tracing = max(self._durations[0] - typical, 0.0)
        seconds = {"gradient_steps": sum(self._durations) - tracing, "compile": tracing, "validation": self._validation}
        last = self._curve[-1] if self._best is None else self._best.point
        metrics = {name: value for name, value in last.items() if name.startswith("val_")}
        return Run(metrics, self._steps / self._per_epoch, tuple(self._curve), seconds, self._stopped)

    def _progress(self) -> float:
        """Return the share of the span that is used, counting what the last validation will take."""
        if not self._steps:
            return 0.0
        return self._span.progress(self._steps, self._clock() - self._begun + self._longest)

    def _steer(self, progress: float) -> None:
        done = progress >= 1.0
        if done or (self._points and progress >= self._points[0]):
            self._points = [point for point in self._points if point > progress]
            self._validate(progress)
            self._stopped = None if done else self._hopeless(tuple(self._curve))
            done = done or self._progress() >= 1.0  # no time for more steps and another validation
            done = done or (self._best is not None and self._best.behind >= self._recipe.patience)
        if self._steps - self._told >= max(self._per_epoch // 10, 1) or done:
            self._told = self._steps
            self._tell(progress)
        if done or self._stopped:
            self.model.stop_training = True

    def _validate(self, progress: float) -> None:
        begun = self._clock()
        predicted = outputs(self.model, self._data.validation, self._data.schema)
        if not np.isfinite(predicted).all():
            raise TrialFailed(
                f"The network's outputs must stay finite. Received: NaN or infinity at step {self._steps}."
            )
        metrics = validation_metrics(predicted, self._data.validation, self._recipe.task, self._recipe.scoring)
        self._curve.append({"progress": progress, "loss": self._loss, **metrics})
        if self._best is not None:
            self._best.take(self.model, self._curve[-1])
        took = self._clock() - begun
        self._validation, self._longest, self._validated = (
            self._validation + took,
            max(self._longest, took),
            self._steps,
        )

    def _tell(self, progress: float) -> None:
        epoch = self._steps / self._per_epoch
        latest = self._curve[-1] if self._curve else {}
        metric = latest.get("val_accuracy", latest.get("val_loss"))
        self._watch(Progress(epoch=epoch, epochs=epoch / max(progress, 1e-9), metric=metric, loss=self._loss))

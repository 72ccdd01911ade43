"""Trains language models: the stream in rows, read piece by piece, with gradients through one piece at a time.

======== =====================================================
symbol   meaning
======== =====================================================
B        rows into which the stream is cut, side by side
T        words of a piece, through which gradients go
======== =====================================================

A piece goes on with the state that the piece before it ended in (truncated backpropagation through time), so that the
recurrent layers are stateful while they train. Perplexity is e to the mean cross-entropy of the next word.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from autonas.arch import Architecture, initial_weights
from autonas.data.corpus import Corpus
from autonas.morph import Arrays
from autonas.runtime.clock import Clock
from autonas.runtime.compile import compile_architecture
from autonas.runtime.evaluator import Curve, Progress, Result, TrialFailed
from autonas.runtime.evaluators import release, store_network, stored_network, trial_generator
from autonas.runtime.schedule import Schedule
from autonas.runtime.weights import get_weights, set_weights
from autonas.search.strategy import Proposal

Ids = npt.NDArray[np.int32]
Initial = Callable[[Architecture, np.random.Generator], Arrays]


@dataclasses.dataclass(frozen=True)
class LanguageRecipe:
    """How language models are trained.

    Attributes:
        epochs: passes over the training part.
        rows: B.
        rate: peak learning rate of Adam.
        clip: largest global norm of a gradient.
        seed: of first weights.
    """

    epochs: int = 5
    rows: int = 20
    rate: float = 5e-3
    clip: float = 1.0
    seed: int = 0


class LanguageEvaluator:
    """Trains proposed language models, in this process; see `autonas.runtime.evaluator.Evaluator`.

    Metrics are ``val_perplexity`` and ``val_loss``, in nats.

    Args:
        corpus, recipe, clock: what to learn, how, and what tells seconds.
        initial: first weights of an architecture.
        longest: seconds of a trial at most; None for no bound but what a search has left.
    """

    def __init__(
        self,
        corpus: Corpus,
        recipe: LanguageRecipe,
        clock: Clock,
        initial: Initial = initial_weights,
        longest: float | None = None,
    ) -> None:
        self._corpus, self._recipe, self._clock, self._initial = corpus, recipe, clock, initial
        self._longest = longest

    def evaluate(
        self,
        proposal: Proposal,
        *,
        trial_id: str,
        folder: Path,
        parent_folder: Path | None,
        seconds: float | None,
        watch: Callable[[Progress], None],
    ) -> Result:
        """Train ``proposal`` and write its weights; one that knows no more than the vocabulary fails."""
        try:
            return self._evaluate(proposal.architecture, trial_id, folder, seconds, watch)
        finally:
            release()

    def load(self, architecture: Architecture, folder: Path) -> keras.Model:
        """Return the trained network of the trial in ``folder``; it begins every batch without a memory."""
        model = compile_architecture(architecture)
        set_weights(model, architecture, stored_network(folder)[1])
        return model

    def remember(self, curve: Curve, warm: bool) -> None:
        """Nothing follows from other trials: none is ended before its time."""

    def _evaluate(
        self,
        architecture: Architecture,
        trial_id: str,
        folder: Path,
        seconds: float | None,
        watch: Callable[[Progress], None],
    ) -> Result:
        begun, recipe = self._clock(), self._recipe
        plain = compile_architecture(architecture)
        set_weights(plain, architecture, self._initial(architecture, trial_generator(recipe.seed, trial_id)))
        model = stateful(plain, recipe.rows)
        x, y = pieces(self._corpus.train, recipe.rows, model.input_shape[1])
        optimizer = keras.optimizers.Adam(recipe.rate, global_clipnorm=recipe.clip)
        model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
        steps = len(x) // recipe.rows
        pilot = _Pilot(recipe, steps, _least(seconds, self._longest), self._clock, watch)
        model.fit(x, y, recipe.rows, recipe.epochs, shuffle=False, verbose=0, callbacks=[pilot])
        trained = self._clock()
        loss = stream_loss(model, self._corpus.validation, min(recipe.rows, 10)) if pilot.finite else math.inf
        if not loss < 20.0:  # e^20 words to choose from
            raise TrialFailed(f"The loss must stay finite. Received: {loss}.")
        for ours, theirs in zip(plain.trainable_variables, model.trainable_variables, strict=True):
            ours.assign(theirs)
        store_network(folder, architecture, get_weights(plain, architecture), pilot.epochs)
        metrics = {"val_perplexity": math.exp(loss), "val_loss": loss}
        ended = self._clock()
        return Result(
            metrics=metrics,
            epochs=pilot.epochs,
            cumulative_epochs=pilot.epochs,
            seconds={"gradient_steps": trained - begun, "validation": ended - trained},
            parameters=architecture.parameters,
            flops=architecture.flops,
            curve=({"progress": 1.0, **metrics},),
        )


def _least(one: float | None, other: float | None) -> float | None:
    return one if other is None else other if one is None else min(one, other)


class _Pilot(keras.callbacks.Callback):
    """Sets the learning rate, begins every pass without a memory, and ends the run when its time is up."""

    def __init__(
        self,
        recipe: LanguageRecipe,
        steps: int,
        seconds: float | None,
        clock: Clock,
        watch: Callable[[Progress], None],
    ) -> None:
        super().__init__()
        self._schedule, self._planned, self._per_epoch = Schedule(recipe.rate), recipe.epochs, steps
        self._clock, self._watch = clock, watch
        self._begun, self._seconds = clock(), seconds
        self._done, self.finite = 0, True

    @property
    def epochs(self) -> float:
        """Passes over the training part so far."""
        return self._done / self._per_epoch

    @property
    def progress(self) -> float:
        """Share of the run that is done, by passes or by seconds, so that a short one ends with a small learning rate,
        too."""
        spent = 0.0 if self._seconds is None else (self._clock() - self._begun) / max(self._seconds, 1e-9)
        return min(max(self.epochs / self._planned, spent), 1.0)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        forget(self.model)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.model.optimizer.learning_rate.assign(self._schedule.at(self.progress))

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._done += 1
        loss = float((logs or {})["loss"])
        self.finite = math.isfinite(loss)
        if self._done % 20 == 0:
            self._watch(Progress(self.epochs, float(self._planned), None, loss))
        if not self.finite or self.progress >= 1.0:
            self.model.stop_training = True
            if not self.finite:
                raise TrialFailed(f"The loss must stay finite. Received: {loss} at step {self._done}.")


def pieces(ids: Ids, rows: int, length: int) -> tuple[Ids, Ids]:
    """Return words and the words after them, (pieces * rows, length): piece by piece, its rows one after the other."""
    count = (len(ids) - 1) // (rows * length)
    width = count * length
    starts = np.arange(rows) * width

    def cut(shift: int) -> Ids:
        lines = np.stack([ids[start + shift : start + shift + width] for start in starts])  # (rows, width)
        found: Ids = lines.reshape(rows, count, length).swapaxes(0, 1).reshape(count * rows, length)
        return found

    return cut(0), cut(1)


def filled_pieces(ids: Ids, rows: int, length: int) -> tuple[Ids, Ids, npt.NDArray[np.bool_]]:
    """Return what `pieces` does, but of every word; the last pieces are filled up, and the third array says what with
    words: each but the first stands once among what comes after."""
    after = len(ids) - 1
    width = math.ceil(after / rows)  # words of a row
    count = math.ceil(width / length)
    steps = np.arange(count * length)
    places = np.arange(rows)[:, None] * width + steps  # (rows, count * length)
    real = (steps < width) & (places < after)
    places = np.where(real, places, 0)

    def cut(lines: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return lines.reshape(rows, count, length).swapaxes(0, 1).reshape(count * rows, length)

    return cut(ids[places]), cut(ids[places + 1]), cut(real)


def stream_loss(model: keras.Model, ids: Ids, rows: int) -> float:
    """Return the mean cross-entropy, in nats, of every word in ``ids`` (two or more) but the first.

    They are read as ``rows`` streams, or fewer where they are few, each of which begins without a memory.
    """
    length = model.input_shape[1]
    rows = max(min(rows, (len(ids) - 1) // length), 1)
    reader = stateful(model, rows)
    x, y, real = filled_pieces(ids, rows, length)
    total = 0.0
    for at in range(0, len(x), rows):
        logits = np.asarray(reader.predict_on_batch(x[at : at + rows]), np.float64)
        logits -= logits.max(axis=-1, keepdims=True)
        right = np.take_along_axis(logits, y[at : at + rows, :, None].astype(np.int64), axis=-1)[..., 0]
        losses = np.log(np.exp(logits).sum(axis=-1)) - right
        total += float(losses[real[at : at + rows]].sum())
    return total / (len(ids) - 1)


def stateful(model: keras.Model, rows: int) -> keras.Model:
    """Return a copy of ``model`` with its weights, whose recurrent layers go on from batch to batch of ``rows``."""

    def remember(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if isinstance(layer, keras.layers.RNN):
            config["stateful"] = True
        return type(layer).from_config(config)

    (entry,) = model.inputs
    inputs = keras.Input(batch_shape=(rows, *entry.shape[1:]), dtype=entry.dtype, name=entry.name)
    copy = keras.models.clone_model(model, input_tensors=inputs, clone_function=remember)
    for ours, theirs in zip(copy.trainable_variables, model.trainable_variables, strict=True):
        ours.assign(theirs)
    return copy


def forget(model: keras.Model) -> None:
    """Let all recurrent layers begin without a memory."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.RNN):
            layer.reset_state()

"""One supernet of recurrent cells over a language model's stream: shared weights, a fresh child a piece, and the losses
of children on validation pieces.

======== =====================================================
symbol   meaning
======== =====================================================
B, T     rows of the stream, words of a piece (`autonas.runtime.language`)
h        state that a piece ends in and the next begins with, (B, units)
w        the child's weights: one row of every bank
======== =====================================================

Every step's next word is told, gradients go through one piece, and h goes on from piece to piece, whichever child reads
them, as in the released codes. Adam moves only the rows that the child uses: a row that was not chosen keeps its
weights and its moments. The architecture is a tensor, so one traced function serves every child.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from autonas.data.corpus import Corpus
from autonas.runtime.clock import Clock
from autonas.runtime.evaluator import Progress, TrialFailed
from autonas.runtime.files import damaged, replacing
from autonas.runtime.language import Ids, LanguageRecipe, filled_pieces, pieces
from autonas.runtime.samplers import LEARN_EVERY, Sampler
from autonas.runtime.schedule import Schedule, Span
from autonas.runtime.supernet import Supernet
from autonas.runtime.supernet_training import CHECKPOINT_S, LOST, Training, lost_words, smoothed
from autonas.space.supergraph import Cell, Route

BETA, GAMMA, EPSILON = 0.9, 0.999, 1e-7  # Adam's
STATE = 25.0  # largest norm of a state that goes on, as in the released codes: cells of relu and identity grow


class LanguageSupernet:
    """Trains shared weights on the training part and scores children on the validation part.

    Args:
        net: the supernet of `autonas.space.enas_language.LanguageCells`.
        corpus: what to learn.
        recipe: B, peak learning rate and clip; not the epochs.
        clock: tells seconds.

    Attributes:
        traces: how often the training step and the scoring function were traced; more than two would mean a graph a
            child.
        progress: how far the training has come.
    """

    def __init__(self, net: Supernet, corpus: Corpus, recipe: LanguageRecipe, clock: Clock) -> None:
        self.net, self._recipe, self._clock = net, recipe, clock
        (length,) = net.graph.shape
        self._units = next(stage.units for stage in net.graph.stages if isinstance(stage, Cell))
        self._train_pieces = _cut(*pieces(corpus.train, recipe.rows, length), rows=recipe.rows)
        rows = max(min(recipe.rows, 10, (len(corpus.validation) - 1) // length), 1)
        self._judged_pieces = _cut(*filled_pieces(corpus.validation, rows, length), rows=rows)
        self._moments = [[_zeros(bank.shape) for bank in net.banks] for _ in range(2)]
        self._counts = [_zeros(bank.shape[:1]) for bank in net.banks]
        self._memory = np.zeros((recipe.rows, self._units), np.float32)
        self._step = tf.function(self._take_step, autograph=False)
        self._judge = tf.function(self._losses, autograph=False)
        self.traces, self.progress = 0, Training()

    @property
    def per_epoch(self) -> int:
        """Steps of one pass over the training part."""
        return len(self._train_pieces[0])

    @property
    def batches(self) -> int:
        """How many validation minibatches there are."""
        return len(self._judged_pieces[0])

    def train(
        self,
        sampler: Sampler,
        span: Span,
        *,
        checkpoint: Path | None = None,
        watch: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        """Train until ``span`` is used up, what a checkpoint brought counted in; arguments as for
        `autonas.runtime.supernet_training.SupernetTrainer.train`.

        Raises:
            TrialFailed: the loss is not finite for long.
        """
        state, schedule, each = self.progress, Schedule(self._recipe.rate), sampler.routes(self.progress.step)
        now = saved = self._clock()
        lost, lesson = 0, min(self.per_epoch, LEARN_EVERY)
        while (done := span.progress(state.step, state.seconds)) < 1.0:
            loss = self._moved(next(each), schedule.at(done))
            lost = 0 if math.isfinite(loss) else lost + 1
            if lost == LOST:
                raise TrialFailed(lost_words(loss, state.step))
            state.loss = smoothed(state.loss, loss)
            state.step += 1
            if state.step % lesson == 0:
                sampler.learn(state.step, lesson, done)
            before, now = now, self._clock()
            state.seconds += now - before
            if state.step % 20 == 0:
                epoch = state.step / self.per_epoch
                watch(Progress(epoch=epoch, epochs=epoch / max(done, 1e-9), loss=state.loss))
            if checkpoint is not None and now - saved > CHECKPOINT_S:
                self.save(checkpoint, sampler)
                saved = self._clock()
        if checkpoint is not None:
            self.save(checkpoint, sampler)

    def score(self, route: Route, batches: int = 1) -> float:
        """Return minus the mean cross-entropy, in nats, of a child on the first so many validation minibatches, read on
        from one to the next; -inf where it is not finite."""
        return self._scored(route, range(min(batches, self.batches)))

    def reward(self, route: Route, rng: np.random.Generator) -> float:
        """Return 80 over the square of a child's perplexity on one validation minibatch that ``rng`` picks (Zoph & Le
        2016, section 4.2)."""
        loss = -self._scored(route, [int(rng.integers(self.batches))])
        return 80.0 / math.exp(2.0 * loss) if loss < math.inf else 0.0

    def save(self, path: Path, sampler: Sampler) -> None:
        """Write banks, moments, state, what the sampler learnt and progress to the ``.npz`` file ``path``, all or
        nothing."""
        held = {f"held/{k}": each.numpy() for k, each in enumerate(self._variables())}
        learnt = {f"sampler/{name}": each for name, each in sampler.arrays().items()}
        state = self.progress
        progress = np.array([state.step, state.seconds, state.loss], np.float64)
        with replacing(path) as temporary:
            np.savez(temporary, progress=progress, memory=self._memory, **held, **learnt)

    def load(self, path: Path, sampler: Sampler) -> None:
        """Take up what `save` wrote.

        Raises:
            DirectoryError: the file cannot be read, or holds another supernet.
        """
        variables = self._variables()
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = [stored[f"held/{k}"] for k in range(len(variables))]
                learnt = {name.removeprefix("sampler/"): stored[name] for name in stored if name.startswith("sampler/")}
                memory, (step, seconds, loss) = stored["memory"], stored["progress"].tolist()
            shapes = [(tuple(each.shape), array.shape) for each, array in zip(variables, arrays, strict=True)]
            shapes.append((self._memory.shape, memory.shape))
            if wrong := [pair for pair in shapes if pair[0] != pair[1]]:
                raise ValueError(f"shape {wrong[0][1]} where the supernet has {wrong[0][0]}")
            sampler.restore(learnt)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise damaged(path, error) from error
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
        self._memory, self.progress = memory, Training(int(step), seconds, loss)

    def _variables(self) -> list[tf.Variable]:
        first, second = self._moments
        return [*(bank.value for bank in self.net.banks), *first, *second, *self._counts]

    def _moved(self, route: Route, rate: float) -> float:
        """Take one gradient step and return its loss; every pass begins without a memory."""
        place = self.progress.step % self.per_epoch
        memory = self._memory if place else np.zeros_like(self._memory)
        x, y = (each[place] for each in self._train_pieces)
        loss, after = self._step(x, y, memory, tf.constant(route, tf.int32), tf.constant(rate))
        self._memory = after.numpy()
        return float(loss)

    def _take_step(
        self, x: tf.Tensor, y: tf.Tensor, memory: tf.Tensor, route: tf.Tensor, rate: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        self.traces += 1
        w = self.net.rows(route)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(w)
            logits, after = self.net.go_on(x, route, w, memory)
            loss = tf.reduce_mean(_cross_entropy(y, logits))
        gradients = tape.gradient(loss, w, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        gradients, norm = tf.clip_by_global_norm(gradients, self._recipe.clip)
        finite = tf.math.is_finite(loss) & tf.math.is_finite(norm)
        for k, ((row, _), g) in enumerate(zip(self.net.places(route), gradients, strict=True)):
            self._update(k, 0 if row is None else row, finite, w[k], g, rate)
        return loss, tf.where(finite, _bounded(after), tf.zeros_like(after))

    def _update(self, k: int, row: Any, finite: tf.Tensor, w: tf.Tensor, g: tf.Tensor, rate: tf.Tensor) -> None:
        """Move one row of bank ``k`` and its moments by Adam; nothing where the step is not ``finite``."""
        first, second, bank = self._moments[0][k], self._moments[1][k], self.net.banks[k].value
        m, v, t = tf.gather(first, row), tf.gather(second, row), tf.gather(self._counts[k], row)
        after_m, after_v, after_t = BETA * m + (1 - BETA) * g, GAMMA * v + (1 - GAMMA) * g**2, t + 1.0
        upright = tf.sqrt(after_v / (1 - GAMMA**after_t)) + EPSILON
        moved = w - rate * after_m / (1 - BETA**after_t) / upright
        for variable, new, old in (
            (first, after_m, m),
            (second, after_v, v),
            (self._counts[k], after_t, t),
            (bank, moved, w),
        ):
            kept = tf.where(finite, new, old)
            variable.scatter_update(tf.IndexedSlices(kept[None], tf.reshape(row, (1,))))

    def _scored(self, route: Route, chosen: Iterable[int]) -> float:
        x, y, real = self._judged_pieces
        memory = tf.zeros((x.shape[1], self._units))
        total = words = 0.0
        for place in chosen:
            told, count, memory = self._judge(x[place], y[place], real[place], memory, tf.constant(route, tf.int32))
            total, words = total + float(told), words + float(count)
        return -total / words if math.isfinite(total) and words else -math.inf

    def _losses(
        self, x: tf.Tensor, y: tf.Tensor, real: tf.Tensor, memory: tf.Tensor, route: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return the sum of the losses of the real words, how many there are, and the state after them."""
        self.traces += 1
        logits, after = self.net.go_on(x, route, self.net.rows(route), memory)
        return (
            tf.reduce_sum(tf.where(real, _cross_entropy(y, logits), 0.0)),
            tf.reduce_sum(tf.cast(real, tf.float32)),
            after,
        )


def _cut(*arrays: Ids, rows: int) -> tuple[tf.Tensor, ...]:
    """Return arrays (pieces * rows, length) as tensors (pieces, rows, length)."""
    return tuple(tf.constant(each.reshape(-1, rows, each.shape[-1])) for each in arrays)


def _zeros(shape: Any) -> tf.Variable:
    return tf.Variable(tf.zeros(shape), trainable=False)


def _cross_entropy(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return keras.ops.sparse_categorical_crossentropy(y, logits, from_logits=True)  # (B, T)


def _bounded(state: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_norm(state, STATE, axes=[1])

"""Ranking the children of a supernet by its shared weights: a filter, not a judge (the judge is real training).

Every child is scored with batch-norm statistics of its own: those of a batch of training examples, at the weights that
the supernet has now (ALGORITHMS section 2, trap 4). One traced function serves all children for statistics, one for
scores. Where memory asks for smaller minibatches, a batch is gone through piece by piece: a score then rests on as many
examples, and so do its statistics, which are the mean of those of the pieces.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from autonas.data import Dataset, Part
from autonas.data.pipelines import network_input
from autonas.data.rows import take
from autonas.runtime.metrics import validation_metrics
from autonas.runtime.supernet import Supernet
from autonas.runtime.train import Recipe
from autonas.space.supergraph import Route

BATCH = 256  # examples that statistics are measured on, and that a child is scored on, at a time
MOST = 8  # batches at most
HELD_BYTES = 2**29  # of all examples that are kept as the network takes them, of training and of validation together


class Ranker:
    """Scores children on the validation part.

    Args:
        net: the supernet.
        data: calibrated on the training part, scored on the validation part.
        recipe: task and the user's metrics.
        metric: what children are ranked by.
        maximise: whether more of it is better.
        at_once: examples that go through the network together at most.

    Attributes:
        traces: how often a function was traced: one that measures, one that scores.
    """

    def __init__(
        self,
        net: Supernet,
        data: Dataset,
        recipe: Recipe,
        *,
        metric: str,
        maximise: bool,
        at_once: int = BATCH,
    ) -> None:
        self._net, self._recipe = net, recipe
        self._metric, self._sign = metric, 1.0 if maximise else -1.0
        most = max(HELD_BYTES // (2 * self._bytes(data)), 1)
        groups = [Groups(len(part), at_once, most) for part in (data.train, data.validation)]
        self._seen = [self._pieces(rows, groups[0], data) for rows in groups[0].of(data.train.x)]
        self._held = [self._pieces(rows, groups[1], data) for rows in groups[1].of(data.validation.x)]
        self._parts = list(_targets(data.validation, groups[1]))
        self._measure = tf.function(self._statistics, autograph=False)
        self._judge = tf.function(self._outputs, autograph=False)
        self.traces = 0

    @property
    def batches(self) -> int:
        """How many validation batches there are."""
        return len(self._parts)

    def score(self, route: Route, batches: int = 1) -> float:
        """Return the metric of a child on so many validation batches, signed so that more is better; -inf where its
        outputs or the metric are not finite."""
        return self._scored(route, range(min(batches, self.batches)))

    def _scored(self, route: Route, chosen: Sequence[int]) -> float:
        predicted = np.concatenate([piece for place in chosen for piece in self._judged(route, place)])
        if not np.isfinite(predicted).all():
            return -math.inf
        whole = _together([self._parts[place] for place in chosen])
        metrics = validation_metrics(predicted, whole, self._recipe.task, self._recipe.scoring)
        value = float(metrics[self._metric])  # a metric of the user's may be NaN of finite outputs
        return self._sign * value if math.isfinite(value) else -math.inf

    def reward(self, route: Route, rng: np.random.Generator) -> float:
        """Return the score of a child on one validation batch that ``rng`` picks; of a loss, l, that is 1 / (1 + l),
        and 1 - l where it is negative; 0 where there is no finite score."""
        score = self._scored(route, [int(rng.integers(self.batches))])
        if not math.isfinite(score):
            return 0.0
        if self._sign > 0:
            return score
        return 1.0 / (1.0 - score) if score < 0 else 1.0 + score

    def statistics(self, route: Route) -> list[npt.NDArray[np.float32]]:
        """Return means and variances of a child's batch norms, one array a piece, over all training batches in hand."""
        found = self._measured(route, [piece for pieces in self._seen for piece in pieces])
        return [each.numpy() for each in found]

    def _measured(self, route: Route, pieces: Sequence[Any]) -> list[tf.Tensor]:
        found = [self._measure(piece, tf.constant(route, tf.int32)) for piece in pieces]
        if len(found) == 1:
            return list(found[0])
        return [tf.reduce_mean(tf.stack(piece), axis=0) for piece in zip(*found, strict=True)]

    def _judged(self, route: Route, place: int) -> list[npt.NDArray[np.float32]]:
        """Return the outputs of a child on one validation batch, piece by piece."""
        statistics = self._measured(route, self._seen[place % len(self._seen)])
        return [self._judge(piece, tf.constant(route, tf.int32), statistics).numpy() for piece in self._held[place]]

    def _statistics(self, seen: Any, route: tf.Tensor) -> Any:
        self.traces += 1
        return self._net.run(seen, route, self._net.rows(route), None)[1]

    def _outputs(self, held: Any, route: tf.Tensor, statistics: Any) -> Any:
        self.traces += 1
        return self._net.run(held, route, self._net.rows(route), statistics)[0]

    def _pieces(self, rows: Any, groups: Groups, data: Dataset) -> list[Any]:
        return [self._entered(take(rows, piece), data) for piece in groups.pieces]

    def _entered(self, rows: Any, data: Dataset) -> Any:
        return network_input(rows, data.schema, (self._net.graph.input,))

    def _bytes(self, data: Dataset) -> int:
        """Return what an example takes as the network takes it."""
        one = self._entered(take(data.train.x, slice(0, 1)), data)
        return int(one.shape.num_elements()) * int(one.dtype.size)


class Groups:
    """Up to `MOST` groups of equally many rows, at most `BATCH`, and the equal pieces in which each is gone through.

    Args:
        n: rows that there are.
        at_once: rows of a piece at most.
        most: rows of all groups together at most.
    """

    def __init__(self, n: int, at_once: int, most: int) -> None:
        self._n, size = n, min(BATCH, n, most)
        cuts = math.ceil(size / at_once)
        piece = size // cuts
        self.size, self.count = piece * cuts, min(n // size, MOST, most // size)
        self.pieces = [slice(start, start + piece) for start in range(0, self.size, piece)]

    def of(self, rows: Any) -> Iterator[Any]:
        """Yield the groups, in memory: drawn from all rows, as these may come class by class, and the same ones of
        inputs, targets and weights."""
        drawn = np.random.default_rng(0).permutation(self._n)
        for start in range(0, self.size * self.count, self.size):
            yield take(take(rows, np.sort(drawn[start : start + self.size])), slice(None))


def _targets(part: Part, groups: Groups) -> Iterator[Part]:
    """Yield the targets and weights of each group; metrics look at these alone."""
    weight: Sequence[Any] = [None] * groups.count if part.weight is None else list(groups.of(part.weight))
    for y, own in zip(groups.of(part.y), weight, strict=True):
        yield Part(y, y, own)


def _together(parts: Sequence[Part]) -> Part:
    weight = None if parts[0].weight is None else np.concatenate([part.weight for part in parts])
    y = np.concatenate([part.y for part in parts])
    return Part(y, y, weight)

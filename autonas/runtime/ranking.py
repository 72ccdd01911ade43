"""Ranking the children of a supernet by its shared weights: a filter, not a judge (the judge is real training).

Every child is scored with batch-norm statistics of its own: those of a batch of training examples, at the weights that
the supernet has now (ALGORITHMS section 2, trap 4). One traced function serves all children.
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


class Ranker:
    """Scores children on the validation part.

    Args:
        net: the supernet.
        data: calibrated on the training part, scored on the validation part.
        recipe: task and the user's metrics.
        metric: what children are ranked by.
        maximise: whether more of it is better.

    Attributes:
        traces: how often the scoring function was traced.
    """

    def __init__(self, net: Supernet, data: Dataset, recipe: Recipe, *, metric: str, maximise: bool) -> None:
        self._net, self._recipe = net, recipe
        self._metric, self._sign = metric, 1.0 if maximise else -1.0
        self._seen = [self._entered(rows, data) for rows in _chunks(data.train.x, len(data.train))]
        self._parts = list(_parts(data.validation))
        self._held = [self._entered(part.x, data) for part in self._parts]
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
        predicted = np.concatenate([self._judged(route, place)[0].numpy() for place in chosen])
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
        places = range(len(self._seen))
        found = [self._judged(route, place)[1] for place in places]
        return [np.mean([each.numpy() for each in piece], axis=0) for piece in zip(*found, strict=True)]

    def _judged(self, route: Route, place: int) -> Any:
        held, seen = self._held[place % len(self._held)], self._seen[place % len(self._seen)]
        return self._judge(seen, held, tf.constant(route, tf.int32))

    def _outputs(self, seen: Any, held: Any, route: tf.Tensor) -> Any:
        self.traces += 1
        w = self._net.rows(route)
        _, statistics = self._net.run(seen, route, w, None)
        return self._net.run(held, route, w, statistics)[0], statistics

    def _entered(self, rows: Any, data: Dataset) -> Any:
        return network_input(rows, data.schema, (self._net.graph.input,))


def _chunks(rows: Any, n: int) -> Iterator[Any]:
    """Yield up to `MOST` groups of equally many rows, at most `BATCH`, in memory: drawn from all, as rows may come
    class by class, and the same ones of inputs, targets and weights."""
    size = min(BATCH, n)
    drawn = np.random.default_rng(0).permutation(n)
    for start in range(0, size * min(n // size, MOST), size):
        yield take(take(rows, np.sort(drawn[start : start + size])), slice(None))


def _parts(part: Part) -> Iterator[Part]:
    n = len(part)
    size = min(BATCH, n)
    groups = min(n // size, MOST)
    y = list(_chunks(part.y, n))
    weight: Sequence[Any] = [None] * groups if part.weight is None else list(_chunks(part.weight, n))
    for x, codes, own in zip(_chunks(part.x, n), y, weight, strict=True):
        yield Part(x, codes, own)


def _together(parts: Sequence[Part]) -> Part:
    weight = None if parts[0].weight is None else np.concatenate([part.weight for part in parts])
    y = np.concatenate([part.y for part in parts])
    return Part(y, y, weight)  # metrics look at targets and weights alone

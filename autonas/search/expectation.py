"""What a search expects of networks after what it has seen: the surrogate of a history, kept up from ask to ask.

======== =====================================================================
symbol   meaning
======== =====================================================================
n        completed trials
m        how many of the first of them the map and the kernel are learnt from
======== =====================================================================

m follows n in steps of a tenth (1, 2, ..., 20, 22, ..., 100, 110, ...); the trials after it are told to the process
one by one, a row of its Cholesky factor each. The result depends on the history alone, to the last bit: what is
remembered between two asks only saves time, and a search that was resumed asks for the same as one that never stopped.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from autonas.arch import Architecture, content_id
from autonas.search.history import History, score_of
from autonas.surrogate import EMBEDDINGS, SCORES, Embedding, GaussianProcess, fit

REMEMBERED = 4  # searches; each takes some 30 MB at 1,000 trials

FloatArray = npt.NDArray[np.float64]
Key = tuple[str, str, float | None, tuple[str, ...], tuple[float, ...]]


@dataclasses.dataclass(frozen=True, eq=False)
class Expectation:
    """The map from architectures to vectors, and the process over it that has seen the networks ``ids``."""

    embed: Embedding
    process: GaussianProcess
    ids: tuple[str, ...]

    @property
    def best(self) -> float:
        """What the best seen network is worth without the luck of its noise: the highest mean, not the top score."""
        return float(self.process.predict(self.process.X)[0].max())

    def imagining(self, running: Sequence[Architecture]) -> Expectation:
        """Return the expectation that counts running trials as if they had scored what is expected of them."""
        if not running:
            return self
        embed = self.embed.seeing(running)
        return dataclasses.replace(
            self, embed=embed, process=self.process.widened(embed.layout).imagine(embed(running))
        )


def expectation(history: History, kernel: str, scores: str, noise: float | None) -> Expectation:
    """Return what ``history``, which must hold a completed trial, lets expect.

    Args:
        history: what was seen; failed trials say nothing about scores.
        kernel: a key of `EMBEDDINGS`.
        scores: a key of `SCORES`.
        noise: standard deviation of the noise as a share of that of the scores; None: fitted.
    """
    tried = [each.proposal.architecture for each in history.completed]
    y = [score_of(each) for each in history.completed]
    ids = tuple(content_id(each) for each in tried)
    m = learnt_from(len(tried))
    key = (kernel, scores, noise, ids[:m], tuple(y[:m]))
    known = _MEMORY.get(key)
    if known is None or known.ids != ids[: len(known.ids)]:
        known = _learnt(tried[:m], SCORES[scores](np.array(y[:m], dtype=np.float64)), kernel, noise, ids[:m])
    z = SCORES[scores](np.array(y, dtype=np.float64))
    embed, process = known.embed, known.process
    for number in range(len(known.ids), len(tried)):
        embed = embed.seeing([tried[number]])
        process = process.widened(embed.layout).told(embed([tried[number]]), z[: number + 1])
    found = Expectation(embed, dataclasses.replace(process, z=z), ids)
    _remember(key, found)
    return found


def learnt_from(n: int) -> int:
    """Return m."""
    m = 1
    while (following := m + max(1, m // 10)) <= n:
        m = following
    return m


def _learnt(
    tried: Sequence[Architecture], z: FloatArray, kernel: str, noise: float | None, ids: tuple[str, ...]
) -> Expectation:
    embed = EMBEDDINGS[kernel](tried, np.random.default_rng(len(tried)))
    return Expectation(embed, fit(embed(tried), z, embed.layout, noise), ids)


_MEMORY: OrderedDict[Key, Expectation] = OrderedDict()


def _remember(key: Key, found: Expectation) -> None:
    _MEMORY[key] = found
    _MEMORY.move_to_end(key)
    while len(_MEMORY) > REMEMBERED:
        _MEMORY.popitem(last=False)

"""What comes before the trials of a language model's ENAS search: the supernet is trained, children are ranked by their
perplexity on validation minibatches, and the best become the list that trials go through.

As in `autonas.estimators.enas`, each phase leaves a file in the folder ``enas`` of the search, so that a killed search
goes on in the phase that it was in: supernet.npz, scores.json and children.json.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from autonas.data.corpus import Corpus
from autonas.errors import DirectoryError, SettingError, message
from autonas.estimators.enas import LEAST_TRIALS, children_on_disk, outgrown
from autonas.estimators.enas_plan import EPOCHS, RANKING_SHARE, SUPERNET_SHARE
from autonas.estimators.enas_ranking import Ranking, kept
from autonas.estimators.enas_scores import Scores
from autonas.report import Display
from autonas.runtime.children import Best, SharedWeights, write_best
from autonas.runtime.clock import Clock
from autonas.runtime.evaluators import release
from autonas.runtime.files import set_aside
from autonas.runtime.language import LanguageRecipe
from autonas.runtime.language_supernet import LanguageSupernet
from autonas.runtime.policy import Policy, PolicySettings
from autonas.runtime.samplers import ControllerSampler, FairSampler, Sampler
from autonas.runtime.schedule import Span
from autonas.runtime.supernet import Supernet
from autonas.search import Enas, Ranked
from autonas.space.enas_language import LanguageCells
from autonas.space.supergraph import Route
from autonas.space.superweights import child_weights


@dataclasses.dataclass(frozen=True)
class CellSearch:
    """What is asked for.

    Attributes:
        strategy, space, corpus, recipe: how, in what, on what.
        seed: of everything random.
        max_trials: trials that children are kept for, or None.
        seconds: for supernet, ranking and trials together; None for no bound.
        clock: tells seconds.
    """

    strategy: Enas
    space: LanguageCells
    corpus: Corpus
    recipe: LanguageRecipe
    seed: int
    max_trials: int | None
    seconds: float | None
    clock: Clock

    @property
    def supernet_s(self) -> float | None:
        """Seconds for the shared weights."""
        return None if self.seconds is None else SUPERNET_SHARE * self.seconds


@dataclasses.dataclass(frozen=True)
class Derived:
    """What trials go through, and what they start from.

    Attributes:
        space: the best children, best first.
        initial: their first weights, or None where they start from scratch.
        each_s: seconds for which each trains at most, or None.
        earlier_s: seconds that earlier calls spent on it.
    """

    space: Ranked
    initial: SharedWeights | None
    each_s: float | None
    earlier_s: float


def check_cells(strategy: Enas, tied: bool) -> None:
    """Raise `SettingError` where ``strategy`` cannot search the cell of a language model."""
    if strategy.cells != "rnn":
        raise SettingError(message("cells", "'rnn' for a language model", strategy.cells, "Use Enas(cells='rnn')"))
    if tied:
        remedy = "Use oracle='rl': shared weights have a matrix of their own for the next word"
        raise SettingError(message("tied", "False with oracle='enas'", tied, remedy))


def derive_cells(search: CellSearch, folder: Path, shown: Display) -> Derived:
    """Train the supernet, rank its children and keep the best in ``folder``, or take up what is there."""
    folder.mkdir(parents=True, exist_ok=True)
    best = _kept(folder, search.max_trials or search.strategy.top, search.supernet_s)
    earlier = 0.0 if best is None else best.seconds
    if best is None:
        deriving = _Deriving(search, folder, shown)
        best, earlier = deriving.run(), deriving.earlier
        release()
    space = Ranked(tuple(child.architecture for child in best.children))
    initial = SharedWeights(folder) if search.strategy.start_from == "supernet" else None
    return Derived(space, initial, _each(search, best.seconds), earlier)


def _each(search: CellSearch, spent: float) -> float | None:
    """Return the seconds of each planned trial: its part of what is left, of half of the plan at least."""
    if search.seconds is None:
        return None
    planned = (1.0 - SUPERNET_SHARE - RANKING_SHARE) * search.seconds
    return max(search.seconds - spent, LEAST_TRIALS * planned) / min(search.strategy.top, search.max_trials or math.inf)


def _kept(folder: Path, wanted: int, planned: float | None) -> Best | None:
    """Return the children on disk, or None where there are none, or they were chosen for fewer trials, or by weights
    that trained for much less than is ``planned`` now."""
    best = children_on_disk(folder)
    return best if best is not None and best.asked >= wanted and not outgrown(best, planned) else None


class _Deriving:
    """The phases, each of which takes up what is on disk.

    Attributes:
        earlier: seconds that earlier calls spent on them.
    """

    def __init__(self, search: CellSearch, folder: Path, shown: Display) -> None:
        self._search, self._folder, self._shown = search, folder, shown
        net = Supernet(search.space.graph, seed=search.seed)
        self._shared = LanguageSupernet(net, search.corpus, search.recipe, search.clock)
        self._asked = kept(search.strategy.top, search.max_trials, search.seconds is not None)
        self.earlier = 0.0

    def run(self) -> Best:
        """Return the best children once they are on disk."""
        begun, graph, net = self._search.clock(), self._search.space.graph, self._shared.net
        sampler = self._sampler(self._shared.reward)
        self._train(sampler)
        ranking = self._ranking(sampler)
        children = ranking.best(*self._rank(ranking))
        none = [np.zeros(0, np.float32)] * len(net.pieces)
        weights = [child_weights(graph, each.decisions, each.architecture, net.arrays, none) for each in children]
        seconds = self.earlier + self._search.clock() - begun
        best = Best(tuple(children), self._asked, None, seconds, self._search.supernet_s)
        write_best(self._folder, best, weights)
        return best

    def _sampler(self, reward: Callable[[Route, np.random.Generator], float]) -> Sampler:
        space, seed = self._search.space, self._search.seed
        if self._search.strategy.sampler == "uniform":
            return FairSampler(space, seed)
        return ControllerSampler(Policy(space.steps, PolicySettings.enas(), seed=seed), space, reward, seed)

    def _train(self, sampler: Sampler) -> None:
        file = self._folder / "supernet.npz"
        if file.is_file():
            try:
                self._shared.load(file, sampler)
            except DirectoryError as error:
                set_aside(file, error, "shared weights are trained anew")
        self.earlier += self._shared.progress.seconds
        self._shown.stage("training shared weights")
        steps = max(1, round(EPOCHS * self._search.recipe.epochs * self._shared.per_epoch))
        span = Span(steps, self._search.supernet_s)
        self._shared.train(sampler, span, checkpoint=file, watch=self._shown.progressed)

    def _ranking(self, sampler: Sampler) -> Ranking:
        search, shared = self._search, self._shared
        seconds = None if search.seconds is None else RANKING_SHARE * search.seconds
        most, top = search.strategy.children, search.strategy.top
        return Ranking(search.space, sampler, shared.score, shared.batches, most, top, self._asked, seconds)

    def _rank(self, ranking: Ranking) -> tuple[dict[Route, float], Scores]:
        """Return the scores of children on one validation minibatch, and what they are kept in."""
        self._shown.stage("ranking children")
        scores = Scores(self._folder, self._search.clock, self._shared.progress.step)
        self.earlier += scores.seconds
        found = ranking.rank(scores, np.random.default_rng([self._search.seed, len(scores.by_child), 1]))
        self._shown.stage(f"{len(found)} children ranked")
        return found, scores

"""What comes before the trials of an ENAS search: the supernet is trained, its children are ranked, and the best of
them become the list that trials go through.

Each phase leaves a file in the folder ``enas`` of the search, so that a killed search goes on in the phase that it was
in: plan.json (how the time is split), supernet.npz (weights so far), scores.json (children ranked so far) and
children.json (the best, with their weights).
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from autonas.arch import Architecture
from autonas.errors import ArchitectureError, DirectoryError, SettingError, message
from autonas.estimators.blending import reserved
from autonas.estimators.distributing import supernet_rates
from autonas.estimators.enas_plan import Split, layers_of, make_split
from autonas.estimators.enas_ranking import Ranking, kept
from autonas.estimators.enas_scores import Scores
from autonas.estimators.job import Job
from autonas.estimators.kind import Family
from autonas.report import Display
from autonas.runtime.children import FILE as CHILDREN
from autonas.runtime.children import Best, SharedWeights, read_best, write_best
from autonas.runtime.evaluator import OutOfMemory
from autonas.runtime.evaluators import Lengths, release
from autonas.runtime.files import set_aside
from autonas.runtime.plan import Plan
from autonas.runtime.policy import Policy, PolicySettings
from autonas.runtime.ranking import BATCH, Ranker
from autonas.runtime.samplers import ControllerSampler, FairSampler, Sampler
from autonas.runtime.schedule import Span
from autonas.runtime.supernet import Supernet
from autonas.runtime.supernet_training import SupernetTrainer
from autonas.runtime.train import Recipe
from autonas.search import Enas, Ranked
from autonas.space.enas_macro import Macro
from autonas.space.enas_micro import STEM, Micro
from autonas.space.enas_rnn import Recurrent
from autonas.space.supergraph import Route
from autonas.space.superspace import SuperSpace
from autonas.space.superweights import child_weights

READ = {"image": ("macro", "micro"), "text": ("macro", "rnn")}  # cells by kind of data
REMEDY = "Use 'bayesian'"
LEAST_TRIALS = 0.5  # of the time that was planned for trials: where less is left, there are fewer of them
TRAINING_SHARE = 0.8  # of a trial's time: tracing and validation take the rest
LONGER = 2.0  # times as long as shared weights were trained: from there on a new time limit is worth better ones
DONE = 0.98  # of what is planned for shared weights: for so little more, children are not ranked all over again


@dataclasses.dataclass(frozen=True)
class Derived:
    """What trials go through, and what they start from.

    Attributes:
        space: the best children, best first.
        initial: their first weights, or None where they start from scratch.
        lengths: how long trials train.
        spent: seconds that earlier runs of this search spent on it.
        seconds: what this run spent, by kind.
        interrupted: whether Ctrl-C ended it, so that there are the children of an earlier run.
    """

    space: Ranked
    initial: SharedWeights | None
    lengths: Lengths
    spent: float
    seconds: dict[str, float]
    interrupted: bool = False


def enas_families(job: Job, strategy: Enas) -> tuple[Family, ...]:
    """Return the one family that the pace of an ENAS search is measured by: a typical child.

    Raises:
        SettingError: the data are of a kind that no supernet reads, or for which a setting means nothing.
    """
    kind = job.data.schema.kind
    if kind in READ and strategy.cells not in READ[kind]:
        raise SettingError(message("cells", f"one of {READ[kind]} for {kind}", strategy.cells, "Use Enas()"))
    if kind not in READ:
        raise SettingError(message("oracle", f"another one for {kind}: 'enas' reads {tuple(READ)}", "enas", REMEDY))
    if kind == "text" and not strategy.doubling:
        expected = "left out for text: layers halve a sequence, and keep its channels"
        raise SettingError(message("doubling", expected, strategy.doubling, "Leave it out"))
    layers = layers_of(job, strategy)
    return (Family(lambda width: _space(job, strategy, width, layers).typical),)


def derive(job: Job, strategy: Enas, recipe: Recipe, plan: Plan, first: Architecture, shown: Display) -> Derived:
    """Train the supernet, rank its children and keep the best, or take up what an earlier run has done of that.

    Args:
        job, strategy, recipe, plan: the search.
        first: the network that the pace was measured by; the supernet has its width.
        shown: told what goes on.

    What breaks leaves the children of an earlier run, where there are any that may be tried.

    Raises:
        KeyboardInterrupt: before there were any children.
        OutOfMemory: half the batch size is too much too, and there are no children yet.
    """
    folder = job.folder / "enas"
    folder.mkdir(exist_ok=True)
    split = make_split(job, strategy, plan, folder)
    shown.stage(split.words)
    begun = job.clock()
    best = _kept(folder, max(job.settings.max_trials or 0, split.top), job.settings.max_params, split.supernet_s)
    earlier, interrupted = 0.0 if best is None else best.seconds, False
    if best is None:
        space = _space(job, strategy, _width(first, strategy), split.layers)
        try:
            best, earlier = _found(
                job,
                recipe,
                lambda tried, at_once: _Deriving(
                    job, strategy, tried, split, space, plan.max_flops, folder, shown, at_once
                ),
            )
        except KeyboardInterrupt:
            best, interrupted = children_on_disk(folder), True
            if best is None:
                raise
        except SettingError:
            raise
        except Exception as error:  # told below; what an earlier run found is not lost to it
            best = _within(children_on_disk(folder), job.settings.max_params)
            if best is None:
                raise
            earlier = best.seconds
            _tell_of(error)
        release()
    length = Span(plan.lengths.scratch.steps, _each(job, split, plan, earlier))
    return Derived(
        Ranked(tuple(child.architecture for child in best.children)),
        SharedWeights(folder) if strategy.start_from == "supernet" else None,
        Lengths(length, length),
        earlier,
        {"shared weights": job.clock() - begun},
        interrupted,
    )


def _found(job: Job, recipe: Recipe, phases: Callable[[Recipe, int], _Deriving]) -> tuple[Best, float]:
    """Return the best children, and the seconds that earlier runs spent on them; where memory does not suffice it is
    tried once more, at half the batch size. ``phases`` are told a recipe and how many examples may be ranked on at a
    time."""
    size = recipe.batch_size
    half = dataclasses.replace(recipe, batch_size=max(size // 2, 1))
    for tried, at_once in ((recipe, BATCH if job.batch_size is None else size), (half, half.batch_size)):
        try:
            deriving = phases(tried, at_once)
            return deriving.run(), deriving.earlier
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            reason = str(error)
        deriving = None
        release()
    raise OutOfMemory(
        f"The supernet must fit in memory. Received: batches of {size} and {half.batch_size} ({reason}). "
        "Use a smaller batch_size, or fewer layers."
    )


def _within(best: Best | None, max_params: int | None) -> Best | None:
    """Return those of the children that keep a bound; None where there are none."""
    if best is None or max_params is None:
        return best
    children = tuple(each for each in best.children if each.architecture.parameters <= max_params)
    return dataclasses.replace(best, children=children) if children else None


def _tell_of(error: Exception) -> None:
    said = f"Shared weights must train, and children be ranked, to the end. Received: {type(error).__name__}: {error}"
    remedy = "You get trials of the children that an earlier fit found; call fit again with the same directory to go on"
    warnings.warn(f"{said.rstrip('.')}. {remedy}.", UserWarning, stacklevel=5)


def _each(job: Job, split: Split, plan: Plan, earlier: float) -> float | None:
    """Return the seconds that each planned trial trains: its part of what is left, of half of the plan at least."""
    if split.trials_s is None or plan.search_seconds is None:
        return None
    left = plan.search_seconds - (job.deadline.elapsed() - job.prepared) - earlier - reserved(job)
    at_once = min(job.slots.size, split.top)
    return TRAINING_SHARE * min(max(left, LEAST_TRIALS * split.trials_s), split.trials_s) * at_once / split.top


def _kept(folder: Path, wanted: int, max_params: int | None, planned: float | None) -> Best | None:
    """Return the children on disk, or None where there are none, or they were chosen for fewer trials, under another
    bound, or by weights that trained for much less than is ``planned`` now."""
    best = children_on_disk(folder)
    if best is None or best.asked < wanted or best.max_params != max_params or outgrown(best, planned):
        return None
    return best


def children_on_disk(folder: Path) -> Best | None:
    """Return the children that were chosen, for whatever; None where there are none. A damaged list is set aside."""
    try:
        return read_best(folder)
    except (DirectoryError, ArchitectureError) as error:
        set_aside(folder / CHILDREN, error, "the best children are chosen again")
        return None


def outgrown(best: Best, planned: float | None) -> bool:
    """Whether so many seconds for shared weights, None for no bound, are much more than children were chosen by."""
    return best.planned is not None and (planned is None or planned > LONGER * best.planned)


class _Deriving:
    """The phases, each of which takes up what is on disk.

    Args:
        at_once: examples that children are ranked by at a time at most.

    Attributes:
        earlier: seconds that earlier runs spent on them.
    """

    def __init__(
        self,
        job: Job,
        strategy: Enas,
        recipe: Recipe,
        split: Split,
        space: SuperSpace,
        max_flops: int | None,
        folder: Path,
        shown: Display,
        at_once: int,
    ) -> None:
        self._job, self._strategy, self._recipe, self._split = job, strategy, recipe, split
        self._space, self._max_flops, self._folder, self._shown = space, max_flops, folder, shown
        self._net = Supernet(space.graph, seed=job.seed, precision=recipe.precision)
        self._at_once, self._fitting = at_once, dict[Route, bool]()
        self.earlier, self._steps = 0.0, 0

    def run(self) -> Best:
        """Return the best children once they are on disk."""
        settings, begun = self._job.settings, self._job.clock()
        ranker = Ranker(
            self._net,
            self._job.data,
            self._recipe,
            metric=settings.objective.name,
            maximise=settings.maximise,
            at_once=self._at_once,
        )
        sampler = self._sampler(ranker)
        self._train(sampler)
        ranking = self._ranking(ranker, sampler)
        children = ranking.best(*self._rank(ranking))
        banks = self._net.arrays
        weights = [
            child_weights(self._space.graph, route, each.architecture, banks, ranker.statistics(route))
            for each in children
            for route in (self._space.route(each.decisions),)
        ]
        seconds = self.earlier + self._job.clock() - begun
        best = Best(tuple(children), self._asked, settings.max_params, seconds, self._split.supernet_s)
        write_best(self._folder, best, weights)
        return best

    @property
    def _asked(self) -> int:
        return kept(self._split.top, self._job.settings.max_trials, self._split.trials_s is not None)

    def _sampler(self, ranker: Ranker) -> Sampler:
        if self._strategy.sampler == "uniform":
            return FairSampler(self._space, self._job.seed)
        policy = Policy(self._space.steps, PolicySettings.enas(), seed=self._job.seed)
        return ControllerSampler(policy, self._space, ranker.reward, self._job.seed)

    def _train(self, sampler: Sampler) -> None:
        trainer = _trainer(self._job, self._net, self._recipe)
        file = self._folder / "supernet.npz"
        if file.is_file():
            try:
                trainer.load(file, sampler)
            except DirectoryError as error:
                set_aside(file, error, "shared weights are trained anew")
        self.earlier += trainer.progress.seconds
        span = Span(self._split.steps, self._split.supernet_s)
        if span.progress(trainer.progress.step, trainer.progress.seconds) < DONE:
            self._shown.stage("training shared weights")
            trainer.train(sampler, span, checkpoint=file, watch=self._shown.progressed)
        self._steps = trainer.progress.step

    def _ranking(self, ranker: Ranker, sampler: Sampler) -> Ranking:
        def score(drawn: Route, batches: int) -> float:
            return ranker.score(self._space.route(drawn), batches)

        most, top, seconds = self._strategy.children, self._split.top, self._split.ranking_s
        return Ranking(self._space, sampler, score, ranker.batches, most, top, self._asked, seconds, self._fits)

    def _rank(self, ranking: Ranking) -> tuple[dict[Route, float], Scores]:
        """Return the scores of children that fit on one validation batch, and all that are known."""
        self._shown.stage("ranking children")
        scores = Scores(self._folder, self._job.clock, self._steps)
        self.earlier += scores.seconds
        found = ranking.rank(scores, np.random.default_rng([self._job.seed, len(scores.by_child), 1]))
        if not found:
            most = self._job.settings.max_params
            raise SettingError(message("max_params", "enough for children of this supernet", most, "Raise it"))
        self._shown.stage(self._compared(scores))
        return found, scores

    def _compared(self, scores: Scores) -> str:
        """Say how many children were ranked, and how those of a controller compare with evenly drawn ones."""
        said = f"{len(scores.by_child)} children ranked"
        guided, even = scores.mean(guided=True), scores.mean(guided=False)
        if self._strategy.sampler == "uniform" or guided is None or even is None:
            return said
        return f"{said}: of the controller {guided:.4f}, drawn evenly {even:.4f}"

    def _fits(self, drawn: Route) -> bool:
        """Whether a child is within the user's bound, and can be trained and finished in the time there is."""
        bounds = self._job.settings.max_params, self._max_flops
        if bounds == (None, None):
            return True
        if drawn not in self._fitting:
            network = self._space.network(drawn)
            sizes = network.parameters, network.flops
            self._fitting[drawn] = all(most is None or size <= most for size, most in zip(sizes, bounds, strict=True))
        return self._fitting[drawn]


def _trainer(job: Job, net: Supernet, recipe: Recipe) -> SupernetTrainer:
    n, given = len(job.data.train), job.batch_size is not None
    rates = supernet_rates(recipe.distribution, job.batch_size or job.kind.batch_size(n), n, given)
    return SupernetTrainer(net, job.data, recipe, rates=rates, clock=job.clock)


def _space(job: Job, strategy: Enas, width: int, layers: int) -> SuperSpace:
    if job.data.schema.kind == "text":
        sizes = job.data.schema.sizes
        if strategy.cells == "rnn":
            return Recurrent((sizes.length,), job.outputs, sizes.vocabulary, width, strategy.nodes)
        return Macro((sizes.length,), job.outputs, width, layers, strategy.join, sizes.vocabulary)
    if strategy.cells == "micro":
        return Micro(job.data.schema.shape, job.outputs, width, layers, strategy.blocks)
    return Macro(job.data.schema.shape, job.outputs, width, layers, strategy.join, doubling=strategy.doubling)


def _width(network: Architecture, strategy: Enas) -> int:
    """Return the width of the space that ``network`` is a typical child of: its first conv is the stem's."""
    stem = int(next(each for each in network.nodes if "filters" in each.attributes)["filters"])
    return stem // STEM if strategy.cells == "micro" else stem

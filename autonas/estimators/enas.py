"""What comes before the trials of an ENAS search: the supernet is trained, its children are ranked, and the best of
them become the list that trials go through.

Each phase leaves a file in the folder ``enas`` of the search, so that a killed search goes on in the phase that it was
in: plan.json (how the time is split), supernet.npz (weights so far), scores.json (children ranked so far) and
children.json (the best, with their weights).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from autonas.arch import Architecture, content_id
from autonas.errors import SettingError, message
from autonas.estimators.job import Job
from autonas.estimators.kind import Family
from autonas.report import Display
from autonas.runtime.children import Child, SharedWeights, read_children, write_children
from autonas.runtime.evaluators import Lengths, release
from autonas.runtime.files import read_json, write_json
from autonas.runtime.plan import Plan
from autonas.runtime.policy import Policy, PolicySettings
from autonas.runtime.ranking import Ranker
from autonas.runtime.samplers import ControllerSampler, FairSampler, Sampler
from autonas.runtime.schedule import Span
from autonas.runtime.supernet import Supernet
from autonas.runtime.supernet_training import SupernetTrainer
from autonas.runtime.synchronised import all_devices
from autonas.runtime.train import Recipe
from autonas.search import Enas, Ranked
from autonas.space.enas_macro import Macro
from autonas.space.enas_micro import STEM, Micro
from autonas.space.enas_rnn import Recurrent
from autonas.space.routes import uniform
from autonas.space.supergraph import Route
from autonas.space.superspace import SuperSpace
from autonas.space.superweights import child_weights

READ = {"image": ("macro", "micro"), "text": ("macro", "rnn")}  # cells by kind of data
REMEDY = "Use 'bayesian'"
LAYERS = {"macro": (3, 6), "micro": (2, 3), "rnn": (1, 1)}  # where time is short, and usually
SHORT = 240.0  # below so many seconds, tracing all layers costs too much of them
SUPERNET_SHARE, RANKING_SHARE = 0.45, 0.08  # of what finishing leaves; the rest is for trials
EPOCHS = 2.0  # passes of the supernet for one of a network alone, where no time limit says what there is
KEPT = 12  # children that trials may go through, or as many as max_trials says
SAVE_S = 10.0  # between two writings of the scores so far
MISSES = 300  # draws in a row that are known or too large: what there is has been ranked
SECOND = 4  # children a planned trial that are ranked once more, on all validation batches


@dataclasses.dataclass(frozen=True)
class Split:
    """How the time is split.

    Attributes:
        layers: of a child.
        supernet_s, ranking_s, trials_s, finishing_s: seconds for the shared weights, for ranking children, for training
            the best of them, and for finishing; None for no bound.
        steps: gradient steps of the supernet at most.
        top: trials that are planned for.
    """

    layers: int
    supernet_s: float | None
    ranking_s: float | None
    trials_s: float | None
    finishing_s: float | None
    steps: int
    top: int

    @property
    def words(self) -> str:
        """Say it."""
        if self.supernet_s is None:
            return f"plan: {self.steps} steps for shared weights, then trials of the best children"
        return (
            f"plan: {self.supernet_s:.0f} s for shared weights, {self.ranking_s:.0f} s to rank children, "
            f"{self.trials_s:.0f} s for the best {self.top}, {self.finishing_s:.0f} s for finishing"
        )


@dataclasses.dataclass(frozen=True)
class Derived:
    """What trials go through, and what they start from.

    Attributes:
        space: the best children, best first.
        initial: their first weights, or None where they start from scratch.
        lengths: how long trials train.
        spent: seconds that earlier runs of this search spent on it.
        seconds: what this run spent, by kind.
    """

    space: Ranked
    initial: SharedWeights | None
    lengths: Lengths
    spent: float
    seconds: dict[str, float]


def enas_families(job: Job, strategy: Enas) -> tuple[Family, ...]:
    """Return the one family that the pace of an ENAS search is measured by: a typical child.

    Raises:
        SettingError: the data are of a kind that no supernet reads.
    """
    kind = job.data.schema.kind
    if kind in READ and strategy.cells not in READ[kind]:
        raise SettingError(message("cells", f"one of {READ[kind]} for {kind}", strategy.cells, "Use Enas()"))
    if kind not in READ:
        raise SettingError(message("oracle", f"another one for {kind}: 'enas' reads {tuple(READ)}", "enas", REMEDY))
    layers = _layers(job, strategy)
    return (Family(lambda width: _space(job, strategy, width, layers).typical),)


def derive(job: Job, strategy: Enas, recipe: Recipe, plan: Plan, first: Architecture, shown: Display) -> Derived:
    """Train the supernet, rank its children and keep the best, or take up what an earlier run has done of that.

    Args:
        job, strategy, recipe, plan: the search.
        first: the network that the pace was measured by; the supernet has its width.
        shown: told what goes on.
    """
    folder = job.folder / "enas"
    folder.mkdir(exist_ok=True)
    split = _split(job, strategy, plan, folder)
    shown.stage(split.words)
    begun = job.clock()
    earlier = _spent(folder)
    children = read_children(folder)
    if children is None:
        space = _space(job, strategy, _width(first, strategy), split.layers)
        children = _Deriving(job, strategy, recipe, split, space, folder, shown).run()
        release()
    each_s = None if split.trials_s is None else split.trials_s / split.top
    length = Span(plan.lengths.scratch.steps, each_s)
    took = job.clock() - begun
    return Derived(
        Ranked(tuple(child.architecture for child in children)),
        SharedWeights(folder) if strategy.start_from == "supernet" else None,
        Lengths(length, length),
        earlier,
        {"shared weights": took},
    )


class _Deriving:
    """The phases, each of which takes up what is on disk."""

    def __init__(
        self, job: Job, strategy: Enas, recipe: Recipe, split: Split, space: SuperSpace, folder: Path, shown: Display
    ) -> None:
        self._job, self._strategy, self._recipe, self._split = job, strategy, recipe, split
        self._space, self._folder, self._shown = space, folder, shown
        self._net = Supernet(space.graph, seed=job.seed, precision=recipe.precision)

    def run(self) -> list[Child]:
        """Return the best children, best first, once they are on disk."""
        settings = self._job.settings
        ranker = Ranker(
            self._net,
            self._job.data,
            self._recipe,
            metric=settings.objective.name,
            maximise=settings.maximise,
        )
        sampler = self._sampler(ranker)
        self._train(sampler)
        scores = self._rank(ranker, sampler)
        children = self._best(ranker, scores)
        banks = self._net.arrays
        weights = [
            child_weights(self._space.graph, route, each.architecture, banks, ranker.statistics(route))
            for each in children
            for route in (self._space.route(each.decisions),)
        ]
        write_children(self._folder, children, weights)
        return children

    def _sampler(self, ranker: Ranker) -> Sampler:
        if self._strategy.sampler == "uniform":
            return FairSampler(self._space, self._job.seed)
        policy = Policy(self._space.steps, PolicySettings.enas(), seed=self._job.seed)
        return ControllerSampler(policy, self._space, ranker.reward, self._job.seed)

    def _train(self, sampler: Sampler) -> None:
        strategy = all_devices() if self._strategy.distribution == "mirrored" else None
        trainer = SupernetTrainer(self._net, self._job.data, self._recipe, strategy=strategy, clock=self._job.clock)
        file = self._folder / "supernet.npz"
        if file.is_file():
            trainer.load(file, sampler)
        self._shown.stage("training shared weights")
        trainer.train(
            sampler,
            Span(self._split.steps, self._split.supernet_s),
            checkpoint=file,
            watch=self._shown.progressed,
        )

    def _rank(self, ranker: Ranker, sampler: Sampler) -> dict[Route, float]:
        """Return the scores of children on one validation batch: every second one the sampler's candidate, the others
        drawn evenly."""
        self._shown.stage("ranking children")
        file = self._folder / "scores.json"
        known = read_json(file) if file.is_file() else {"seconds": 0.0, "scores": []}
        scores = {tuple(drawn): score for drawn, score in known["scores"]}
        begun, saved = self._job.clock(), self._job.clock()
        rng = np.random.default_rng([self._job.seed, len(scores), 1])
        missed = 0
        while missed < MISSES:
            took = known["seconds"] + self._job.clock() - begun
            late = self._split.ranking_s is not None and took > self._split.ranking_s
            if len(scores) >= self._strategy.children or (late and len(scores) >= self._split.top):
                break
            drawn = sampler.candidate(rng) if len(scores) % 2 else uniform(self._space.entries, rng)
            missed += 1
            if drawn in scores or not self._fits(drawn):
                continue
            missed = 0
            scores[drawn] = ranker.score(self._space.route(drawn))
            if self._job.clock() - saved > SAVE_S:
                write_json(file, {"seconds": took, "scores": list(scores.items())})
                saved = self._job.clock()
        write_json(file, {"seconds": known["seconds"] + self._job.clock() - begun, "scores": list(scores.items())})
        if not scores:
            most = self._job.settings.max_params
            raise SettingError(message("max_params", "enough for children of this supernet", most, "Raise it"))
        self._shown.stage(self._compared(list(scores.values())))
        return scores

    def _compared(self, scores: list[float]) -> str:
        """Say how many children were ranked, and how those of a controller compare with evenly drawn ones."""
        said = f"{len(scores)} children ranked"
        if self._strategy.sampler == "uniform" or len(scores) < 2:
            return said
        return f"{said}: of the controller {np.mean(scores[1::2]):.4f}, drawn evenly {np.mean(scores[::2]):.4f}"

    def _best(self, ranker: Ranker, scores: dict[Route, float]) -> list[Child]:
        """Return the best children by all validation batches, of those that were best by one."""
        kept = max(KEPT, self._job.settings.max_trials or 0)
        ahead = sorted(scores, key=lambda drawn: scores[drawn], reverse=True)[: max(kept, self._split.top * SECOND)]
        again = {drawn: ranker.score(self._space.route(drawn), ranker.batches) for drawn in ahead}
        found: dict[str, Child] = {}
        for drawn in sorted(ahead, key=lambda drawn: again[drawn], reverse=True):
            network = self._space.network(drawn)
            child = Child(network, drawn, again[drawn], self._space.words(drawn))
            found.setdefault(content_id(network), child)
        return list(found.values())[:kept]

    def _fits(self, drawn: Route) -> bool:
        most = self._job.settings.max_params
        return most is None or self._space.network(drawn).parameters <= most


def _layers(job: Job, strategy: Enas) -> int:
    """Return how many layers there are where nothing is on disk."""
    few, usual = LAYERS[strategy.cells]
    return strategy.layers or (few if job.seconds is not None and job.seconds < SHORT else usual)


def _space(job: Job, strategy: Enas, width: int, layers: int) -> SuperSpace:
    if job.data.schema.kind == "text":
        sizes = job.data.schema.sizes
        if strategy.cells == "rnn":
            return Recurrent((sizes.length,), job.outputs, sizes.vocabulary, width, strategy.nodes)
        return Macro((sizes.length,), job.outputs, width, layers, strategy.join, sizes.vocabulary)
    if strategy.cells == "micro":
        return Micro(job.data.schema.shape, job.outputs, width, layers, strategy.blocks)
    return Macro(job.data.schema.shape, job.outputs, width, layers, strategy.join)


def _width(network: Architecture, strategy: Enas) -> int:
    """Return the width of the space that ``network`` is a typical child of: its first conv is the stem's."""
    stem = int(next(each for each in network.nodes if "filters" in each.attributes)["filters"])
    return stem // STEM if strategy.cells == "micro" else stem


def _split(job: Job, strategy: Enas, plan: Plan, folder: Path) -> Split:
    """Return the plan of this search: the one that is kept, with the times of this run."""
    file = folder / "plan.json"
    layers = read_json(file)["layers"] if file.is_file() else _layers(job, strategy)
    top = strategy.top if job.settings.max_trials is None else min(strategy.top, job.settings.max_trials)
    whole = plan.search_seconds
    shares = (
        (None, None, None)
        if whole is None
        else tuple(share * whole for share in (SUPERNET_SHARE, RANKING_SHARE, 1.0 - SUPERNET_SHARE - RANKING_SHARE))
    )
    steps = max(1, round(EPOCHS * (plan.lengths.scratch.steps or 0)))
    split = Split(layers, *shares, plan.finish.seconds, steps, top)
    write_json(file, dataclasses.asdict(split))
    return split


def _spent(folder: Path) -> float:
    """Return the seconds that earlier runs spent on shared weights and on ranking."""
    spent = 0.0
    if (folder / "supernet.npz").is_file():
        with np.load(folder / "supernet.npz") as stored:
            spent += float(stored["progress"][1])
    if (folder / "scores.json").is_file():
        spent += float(read_json(folder / "scores.json")["seconds"])
    return spent

"""What a supernet costs and what its ranking is worth. JSON lines on stdout, the last of each part counts.

    python benchmarks/real/enas.py --dataset digits --seed 0

*price*: seconds a step of the supernet (a fresh child a minibatch) over those of networks of the same depth and width,
trained by the search's own loop: the mean of ``--fixed`` random children. Steps alone, without tracing, which stands
beside it. *thousand*: seconds to score 1,000 children on one validation batch, and what training 1,000 children for one
epoch each would take at the measured pace. *tau*: Kendall's tau between shared-weight scores and validation accuracy
after training for real from scratch (``--epochs`` each), over ``--children`` evenly drawn children. *derived*: the best
``--top`` of 500 ranked children trained for real beside these evenly drawn ones. Nothing here looks at a test set.

Seconds are those of a processor: pin the process to one core (``taskset -c 0``), where a busy machine distorts them
less than those of a clock.
"""

import argparse
import dataclasses
import json
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import readers
import record

sys.path.insert(0, str(record.ROOT))  # autonas is the code beside this file, whose commit the line names

import numpy as np
from scipy.stats import kendalltau

from autonas.arch import Architecture, initial_weights
from autonas.data import Dataset, image_dataset
from autonas.data.batches import steps_per_epoch
from autonas.estimators.kind import default_batch_size
from autonas.runtime.compile import compile_architecture
from autonas.runtime.policy import Policy, PolicySettings
from autonas.runtime.ranking import Ranker
from autonas.runtime.samplers import ControllerSampler, FairSampler, Sampler
from autonas.runtime.schedule import Schedule, Span
from autonas.runtime.supernet import Supernet
from autonas.runtime.supernet_training import SupernetTrainer
from autonas.runtime.train import Recipe, train
from autonas.runtime.weights import set_weights
from autonas.space.enas_macro import Macro
from autonas.space.enas_micro import Micro
from autonas.space.routes import uniform
from autonas.space.superspace import SuperSpace

RANKED, TIMED = 500, 30


@dataclasses.dataclass(frozen=True)
class Bench:
    """One space over one dataset."""

    space: SuperSpace
    data: Dataset
    recipe: Recipe

    def trained(self, network: Architecture, epochs: float, seed: int) -> tuple[float, float]:
        """Train a network from scratch; return its validation accuracy and its seconds a step."""
        model = compile_architecture(network)
        set_weights(model, network, initial_weights(network, np.random.default_rng(seed)))
        steps = max(round(epochs * steps_per_epoch(len(self.data.train), self.recipe.batch_size)), 2)
        run = train(model, self.data, self.recipe, Schedule(0.05), Span(steps, None), clock=time.process_time)
        return run.metrics["val_accuracy"], run.seconds["gradient_steps"] / steps


def measured(bench: Bench, options: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Yield the figures, part by part."""
    net = Supernet(bench.space.graph, seed=options.seed)
    trainer = SupernetTrainer(net, bench.data, bench.recipe, clock=time.process_time)
    ranker = Ranker(net, bench.data, bench.recipe, metric="val_accuracy", maximise=True)
    rng = np.random.default_rng([options.seed, 5])
    yield _price(bench, trainer, ranker, options, rng)
    sampler = _sampler(bench.space, ranker, options)
    per_epoch = steps_per_epoch(len(bench.data.train), bench.recipe.batch_size)
    trainer.train(sampler, Span(round(options.supernet_epochs * per_epoch), None))
    derived = _derived(bench, ranker, sampler, options, rng)
    yield {"part": "derived", "derived_real_scores": derived}
    children = [uniform(bench.space.entries, rng) for _ in range(options.children)]
    shared = [ranker.score(bench.space.route(each), ranker.batches) for each in children]
    real: list[float] = []
    for each in children:
        real.append(bench.trained(bench.space.network(each), options.epochs, options.seed)[0])
        tau = kendalltau(shared[: len(real)], real) if len(real) > 2 else None
        yield {
            "part": "tau",
            "shared_scores": shared[: len(real)],
            "real_scores": real,
            "kendall_tau": None if tau is None else [float(tau.statistic), float(tau.pvalue)],
        }


def _price(
    bench: Bench,
    trainer: SupernetTrainer,
    ranker: Ranker,
    options: argparse.Namespace,
    rng: np.random.Generator,
) -> dict[str, object]:
    begun = time.process_time()
    trainer.train(FairSampler(bench.space, options.seed), Span(1, None))
    tracing = time.process_time() - begun
    paces, fixed = [], []
    for k in range(options.fixed):  # in turn: what else the machine does meets both
        paces.append(_pace(trainer, bench, options))
        fixed.append(bench.trained(bench.space.network(uniform(bench.space.entries, rng)), 3.0, k)[1])
    thousand = _thousand(bench, ranker, rng)
    fixed_s, pace = statistics.mean(fixed), statistics.mean(paces)
    epochs_s = 1000 * fixed_s * steps_per_epoch(len(bench.data.train), bench.recipe.batch_size)
    return {
        "part": "price",
        "tracing_s": tracing,
        "supernet_step_s": paces,
        "fixed_step_s": fixed,
        "price": pace / fixed_s,
        "thousand_children_s": thousand,
        "thousand_epochs_s": epochs_s,
        "cheaper": epochs_s / thousand,
        "traces": [trainer.traces, ranker.traces],
    }


def _sampler(space: SuperSpace, ranker: Ranker, options: argparse.Namespace) -> Sampler:
    if options.sampler == "uniform":
        return FairSampler(space, options.seed)
    policy = Policy(space.steps, PolicySettings.enas(), seed=options.seed)
    return ControllerSampler(policy, space, ranker.reward, options.seed)


def _pace(trainer: SupernetTrainer, bench: Bench, options: argparse.Namespace) -> float:
    """Return seconds a step of the supernet, over fairly drawn children."""
    step, begun = trainer.progress.step, time.process_time()
    trainer.train(FairSampler(bench.space, options.seed), Span(step + 2 * TIMED, None))
    return (time.process_time() - begun) / (2 * TIMED)


def _thousand(bench: Bench, ranker: Ranker, rng: np.random.Generator) -> float:
    """Return seconds to score 1,000 children, from those of a tenth of them."""
    routes = [bench.space.route(uniform(bench.space.entries, rng)) for _ in range(101)]
    ranker.score(routes[0])  # traced
    begun = time.process_time()
    for route in routes[1:]:
        ranker.score(route)
    return 10 * (time.process_time() - begun)


def _derived(
    bench: Bench, ranker: Ranker, sampler: Sampler, options: argparse.Namespace, rng: np.random.Generator
) -> list[float]:
    """Return validation accuracies of the best of many ranked children, trained for real."""
    scores = {}
    for _ in range(RANKED if options.top else 0):
        decisions = sampler.candidate(rng)
        scores[decisions] = ranker.score(bench.space.route(decisions))
    ahead = sorted(scores, key=scores.__getitem__, reverse=True)[: 6 * options.top]
    again = {each: ranker.score(bench.space.route(each), ranker.batches) for each in ahead}
    best = sorted(again, key=again.__getitem__, reverse=True)[: options.top]
    return [bench.trained(bench.space.network(each), options.epochs, options.seed)[0] for each in best]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--dataset", choices=sorted(readers.READERS), default="digits")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--train", type=int)
    parser.add_argument("--cells", choices=("macro", "micro"), default="macro")
    parser.add_argument("--sampler", choices=("uniform", "controller"), default="uniform")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--fixed", type=int, default=3)
    parser.add_argument("--supernet-epochs", type=float, default=60.0)
    parser.add_argument("--epochs", type=float, default=15.0)
    parser.add_argument("--children", type=int, default=20)
    parser.add_argument("--top", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    around = record.surroundings()
    held = readers.load(options.dataset, options.data, options.train, options.seed)
    data = image_dataset(held.train_images, held.train_labels, task="classification", seed=options.seed)
    kind = {"macro": Macro, "micro": Micro}[options.cells]
    space = kind(data.schema.shape, held.classes, width=options.width, layers=options.layers)
    recipe = Recipe(task="classification", batch_size=default_batch_size(len(data.train)), seed=options.seed)
    begun = record.cpu_seconds()
    said = {name: str(value) if isinstance(value, Path) else value for name, value in vars(options).items()}
    for figures in measured(Bench(space, data, recipe), options):
        print(json.dumps({**said, **figures, "cpu_s": record.cpu_seconds() - begun, **around}), flush=True)


if __name__ == "__main__":
    main()

"""EAS on made-up scores: how much of what a policy could learn it does learn in so many networks; a JSON line a rate.

    python benchmarks/search/episodes.py --rates 0.01,0.03 --networks 46 --searches 16 --seed 0

A network's true score is a base and an effect for each layer that an episode adds and for each wider first layer of a
block; what a search sees has noise. Effects and noise are like those of 91 networks of Fashion-MNIST that trained for
three epochs each (least squares, shrunk by 0.7; `real/rl.py --space eas`, seed 0 of both policies). ``even`` never
learns. ``top_3`` is the mean of the best three scores seen, ``later`` of the true scores in a search's second half.
"""

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from types import SimpleNamespace

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parents[1]), str(_HERE.parent / "real")]

import numpy as np  # noqa: E402
import record  # noqa: E402

from autonas.arch import Architecture  # noqa: E402
from autonas.arch.starters import plain_cnn  # noqa: E402
from autonas.estimators.designs import TRANSFORMED  # noqa: E402
from autonas.estimators.recipes import TRANSFORMER  # noqa: E402
from autonas.search import EvenPolicy, Observation, Reinforce, run  # noqa: E402
from autonas.space import TransformSpace  # noqa: E402
from autonas.space.transforms import Layer, layers_of  # noqa: E402

BASE, NOISE = 0.8476, 0.0048
CONV = {1: 0.0009, 3: 0.0025, 5: 0.0039}  # of an added conv, by the size of its window
DENSE = 0.0009  # of an added dense layer
WIDER = (0.0007, 0.00035, 0.00175)  # of a step of the first conv of a block in the list of widths


def main() -> None:
    """Measure the even policy and every rate, and print the lines."""
    arguments = _arguments()
    policy = TRANSFORMER.policy
    strategies = {"even": dataclasses.replace(TRANSFORMER, policy=EvenPolicy())}
    for rate in arguments.rates:
        settings = dataclasses.replace(policy.settings, learning_rate=rate)
        strategies[f"learning_rate={rate}"] = dataclasses.replace(
            TRANSFORMER, policy=dataclasses.replace(policy, settings=settings)
        )
    for name, strategy in strategies.items():
        surroundings = record.surroundings()
        asked = {"policy": name, "networks": arguments.networks, "searches": arguments.searches, "seed": arguments.seed}
        found = measure(strategy, arguments.networks, range(arguments.seed, arguments.seed + arguments.searches))
        print(json.dumps({**asked, **found, **surroundings}), flush=True)


def measure(strategy: Reinforce, networks: int, seeds: range) -> dict[str, float]:
    """Search once a seed; return means over searches and their standard errors."""
    space, tops, later = _space(), [], []
    for seed in seeds:
        children = search(strategy, space, networks, seed)
        tops.append(np.sort([each.score for each in children])[-3:].mean())
        later.append(np.mean([true(each.proposal.architecture, space) for each in children[len(children) // 2 :]]))
    root = len(tops) ** 0.5
    return {
        "top_3": float(np.mean(tops)),
        "top_3_error": float(np.std(tops, ddof=1) / root) if root > 1 else float("nan"),
        "later": float(np.mean(later)),
        "later_error": float(np.std(later, ddof=1) / root) if root > 1 else float("nan"),
    }


def search(strategy: Reinforce, space: TransformSpace, networks: int, seed: int) -> tuple[Observation, ...]:
    """Return what became of all networks but the start network."""
    noise = np.random.default_rng([seed, 99])
    return run(strategy, space, lambda each: true(each, space) + noise.normal(0, NOISE), networks, seed).history[1:]


def true(network: Architecture, space: TransformSpace) -> float:
    """Return what a network would score without noise."""
    layers, before = layers_of(network), layers_of(space.start)
    convs = [each.kernel for each in layers if each.kind == "conv"]
    added = len(convs) - sum(each.kind == "conv" for each in before)
    effects = [CONV[each] for each in convs]
    dense = sum(each.kind == "dense" for each in layers) - 1
    score = BASE + sum(effects) - CONV[3] * (len(convs) - added) + DENSE * dense
    for block, effect in enumerate(WIDER):
        first, then = (_first_width(found, block) for found in (before, layers))
        score += effect * sum(first < level <= then for level in space.levels)
    return score


def _first_width(layers: list[Layer], block: int) -> int:
    return next(each.width for each in layers if each.kind == "conv" and each.block == block)


def _space() -> TransformSpace:
    """Return EAS's space for images of Fashion-MNIST, as an estimator makes it of a start network of width 12."""
    start = plain_cnn((28, 28, 1), 10, width=12)
    data = SimpleNamespace(schema=SimpleNamespace(shape=(28, 28, 1)))
    return TRANSFORMED.space(data, 10, (start,), None, None)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    rates = [TRANSFORMER.policy.settings.learning_rate]
    parser.add_argument("--rates", type=lambda text: [float(each) for each in text.split(",")], default=rates)
    parser.add_argument("--networks", type=int, default=46, help="a search")
    parser.add_argument("--searches", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0, help="of the first search; the others follow")
    return parser.parse_args()


if __name__ == "__main__":
    main()

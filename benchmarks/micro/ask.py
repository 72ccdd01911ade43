"""What one `ask` costs as observations grow: one JSON line a number of observations on stdout.

    python benchmarks/micro/ask.py --observed 100,200,400,700,1000 --candidates 500 --nodes 30 --plot ask.png

Networks are random edits of a residual one until they have --nodes nodes; scores are random. ``cold``: the first ask of
a process that has just read its trials back. ``next``: the asks after it, each with one more trial told, of which
``told`` is what the surrogate takes for that one more. ``learning``: the ask at which the kernel is learnt anew, which
is every tenth or so. Processor
seconds, the median of --repeats where there are several. Pin it to one core (taskset -c 0).
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parents[1]), str(_HERE.parent / "real")]

import numpy as np  # noqa: E402
import record  # noqa: E402

from autonas.arch import Architecture  # noqa: E402
from autonas.arch.starters import residual_cnn  # noqa: E402
from autonas.search import BayesianMorphism, History, Neighbours, Observation, Proposal  # noqa: E402
from autonas.search import expectation as room  # noqa: E402
from autonas.space import MorphSpace, drawn  # noqa: E402


def main() -> None:
    """Measure every number of observations, and print its line."""
    arguments = _arguments()
    rng = np.random.default_rng(arguments.seed)
    space = MorphSpace((residual_cnn((32, 32, 3), 10, width=8),))
    most = max(arguments.observed) + arguments.repeats
    # The starter first: as long as it is untried, an ask is over at once.
    networks = [*space.starters, *(grown(space, arguments.nodes, rng) for _ in range(most - 1))]
    scores = rng.random(most)
    singles = arguments.candidates * 4 // 5
    candidates = Neighbours(top=10, singles=singles, chains=arguments.candidates - singles)
    strategy = BayesianMorphism(space, kernel=arguments.kernel, candidates=candidates)
    lines = []
    for observed in arguments.observed:
        line = {
            "observed": observed,
            "nodes": arguments.nodes,
            "candidates": arguments.candidates,
            "kernel": arguments.kernel,
            **measure(strategy, networks, scores, observed, arguments.repeats),
            "seed": arguments.seed,
            **record.surroundings(),
        }
        print(json.dumps(line), flush=True)
        lines.append(line)
    if arguments.plot is not None:
        _draw(lines, arguments.plot)


def measure(
    strategy: BayesianMorphism, networks: list[Architecture], scores: np.ndarray, observed: int, repeats: int
) -> dict[str, float]:
    """Seconds of asks at ``observed`` trials and after."""
    room._MEMORY.clear()
    state = History()
    for number in range(observed):
        state = state.told(_trial(number, networks[number], scores[number]))
    cold = _seconds(lambda: strategy.ask(state, np.random.default_rng(0)))
    asks: dict[bool, list[float]] = {False: [], True: []}
    told = []
    for number in range(observed, observed + repeats):
        state = state.told(_trial(number, networks[number], scores[number]))
        learning = room.learnt_from(number + 1) == number + 1
        value = _seconds(lambda state=state: strategy.value(state, np.random.default_rng(0)))
        rest = _seconds(lambda state=state: strategy.ask(state, np.random.default_rng(0)))
        asks[learning].append(value + rest)  # the ask finds the surrogate kept up
        if not learning:
            told.append(value)
    named = {"cold": [cold], "next": asks[False], "told": told, "learning": asks[True]}
    return {name: round(statistics.median(each), 4) for name, each in named.items() if each}


def grown(space: MorphSpace, nodes: int, rng: np.random.Generator) -> Architecture:
    """A random network of ``nodes`` nodes, or the last step before more."""
    architecture = space.starters[0]
    for _ in range(200):
        edit = next(drawn(space.families(architecture), rng))
        child = space.child(architecture, edit)
        if child is not None and len(child.nodes) <= nodes:
            architecture = child
        if len(architecture.nodes) == nodes and rng.random() < 0.2:
            break
    return architecture


def _trial(number: int, network: Architecture, score: float) -> Observation:
    return Observation(f"{number:05d}", Proposal(network), "completed", float(score))


def _seconds(action: object) -> float:
    begun = time.process_time()
    action()
    return time.process_time() - begun


def _draw(lines: list[dict], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for name in ("cold", "learning", "next", "told"):
        points = [(line["observed"], line[name]) for line in lines if name in line]
        if points:
            axes.plot(*zip(*points, strict=True), "o-", label=name)
    axes.set(xlabel="observed networks", ylabel="seconds", title=f"one ask over {lines[0]['candidates']} candidates")
    axes.set_ylim(bottom=0)
    axes.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    counts = lambda text: sorted(int(each) for each in text.split(","))  # noqa: E731
    parser.add_argument("--observed", type=counts, default=[100, 200, 400, 700, 1000])
    parser.add_argument("--candidates", type=int, default=500)
    parser.add_argument("--nodes", type=int, default=30)
    parser.add_argument("--kernel", default="wl")
    parser.add_argument("--repeats", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()

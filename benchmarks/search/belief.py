"""What a policy believes while it searches a table: how likely it holds the choices of the best network found.

    python benchmarks/search/belief.py --table FILE --queries 300 --runs 10 --plot docs/figures/belief.png

One JSON line on stdout: over runs, the mean probability of one choice (the geometric mean of a network's choices) at
the beginning, at a third, two thirds and the end of a search on NAS-Bench-201. Evenly, a choice has 0.2.
"""

import argparse
import contextlib
import json
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parents[1]), str(_HERE.parent / "real")]

import contenders  # noqa: E402
import numpy as np  # noqa: E402
import record  # noqa: E402
from scores import read_scores  # noqa: E402

from autonas.search import run  # noqa: E402
from autonas.space import TableSpace, nasbench201  # noqa: E402


def belief(space: TableSpace, queries: int, seed: int) -> np.ndarray:
    """Search, and return after every query the probability of one choice of the network that was best in the end."""
    strategy = contenders.policy_search().on(space)
    result = run(strategy, space, lambda each: space.signal(each) / 100, queries, seed)
    best = [space.decisions(result.best.proposal.architecture)]
    state, curve = strategy.start(), []
    for each in result.history:
        state = strategy.tell(state, each)
        said = strategy.policy.after(space.steps, state.lessons).judge(best)
        curve.append(np.exp(said.log_probabilities[0] / len(best[0])))
    return np.array(curve)


def main() -> None:
    """Run the searches, print the line and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", type=Path, required=True, help="NAS-Bench-201 as a CSV file")
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", type=Path, help="draw every run and their mean to this file")
    arguments = parser.parse_args()
    space = nasbench201(read_scores(arguments.table, "cell", "cifar10-val", "cifar10-test"))
    with contextlib.redirect_stdout(sys.stderr):
        surroundings = record.surroundings()
        seeds = range(arguments.seed, arguments.seed + arguments.runs)
        curves = np.array([belief(space, arguments.queries, seed) for seed in seeds])
    at = [0, arguments.queries // 3 - 1, 2 * arguments.queries // 3 - 1, arguments.queries - 1]
    means = [round(float(curves[:, each].mean()), 4) for each in at]
    line = {"queries": [each + 1 for each in at], "probability of a choice": means, "runs": arguments.runs}
    rose = int(np.sum(curves[:, -1] > curves[:, 0]))
    print(json.dumps({**line, "rose": rose, "seed": arguments.seed, **surroundings}))
    if arguments.plot is not None:
        draw(curves, arguments.plot)


def draw(curves: np.ndarray, path: Path) -> None:
    """Draw every run's curve, (runs, queries), and their mean to ``path``."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    queries = np.arange(1, curves.shape[1] + 1)
    axes.plot(queries, curves.T, color="grey", lw=0.7, alpha=0.6)
    axes.plot(queries, curves.mean(axis=0), lw=2, label=f"mean of {len(curves)} searches")
    axes.axhline(0.2, color="black", ls=":", lw=1, label="evenly")
    axes.set(xlabel="queries", ylabel="probability of a choice of the best network found", ylim=(0, 1))
    axes.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()

"""Our Gaussian process beside scikit-learn's on the same numbers: one JSON line on stdout.

    taskset -c 0 python benchmarks/micro/gaussian_process.py --observed 1000 --columns 600 --candidates 500 --seed 0

``more``: one more observation, then a prediction at the candidates, theta known. ``learn``: theta from 200
observations. Processor seconds, the least of --repeats; ``ratio`` is theirs over ours. Counts like those of
Weisfeiler-Lehman features in one block; both kernels are the ordinary Gaussian one.
"""

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parents[1]), str(_HERE.parent / "real")]

import numpy as np  # noqa: E402
import record  # noqa: E402
from sklearn.gaussian_process import GaussianProcessRegressor  # noqa: E402
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel  # noqa: E402

from autonas.surrogate import Layout, fit, standardise  # noqa: E402

LEARNT_FROM = 200


def main() -> None:
    """Measure both, and print the line."""
    arguments = _arguments()
    rng = np.random.default_rng(arguments.seed)
    X, new = (_counts(rows, arguments.columns, rng) for rows in (arguments.observed, arguments.candidates))
    z = standardise(X[:, :5].sum(axis=1) + 0.01 * rng.standard_normal(len(X)))
    some = np.linspace(0, len(X) - 1, min(len(X), LEARNT_FROM)).astype(int)
    layout = Layout((arguments.columns,), ((0,),))
    process = fit(X[:-1], z[:-1], layout)
    theirs = GaussianProcessRegressor(ConstantKernel(1.0) * RBF(1.0) + WhiteKernel(0.02))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theta near a bound
        kernel = theirs.fit(X[some], z[some]).kernel_
        known = GaussianProcessRegressor(kernel, optimizer=None)
        pairs = {
            "more": (
                lambda: process.told(X[-1:], z).predict(new),
                lambda: known.fit(X, z).predict(new, return_std=True),
            ),
            "learn": (lambda: fit(X[some], z[some], layout), lambda: theirs.fit(X[some], z[some])),
        }
        seconds = {name: [_least(each, arguments.repeats) for each in pair] for name, pair in pairs.items()}
    line: dict[str, object] = {name: vars(arguments)[name] for name in ("observed", "columns", "candidates", "seed")}
    for name, (ours, peer) in seconds.items():
        line[name] = {"autonas": round(ours, 4), "scikit-learn": round(peer, 4), "ratio": round(peer / ours, 1)}
    print(json.dumps({**line, **record.surroundings()}))


def _counts(rows: int, columns: int, rng: np.random.Generator) -> np.ndarray:
    """Rows that lie 1 apart, root mean square."""
    table = rng.poisson(0.3, (rows, columns)).astype(np.float64)
    return table / np.sqrt(2 * table.var(axis=0).sum())


def _least(action: Callable[[], object], repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        begun = time.process_time()
        action()
        taken.append(time.process_time() - begun)
    return min(taken)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("observed", 1000), ("columns", 600), ("candidates", 500), ("seed", 0), ("repeats", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


if __name__ == "__main__":
    main()

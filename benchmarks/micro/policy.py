"""What sampling from an LSTM policy costs: one JSON line on stdout.

    taskset -c 0 python benchmarks/micro/policy.py --architectures 100 --layers 15 --units 100 --seed 0

Networks of ``--layers`` layers, each of height, width and filters out of four and a skip from every layer below (Zoph &
Le 2016). Processor seconds of the first call and the least of --repeats more.
"""

import argparse
import json
import sys
import time
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parents[1]), str(_HERE.parent / "real")]

import numpy as np  # noqa: E402
import record  # noqa: E402

from autonas.runtime.policy import Policy, PolicySettings  # noqa: E402
from autonas.space.tokens import Choice, Skips  # noqa: E402


def main() -> None:
    """Measure, and print the line."""
    arguments = _arguments()
    layer = (Choice("height", 4), Choice("width", 4), Choice("filters", 4), Skips())
    policy = Policy(layer * arguments.layers, PolicySettings.enas(units=arguments.units), seed=arguments.seed)
    rng = np.random.default_rng(arguments.seed)
    taken = []
    for _ in range(1 + arguments.repeats):
        begun = time.process_time()
        policy.sample(arguments.architectures, rng)
        taken.append(time.process_time() - begun)
    measured = {"first_s": round(taken[0], 4), "warm_s": round(min(taken[1:]), 4)}
    print(json.dumps({**vars(arguments), **measured, **record.surroundings()}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("architectures", 100), ("layers", 15), ("units", 100), ("seed", 0), ("repeats", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Accuracy against time on tables: autonas and its peers under the same clock, one JSON line a run on stdout.

    python benchmarks/real/tables.py --dataset wine --time-limit 120 --seed 0 --tool autonas

The clock starts before the tool's fit, with the data in memory and the packages imported, and stops when it can
predict. The test part, a quarter drawn with the seed, is used once, after that. Needs pandas.
"""

import argparse
import contextlib
import json
import sys
import time
import warnings
from pathlib import Path

import image
import record
import tables_data
from sklearn.metrics import accuracy_score, r2_score
from task import TableTask

TOOLS = {
    "autonas": "fit_autonas",
    "hist-gradient-boosting": "fit_boosting",
    "mlp": "fit_perceptron",
    "kerastuner-bayesian": "fit_bayesian",
}


def main() -> None:
    """Run one tool once and print its line."""
    arguments = _arguments()
    image.measure_this_checkout()
    with contextlib.redirect_stdout(sys.stderr):  # tools print; stdout is for the one line
        line = json.dumps(measure(arguments))
    print(line)
    if arguments.out is not None:
        with arguments.out.open("a") as out:
            out.write(line + "\n")


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    """The record of one run, ready for JSON."""
    surroundings = record.surroundings()
    data = tables_data.load(arguments.dataset, arguments.seed)
    import tables_tools  # before the clock, and once this checkout is the one that is measured

    warnings.filterwarnings("ignore", category=UserWarning, module="sklearn")  # perceptrons that do not converge
    limit, before = arguments.time_limit, record.cpu_seconds()
    told = data.x_train, data.y_train, data.task, arguments.seed
    task = TableTask(*told, limit, time.perf_counter())
    outcome = getattr(tables_tools, TOOLS[arguments.tool])(task)
    seconds, cpu = task.elapsed(), record.cpu_seconds() - before
    image.warn_of_overrun(arguments.tool, seconds, limit)
    score = accuracy_score if task.classifies else r2_score
    return {
        "tool": arguments.tool,
        "dataset": arguments.dataset,
        "seed": arguments.seed,
        "train": len(task.x),
        "time_limit": limit,
        "metric": "accuracy" if task.classifies else "r2",
        "test_score": float(score(data.y_test, outcome.predict(data.x_test))),
        **image.told(outcome, seconds, cpu),
        "peak_memory_mb": record.peak_memory_mb(),
        **surroundings,
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", choices=sorted(TOOLS), required=True)
    parser.add_argument("--dataset", choices=sorted(tables_data.DATASETS), required=True)
    parser.add_argument("--time-limit", type=image.seconds, default=120.0, help="seconds for the whole fit")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="file to which the line is appended too")
    return parser.parse_args()


if __name__ == "__main__":
    main()

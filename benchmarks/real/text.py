"""Text: autonas and its peers under the same clock, one JSON line a run on stdout.

    python benchmarks/real/text.py --data DIR --task classification --time-limit 600 --seed 0 --tool autonas

DIR holds ``imdb_train.csv.gz`` and ``imdb_test.csv.gz``, each with the columns text, sentiment and rating. The clock
starts before the tool's fit, with the data in memory and Keras imported, and stops when it can predict. The test part
is used once, after that.
"""

import argparse
import contextlib
import importlib
import json
import sys
import time
from pathlib import Path

import image
import keras  # noqa: F401  (before the clock: its seconds are nobody's merit)
import numpy as np
import pandas as pd
import record
from sklearn.model_selection import train_test_split
from task import Outcome, TextTask

# Module and function. Imported on request, so that a peer's run needs no other tool's packages.
TOOLS = {
    "autonas": ("text_tools", "fit_autonas"),
    "linear": ("text_tools", "fit_linear"),
    "kerastuner-bayesian": ("text_tuner", "fit"),
}
TARGETS = {"classification": "sentiment", "regression": "rating"}


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
    train, test = (read(arguments.data, part, arguments.task) for part in ("train", "test"))
    train = drawn(*train, arguments.task, arguments.train, arguments.seed)
    module, function = TOOLS[arguments.tool]
    fit = getattr(importlib.import_module(module), function)
    started = time.perf_counter()
    task = TextTask(arguments.task, *train, arguments.seed, arguments.time_limit, started)
    cpu_before, child_before = record.cpu_seconds(), record.child_peak_memory_mb()
    outcome = fit(task)
    seconds, cpu = task.elapsed(), record.cpu_seconds() - cpu_before
    image.warn_of_overrun(arguments.tool, seconds, arguments.time_limit)
    return {
        "tool": arguments.tool,
        "dataset": "imdb",
        "task": arguments.task,
        "seed": arguments.seed,
        "train": len(task.texts),
        "time_limit": arguments.time_limit,
        **scores(outcome, *test, arguments.task),
        **image.told(outcome, seconds, cpu),
        **image.memory(child_before),
        **surroundings,
    }


def read(folder: Path, part: str, task: str) -> tuple[np.ndarray, np.ndarray]:
    """Texts (n,) and targets (n,) of the ``train`` or ``test`` part: sentiments as strings, ratings as floats."""
    table = pd.read_csv(folder / f"imdb_{part}.csv.gz")
    targets = table[TARGETS[task]].to_numpy()
    return table["text"].to_numpy(dtype=object), targets.astype(float if task == "regression" else object)


def drawn(
    texts: np.ndarray, targets: np.ndarray, task: str, count: int | None, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """`count` of them, classes in proportion, the same for the same seed; None takes all, in the order they came."""
    if count is None:
        return texts, targets
    stratify = targets if task == "classification" else None
    rows, _ = train_test_split(np.arange(len(texts)), train_size=count, stratify=stratify, random_state=seed)
    return texts[rows], targets[rows]


def scores(outcome: Outcome, texts: np.ndarray, targets: np.ndarray, task: str) -> dict[str, float]:
    """What the test part says: accuracy, or mean absolute error in units of the rating."""
    predicted = outcome.predict(texts)
    if task == "classification":
        return {"test_accuracy": float((predicted == targets).mean())}
    return {"test_mae": float(np.abs(predicted - targets).mean())}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", choices=sorted(TOOLS), required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder of imdb_train.csv.gz and imdb_test.csv.gz")
    parser.add_argument("--task", choices=sorted(TARGETS), default="classification")
    parser.add_argument("--train", type=int, help="training texts to use, drawn with the seed; default: all")
    parser.add_argument("--time-limit", type=image.seconds, default=600.0, help="seconds for the whole fit")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="file to which the line is appended too")
    return parser.parse_args()


if __name__ == "__main__":
    main()

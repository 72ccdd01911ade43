"""Memory over trials in one process: what stays after each, and whether autonas holds it. JSON lines on stdout, a trial
each, and a summary at the end.

    python benchmarks/real/memory.py --trials 30 --seed 0

A search as `fit` sets it up, with short trials. After each one, and after a garbage collection, it takes the resident
set and counts the live Keras models, optimizers, variables and tf.data datasets, by Python's own list of objects. What
grows in number is kept by somebody's Python code; memory that grows while they do not, is TensorFlow's. What was alive
during the trial stands beside it, to show that the count sees such objects.
"""

import argparse
import contextlib
import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TextIO

import readers
import record

sys.path.insert(0, str(record.ROOT))  # autonas is the code beside this file, whose commit the lines name

import keras
import numpy as np
import tensorflow as tf

from autonas.arch.starters import residual_cnn
from autonas.data import image_dataset, light_augmentation
from autonas.estimators.kind import default_batch_size
from autonas.estimators.recipes import ORACLES
from autonas.runtime.evaluator import Progress
from autonas.runtime.evaluators import Lengths, NetworkEvaluator
from autonas.runtime.schedule import Span
from autonas.runtime.train import Recipe
from autonas.space import MorphSpace
from autonas.tuner import SearchOracle, SearchTuner
from autonas.tuner.watcher import TrialEnded, Unwatched

KINDS = {
    "models": keras.Model,
    "optimizers": keras.optimizers.Optimizer,
    "keras_variables": keras.Variable,
    "tf_variables": tf.Variable,
    "datasets": tf.data.Dataset,
}
SETTLED = 5  # trials after which TensorFlow's own pools have been filled; the slope is taken from there
SMALLEST = 4  # filters of the first network's first layer


class Weigher(Unwatched):
    """Takes the measure after every trial, and writes it down at once: a search that is killed leaves its lines."""

    def __init__(self, out: TextIO) -> None:
        self.lines: list[dict[str, object]] = []
        self._out = out
        self._during: dict[str, int] = {}

    def progressed(self, progress: Progress) -> None:
        """Count once while a trial runs."""
        self._during = self._during or live_objects()

    def ended(self, event: TrialEnded) -> None:
        """Add and write the line of a trial."""
        gc.collect()
        line = {
            "run": "trial",
            "trial": event.number,
            "resident_mb": resident_mb(),
            **live_objects(),
            "parameters": event.parameters,
            "score": event.score,
            "failed": event.reason,
            "during": self._during,
        }
        self._during = {}
        self.lines.append(line)
        print(json.dumps(line), file=self._out, flush=True)


def main() -> None:
    """Run the trials and print the lines."""
    arguments = _arguments()
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # tools print; stdout is for the lines
        lines = measure(arguments, out)
    print(json.dumps(lines[-1]))
    if arguments.plot is not None:
        _plot(lines, arguments.plot)


def measure(arguments: argparse.Namespace, out: TextIO) -> list[dict[str, object]]:
    """The line of every trial, written to `out` too, and the summary."""
    surroundings = record.surroundings()
    weigher = Weigher(out)
    with tempfile.TemporaryDirectory() as folder:
        tuner = _tuner(arguments, Path(folder), weigher)
        before = {"resident_mb": resident_mb(), **live_objects()}
        begun = time.perf_counter()
        tuner.search()
    after = weigher.lines[-1]
    return [
        *weigher.lines,
        {
            "run": "summary",
            **{name: getattr(arguments, name) for name in ("dataset", "oracle", "seed", "steps")},
            "trials": len(weigher.lines),
            "failed": sum(line["failed"] is not None for line in weigher.lines),
            "seconds": round(time.perf_counter() - begun, 1),
            "before": before,
            "during": after["during"],
            "after": {name: after[name] for name in before},
            "mb_per_trial": slope(weigher.lines, "resident_mb"),
            "live_per_trial": {name: slope(weigher.lines, name) for name in KINDS},
            "peak_memory_mb": record.peak_memory_mb(),
            **surroundings,
        },
    ]


def resident_mb() -> float:
    """Resident memory of this process now, in MB. Linux alone tells it without a package more."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def live_objects() -> dict[str, int]:
    """How many objects of each kind are alive."""
    types = [type(each) for each in gc.get_objects()]  # not isinstance: it would wake weak proxies of the dead
    return {name: sum(issubclass(each, kind) for each in types) for name, kind in KINDS.items()}


def slope(lines: list[dict[str, object]], name: str) -> float | None:
    """Growth a trial, by least squares over the trials after the first few; null where there are too few."""
    settled = lines[SETTLED:]
    if len(settled) < 2:
        return None
    values = [float(line[name]) for line in settled]
    return round(float(np.polyfit(range(len(values)), values, 1)[0]), 3)


def _tuner(arguments: argparse.Namespace, folder: Path, weigher: Weigher) -> SearchTuner:
    loaded = readers.load(arguments.dataset, arguments.data, arguments.train, arguments.seed)
    data = image_dataset(loaded.train_images, loaded.train_labels, task="classification", seed=arguments.seed)
    recipe = Recipe(
        task="classification",
        batch_size=default_batch_size(len(data.train)),
        augment=light_augmentation(data.train.x, data.train.y, stratify=True, seed=arguments.seed),
        seed=arguments.seed,
    )
    # Networks may not outgrow the first one by much, so that a growing resident set is not growing networks.
    first = residual_cnn(data.schema.shape, loaded.classes, width=SMALLEST)
    space = MorphSpace((first,), max_parameters=2 * first.parameters, max_flops=2 * first.flops)
    oracle, span = ORACLES[arguments.oracle], Span(arguments.steps, None)
    evaluator = NetworkEvaluator(
        data,
        recipe,
        Lengths(scratch=span, warm=span),
        metric="val_accuracy",
        maximise=True,
        clock=time.perf_counter,
        start=oracle.start,
    )
    hosted = SearchOracle(oracle.strategy.on(space), "val_accuracy", arguments.trials, arguments.seed)
    return SearchTuner(hosted, evaluator, folder, "search", watch=weigher)


def _plot(lines: list[dict[str, object]], path: Path) -> None:
    """Draw the resident memory and the live models after each trial."""
    import matplotlib.pyplot as plt  # optional: the extra named benchmarks brings it

    trials, summary = lines[:-1], lines[-1]
    figure, axes = plt.subplots(2, figsize=(8, 6), sharex=True)
    numbers = [line["trial"] for line in trials]
    axes[0].plot(numbers, [line["resident_mb"] for line in trials], marker=".")
    axes[0].set(ylabel="resident MB", ylim=(0, None), title=f"{summary['mb_per_trial']} MB a trial")
    for name in KINDS:
        axes[1].plot(numbers, [line[name] for line in trials], marker=".", label=name)
    axes[1].set(xlabel="trials", ylabel="live objects", ylim=(0, None))
    axes[1].legend()
    figure.savefig(path, dpi=120)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", choices=sorted(readers.READERS), default="digits")
    parser.add_argument("--data", type=Path, help="folder of the dataset's files; digits needs none")
    parser.add_argument("--train", type=int, help="training images to use, drawn with the seed; default: all")
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--steps", type=int, default=40, help="gradient steps a trial")
    parser.add_argument("--oracle", choices=sorted(ORACLES), default="bayesian")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", type=Path, help="image file to draw the measures into; needs matplotlib")
    return parser.parse_args()


if __name__ == "__main__":
    main()

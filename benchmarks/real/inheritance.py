"""Warm against scratch: how many seconds of gradient steps a child needs to score what its parent scores, with the
parent's weights and without. JSON lines on stdout, a run each, and a summary at the end.

    python benchmarks/real/inheritance.py --children 5 --seed 0

A parent is trained from scratch. Each child is the parent after one to three random edits that keep its function, and
is trained by the search's own evaluator, recipe and schedules: once with inherited weights over `--warm-epochs`, and
from fresh weights over each of `--scratch-epochs` (a shorter annealing may get there sooner). No run has a time limit.
It is judged four times an epoch by accuracy and by loss on the validation part: where a parent makes few errors, one
image decides by accuracy. Seconds are those of gradient steps alone, at the run's mean pace; what inheriting and
tracing cost stands beside them.
"""

import argparse
import contextlib
import dataclasses
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import readers
import record

sys.path.insert(0, str(record.ROOT))  # autonas is the code beside this file, whose commit the lines name

import numpy as np

from autonas.arch import Architecture
from autonas.arch.starters import residual_cnn
from autonas.data import Dataset, image_dataset, light_augmentation
from autonas.data.batches import steps_per_epoch
from autonas.estimators.kind import default_batch_size
from autonas.morph import Edit
from autonas.runtime.evaluator import Result
from autonas.runtime.evaluators import Lengths, NetworkEvaluator
from autonas.runtime.schedule import Span
from autonas.runtime.train import Recipe
from autonas.search import Proposal
from autonas.space import MorphSpace, drawn

SIGNS = {"val_accuracy": 1.0, "val_loss": -1.0}  # what a run is judged by, and which way is better
VALIDATIONS_PER_EPOCH = 4
MOST_EDITS = 3


@dataclasses.dataclass(frozen=True)
class Runner:
    """Trains single networks as a search does, but validates more often and never gives a run up."""

    data: Dataset
    recipe: Recipe

    def run(self, proposal: Proposal, start: str, epochs: int, folder: Path, parent_folder: Path | None) -> Result:
        """Train over `epochs` from `warm` or `scratch` weights, in `folder`."""
        steps = epochs * steps_per_epoch(len(self.data.train), self.recipe.batch_size)
        span = Span(steps, None)
        evaluator = NetworkEvaluator(
            self.data,
            dataclasses.replace(self.recipe, validations=epochs * VALIDATIONS_PER_EPOCH - 1),
            Lengths(scratch=span, warm=span),
            metric="val_accuracy",
            maximise=True,
            clock=time.perf_counter,
            start=start,
        )  # a new one a run: with no runs to compare with, none is hopeless
        return evaluator.evaluate(
            proposal,
            trial_id=folder.name,
            folder=folder,
            parent_folder=parent_folder,
            seconds=None,
            watch=lambda progress: None,
        )


def main() -> None:
    """Train the parent and its children, and print the lines."""
    arguments = _arguments()
    lines, out = [], sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # tools print; stdout is for the lines
        for line in measure(arguments):
            print(json.dumps(line), file=out, flush=True)
            lines.append(line)
    if arguments.plot is not None:
        _plot(lines, arguments.plot)


def measure(arguments: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Yield the parent's line, a line a run of a child, and the summary."""
    surroundings = record.surroundings()
    asked = {name: getattr(arguments, name) for name in ("dataset", "seed", "width", "warm_epochs", "scratch_epochs")}
    with tempfile.TemporaryDirectory() as folder:
        runner, first = _prepare(arguments)
        root = Path(folder)
        result = runner.run(Proposal(first), "scratch", max(arguments.scratch_epochs), root / "parent", None)
        target = {metric: result.metrics[metric] for metric in SIGNS}
        lines = [_line("parent", "scratch", max(arguments.scratch_epochs), result, target, ())]
        yield lines[0]
        rng = np.random.default_rng(arguments.seed)
        for number in range(arguments.children):
            child, edits, words = _child(first, rng)
            for start, epochs in _starts(arguments):
                name = f"child {number}"
                proposal = Proposal(child, "parent", edits)
                result = runner.run(proposal, start, epochs, root / f"{number}-{start}-{epochs}", root / "parent")
                lines.append(_line(name, start, epochs, result, target, words))
                yield lines[-1]
    yield {
        "run": "summary",
        "train": len(runner.data.train),
        **asked,
        "children": arguments.children,
        "parent": target,
        "medians": summary(lines[1:]),
        **surroundings,
    }


def _starts(arguments: argparse.Namespace) -> list[tuple[str, int]]:
    return [("warm", arguments.warm_epochs), *(("scratch", epochs) for epochs in arguments.scratch_epochs)]


def _prepare(arguments: argparse.Namespace) -> tuple[Runner, Architecture]:
    loaded = readers.load(arguments.dataset, arguments.data, arguments.train, arguments.seed)
    data = image_dataset(loaded.train_images, loaded.train_labels, task="classification", seed=arguments.seed)
    recipe = Recipe(
        task="classification",
        batch_size=default_batch_size(len(data.train)),
        augment=light_augmentation(data.train.x, data.train.y, stratify=True, seed=arguments.seed),
        seed=arguments.seed,
    )
    return Runner(data, recipe), residual_cnn(data.schema.shape, loaded.classes, width=arguments.width)


def _child(parent: Architecture, rng: np.random.Generator) -> tuple[Architecture, tuple[Edit, ...], tuple[str, ...]]:
    """The parent after one to three random edits that keep its function; the edits, and what they are in words."""
    space, child, edits, words = MorphSpace((parent,), shrink=False), parent, [], []
    for _ in range(rng.integers(1, MOST_EDITS + 1)):
        edit = next(drawn(space.families(child), rng))
        words.append(edit.words(child))
        edits.append(edit)
        child = edit.apply(child)
    return child, tuple(edits), tuple(words)


def _line(
    name: str, start: str, epochs: int, result: Result, target: dict[str, float], words: tuple[str, ...]
) -> dict[str, object]:
    pace = result.seconds["gradient_steps"] / result.epochs  # seconds an epoch
    curve = [(point["progress"] * result.epochs, *(point[metric] for metric in SIGNS)) for point in result.curve]
    return {
        "run": name,
        "edits": list(words),
        "start": start,
        "epochs": epochs,
        "parameters": result.parameters,
        "reached": {metric: _reached(result, metric, target[metric], pace, epochs) for metric in SIGNS},
        "first": dict(zip(SIGNS, curve[0][1:], strict=True)),
        "final": dict(zip(SIGNS, curve[-1][1:], strict=True)),
        "overhead_seconds": {kind: round(result.seconds.get(kind, 0.0), 2) for kind in ("compile", "inheritance")},
        "curve": [(round(done * pace, 2), *(round(score, 4) for score in scores)) for done, *scores in curve],
    }


def _reached(result: Result, metric: str, target: float, pace: float, epochs: int) -> dict[str, float] | str:
    """What the run needed to be as good as the parent by `metric`, or that it did not get there."""
    good = (point["progress"] for point in result.curve if SIGNS[metric] * (point[metric] - target) >= 0)
    progress = next(good, None)
    if progress is None:
        return f"not within {epochs} epochs"
    done = progress * result.epochs
    return {"epochs": round(done, 2), "seconds": round(done * pace, 2)}


def summary(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """The median need of each kind of run by each metric, and scratch's need as a multiple of warm's.

    A run that did not get there counts as one that needs longer than all others. A median that falls on such a run is
    null; the ratio of epochs is then more than that of its bound.
    """
    kinds = dict.fromkeys((str(line["start"]), int(line["epochs"])) for line in lines)
    groups = {kind: [line for line in lines if (line["start"], line["epochs"]) == kind] for kind in kinds}
    warm = next(runs for (start, _), runs in groups.items() if start == "warm")
    return [_group(kind, metric, runs, warm) for metric in SIGNS for kind, runs in groups.items()]


def _group(
    kind: tuple[str, int], metric: str, runs: list[dict[str, object]], warm: list[dict[str, object]]
) -> dict[str, object]:
    epochs, seconds = _median(runs, metric, "epochs"), _median(runs, metric, "seconds")
    return {
        "metric": metric,
        "start": kind[0],
        "epochs": kind[1],
        "reached": f"{sum(isinstance(run['reached'][metric], dict) for run in runs)} of {len(runs)}",
        "median_epochs": epochs,
        "median_seconds": seconds,
        "median_first": round(statistics.median(run["first"][metric] for run in runs), 4),
        "median_final": round(statistics.median(run["final"][metric] for run in runs), 4),
        "times_warm_epochs": _bounded(epochs, kind[1], _median(warm, metric, "epochs")),  # no busy machine disturbs it
        "times_warm_seconds": _ratio(seconds, _median(warm, metric, "seconds")),
    }


def _median(runs: list[dict[str, object]], metric: str, unit: str) -> float | None:
    needs = [run["reached"][metric] for run in runs]
    median = statistics.median(need[unit] if isinstance(need, dict) else math.inf for need in needs)
    return round(median, 4) if math.isfinite(median) else None


def _bounded(need: float | None, bound: int, least: float | None) -> float | str | None:
    ratio = _ratio(need or float(bound), least)
    return ratio if need or ratio is None else f"more than {ratio}"


def _ratio(need: float | None, least: float | None) -> float | None:
    return round(need / least, 2) if need and least else None


def _plot(lines: list[dict[str, object]], path: Path) -> None:
    """Draw accuracy and loss of every run of a child against its seconds of gradient steps."""
    import matplotlib.pyplot as plt  # optional: the extra named benchmarks brings it

    runs, told = lines[1:-1], lines[-1]
    kinds = list(dict.fromkeys((line["start"], line["epochs"]) for line in runs))
    figure, all_axes = plt.subplots(len(SIGNS), figsize=(8, 8), sharex=True)
    for place, (axes, metric) in enumerate(zip(all_axes, SIGNS, strict=True), start=1):
        for line in runs:
            kind = line["start"], line["epochs"]
            label = f"{kind[0]}, {kind[1]} epochs" if line["run"] == "child 0" else None
            seconds, scores = [point[0] for point in line["curve"]], [point[place] for point in line["curve"]]
            axes.plot(seconds, scores, color=f"C{kinds.index(kind)}", alpha=0.6, label=label)
        axes.axhline(told["parent"][metric], color="black", linestyle="--", label="parent")
        axes.set(ylabel=metric, yscale="log" if SIGNS[metric] < 0 else "linear")
    all_axes[0].set(title=f"{told['dataset']}: children with and without their parent's weights")
    all_axes[0].legend()
    all_axes[-1].set(xlabel="seconds of gradient steps")
    figure.savefig(path, dpi=120)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", choices=sorted(readers.READERS), default="digits")
    parser.add_argument("--data", type=Path, help="folder of the dataset's files; digits needs none")
    parser.add_argument("--train", type=int, help="training images to use, drawn with the seed; default: all")
    parser.add_argument("--children", type=_count, default=5)
    parser.add_argument("--width", type=_count, default=16, help="filters of the parent's first layer")
    parser.add_argument("--warm-epochs", type=_count, default=8)
    parser.add_argument("--scratch-epochs", type=_count, nargs="+", default=[8, 24])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plot", type=Path, help="image file to draw the curves into; needs matplotlib")
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a count must be an integer of at least 1. Received: {text}. Use 5.")
    return int(text)


if __name__ == "__main__":
    main()

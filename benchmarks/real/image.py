"""Accuracy against time on images: autonas and its peers under the same clock, one JSON line a run on stdout.

    python benchmarks/real/image.py --dataset fashion_mnist --data DIR --train 10000 --time-limit 600 --seed 0 \
        --tool autonas

The clock starts before the tool's fit, with the data in memory and Keras imported, and stops when it can predict. The
test part is used once, after that.
"""

import argparse
import contextlib
import importlib
import json
import os
import sys
import time
from pathlib import Path

import keras  # imported here, before the clock: its seconds are nobody's merit
import readers
import record
from task import Outcome, Task

# Module and function. Imported on request, so that a peer's run needs no other tool's packages.
TOOLS = {
    "autonas": ("ours", "fit_autonas"),
    "random": ("ours", "fit_random"),
    "enas": ("ours", "fit_enas"),
    "enas-controller": ("ours", "fit_enas_controller"),
    "enas-uniform": ("ours", "fit_enas_uniform"),
    "enas-random": ("ours", "fit_enas_random"),
    "fixed": ("fixed", "fit"),
    "kerastuner-hyperband": ("tuners", "fit_hyperband"),
    "kerastuner-bayesian": ("tuners", "fit_bayesian"),
}
_TOLERATED_OVERRUN = 1.05


def main() -> None:
    """Run one tool once and print its line."""
    arguments = _arguments()
    measure_this_checkout()
    with contextlib.redirect_stdout(sys.stderr):  # tools print; stdout is for the one line
        line = json.dumps(measure(arguments))
    print(line)
    if arguments.out is not None:
        with arguments.out.open("a") as out:
            out.write(line + "\n")


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    """The record of one run, ready for JSON."""
    surroundings = record.surroundings()
    data = readers.load(arguments.dataset, arguments.data, arguments.train, arguments.seed)
    module, function = TOOLS[arguments.tool]
    fit = getattr(importlib.import_module(module), function)
    task = Task(
        arguments.dataset,
        data.train_images,
        data.train_labels,
        data.classes,
        arguments.seed,
        arguments.time_limit,
        time.perf_counter(),
    )
    cpu_before, child_before = record.cpu_seconds(), record.child_peak_memory_mb()
    outcome = fit(task)
    seconds, cpu = task.elapsed(), record.cpu_seconds() - cpu_before
    warn_of_overrun(arguments.tool, seconds, arguments.time_limit)
    accuracy = float((outcome.predict(data.test_images) == data.test_labels).mean())
    return {
        **_asked(arguments, task),
        "test_accuracy": accuracy,
        **told(outcome, seconds, cpu),
        **memory(child_before),
        **surroundings,
    }


def _asked(arguments: argparse.Namespace, task: Task) -> dict[str, object]:
    return {
        "tool": arguments.tool,
        "dataset": arguments.dataset,
        "seed": arguments.seed,
        "train": len(task.images),
        "time_limit": arguments.time_limit,
    }


def told(outcome: Outcome, seconds: float, cpu: float) -> dict[str, object]:
    """What a tool can tell of its run, and what was measured of it."""
    spent = outcome.gradient_seconds
    return {
        "trials": outcome.trials,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),  # well below seconds x cores: the tool waited, or other work took its share
        "gradient_share": None if spent is None else round(spent / seconds, 4),
        "parameters": outcome.parameters,
        "details": dict(outcome.details),
        "backend": keras.backend.backend(),
    }


def memory(child_before: float) -> dict[str, float]:
    """The peak memory of this process and of its largest child."""
    peaks = record.peak_memory_mb(), record.child_peak_memory_mb(child_before)
    return dict(zip(("peak_memory_mb", "child_peak_memory_mb"), peaks, strict=True))


def warn_of_overrun(tool: str, seconds: float, time_limit: float) -> None:
    """Say on stderr where a tool took more than its time."""
    if seconds > _TOLERATED_OVERRUN * time_limit:
        print(f"warning: {tool} took {seconds:.1f} s of {time_limit:.0f} s", file=sys.stderr)


def measure_this_checkout() -> None:
    """Let autonas be the code beside this file, whose commit the line names, here and in child processes."""
    sys.path.insert(0, str(record.ROOT))
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(record.ROOT), *([inherited] if inherited else [])])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tool", choices=sorted(TOOLS), required=True)
    parser.add_argument("--dataset", choices=sorted(readers.READERS), required=True)
    parser.add_argument("--data", type=Path, help="folder of the dataset's files; digits needs none")
    parser.add_argument("--train", type=int, help="training images to use, drawn with the seed; default: all")
    parser.add_argument("--time-limit", type=seconds, default=600.0, help="seconds for the whole fit")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="file to which the line is appended too")
    return parser.parse_args()


def seconds(text: str) -> float:
    """A time limit from the command line."""
    limit = float(text)
    if not 0 < limit < float("inf"):
        raise argparse.ArgumentTypeError(f"time-limit must be positive. Received: {text}. Use seconds, such as 600.")
    return limit


if __name__ == "__main__":
    main()

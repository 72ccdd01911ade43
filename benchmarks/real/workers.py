"""Trials a minute by the number of workers, and memory and disk over the trials. One JSON line a run on stdout.

    python benchmarks/real/workers.py --workers 1,2,1,2 --trials 16 --seeds 0 > workers.jsonl
    python benchmarks/real/workers.py --workers 1 --trials 100 --steps 20 > hundred.jsonl

Searches as `fit` sets them up over scikit-learn's digits, one after the other, with trials of a fixed number of
gradient steps; every worker has one processor thread. ``seconds`` are from the moment when all workers are ready to the
end of the last trial; ``trials_a_minute`` follows from them. ``caller_mb``, ``slot_mb`` (the largest one) and
``folder_mb`` are taken after every trial. ``load`` is what the machine's was at the start, so that others are seen.
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

import record

sys.path.insert(0, str(record.ROOT))  # autonas is the code beside this file, whose commit the lines name

from sklearn.datasets import load_digits

from autonas.arch.starters import residual_cnn
from autonas.data import image_dataset
from autonas.estimators.recipes import ORACLES
from autonas.runtime.evaluators import Lengths, NetworkEvaluator
from autonas.runtime.schedule import Span
from autonas.runtime.train import Recipe
from autonas.space import MorphSpace
from autonas.tuner import ProcessSlots, SearchOracle, SearchTuner
from autonas.tuner.watcher import TrialEnded, Unwatched


class Weigher(Unwatched):
    """Takes memory and disk after every trial."""

    def __init__(self, slots: ProcessSlots, folder: Path) -> None:
        self._slots, self._folder = slots, folder
        self.caller_mb: list[float] = []
        self.slot_mb: list[float] = []
        self.folder_mb: list[float] = []

    def ended(self, event: TrialEnded) -> None:
        """Weigh."""
        gc.collect()
        self.caller_mb.append(resident_mb(os.getpid()))
        self.slot_mb.append(max(resident_mb(pid) for pid in self._slots.pids()))
        files = [path.stat().st_size for path in self._folder.rglob("*") if path.is_file()]
        self.folder_mb.append(round(sum(files) / 1e6, 2))


def main() -> None:
    """Run every search and print its line."""
    arguments = _arguments()
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1"))
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        for seed in arguments.seeds:
            for workers in arguments.workers:
                print(json.dumps(measure(workers, seed, arguments)), file=out, flush=True)


def measure(workers: int, seed: int, arguments: argparse.Namespace) -> dict[str, object]:
    """The line of one search."""
    surroundings, load, cpu = record.surroundings(), os.getloadavg()[0], record.cpu_seconds()
    slots = ProcessSlots(workers)
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(slots):
        slots.start()
        weigher = Weigher(slots, Path(folder))
        tuner = _tuner(Path(folder), seed, arguments, slots, weigher)
        slots.settle(600.0)
        begun = time.perf_counter()
        tuner.search()
        seconds = time.perf_counter() - begun
        statuses = [trial.status for trial in tuner.oracle.trials.values()]
        return {
            "workers": workers,
            "seed": seed,
            "trials": len(statuses),
            "failed": statuses.count("FAILED"),
            "steps": arguments.steps,
            "seconds": round(seconds, 1),
            "trials_a_minute": round(60 * len(statuses) / seconds, 2),
            "best": tuner.best_trial().score,
            "outside_trials_s": {name: round(value, 1) for name, value in tuner.seconds.items()},
            "cpu_seconds": round(record.cpu_seconds() - cpu, 1),
            "caller_mb": weigher.caller_mb,
            "slot_mb": weigher.slot_mb,
            "folder_mb": weigher.folder_mb,
            "load": load,
            **surroundings,
        }


def _tuner(
    folder: Path, seed: int, arguments: argparse.Namespace, slots: ProcessSlots, weigher: Weigher
) -> SearchTuner:
    images, labels = load_digits(return_X_y=True)
    data = image_dataset(images.reshape(-1, 8, 8), labels, task="classification", seed=seed)
    first = residual_cnn(data.schema.shape, 10, width=4)
    # Networks may not outgrow the first one by much, so that runs compare, and growing memory is not growing networks.
    space = MorphSpace((first,), max_parameters=2 * first.parameters, max_flops=2 * first.flops)
    oracle, span = ORACLES["bayesian"], Span(arguments.steps, None)
    evaluator = NetworkEvaluator(
        data,
        Recipe(task="classification", batch_size=64, seed=seed),
        Lengths(scratch=span, warm=span),
        metric="val_accuracy",
        maximise=True,
        clock=time.monotonic,
        start=oracle.start,
    )
    hosted = SearchOracle(oracle.strategy.on(space), "val_accuracy", arguments.trials, seed)
    return SearchTuner(hosted, evaluator, folder, "search", watch=weigher, slots=slots)


def resident_mb(pid: int) -> float:
    """Resident memory of a process now, in MB; 0 where it has just gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=_numbers, default=[1, 2], help="one search each, in this order")
    parser.add_argument("--seeds", type=_numbers, default=[0])
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--steps", type=int, default=120, help="gradient steps a trial")
    return parser.parse_args()


if __name__ == "__main__":
    main()

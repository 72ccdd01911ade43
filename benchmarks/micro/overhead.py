"""What goes by between two trials, and how many networks an oracle can propose. JSON lines on stdout.

    python benchmarks/micro/overhead.py --trials 8 > overhead.jsonl

``between``: seconds from one trial's end to the first gradient step of the next one, in an isolated process, by part;
the median over the trials:

    checkpoint    from the end of training until the caller has heard of it: weights to disk, result, report
    recording     the caller writes the outcome down and tells the strategy
    proposing     the strategy is asked, and the new trial written down
    building      the task goes to the process, Keras builds the network, weights are inherited
    first_step    the first call of the training step, most of which is tracing

``proposals``: networks that an oracle proposes and is told of in a second, on disk as ever, while 1, 8 or 64 are
pending all the time; nothing is trained.

``dispatch``: trials a minute with 1, 2 and 8 workers whose trials wait a second and compute nothing: what handing out
and recording leave of the workers' time.
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE.parents[1]), str(_HERE.parent / "real")]

import keras  # noqa: E402
import record  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402

from autonas.arch.starters import residual_cnn  # noqa: E402
from autonas.data import image_dataset  # noqa: E402
from autonas.estimators.recipes import ORACLES  # noqa: E402
from autonas.runtime.evaluator import Result  # noqa: E402
from autonas.runtime.evaluators import Lengths, NetworkEvaluator  # noqa: E402
from autonas.runtime.schedule import Span  # noqa: E402
from autonas.runtime.train import Recipe  # noqa: E402
from autonas.space import MorphSpace  # noqa: E402
from autonas.tuner import ProcessSlots, SearchOracle, SearchTuner  # noqa: E402
from autonas.tuner.watcher import TrialEnded, TrialStarted, Unwatched  # noqa: E402

SKIPPED = 2  # first trials, in which TensorFlow itself warms up
PARTS = ("checkpoint", "recording", "proposing", "building", "first_step")


class Stamps(keras.callbacks.Callback):
    """Writes down when a training run begins, has done a step, and ends, on the clock that all processes share."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.fresh = path, True

    def on_train_begin(self, logs: object = None) -> None:
        """A run begins."""
        self.fresh = True
        self._stamp("begun")

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        """A step is done."""
        if self.fresh:
            self._stamp("stepped")
        self.fresh = False

    def on_train_end(self, logs: object = None) -> None:
        """A run ends."""
        self._stamp("trained")

    def _stamp(self, what: str) -> None:
        with Path(self.path).open("a") as file:
            file.write(json.dumps([what, time.monotonic()]) + "\n")


class Heard(ProcessSlots):
    """Slots that say when the caller heard of a trial's end."""

    stamps: list[float]

    def wait(self, seconds: float) -> object:
        """Wait, and take the time of every report."""
        reports = super().wait(seconds)
        self.stamps += [time.monotonic()] * len(reports)
        return reports


class Clock(Unwatched):
    """Takes the time when a trial was recorded, and when it was proposed."""

    def __init__(self) -> None:
        self.recorded: list[float] = []
        self.proposed: list[float] = []

    def started(self, event: TrialStarted) -> None:
        """It was proposed."""
        self.proposed.append(time.monotonic())

    def ended(self, event: TrialEnded) -> None:
        """It was recorded."""
        self.recorded.append(time.monotonic())


def main() -> None:
    """Measure both and print the lines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=8, help="0 leaves ``between`` out")
    parser.add_argument("--steps", type=int, default=40, help="gradient steps a trial")
    parser.add_argument("--proposals", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        if arguments.trials:
            print(json.dumps(between(arguments)), file=out, flush=True)
        for slots in (1, 8, 64):
            print(json.dumps(proposals(slots, arguments)), file=out, flush=True)
        for workers in (1, 2, 8):
            print(json.dumps(dispatch(workers, arguments)), file=out, flush=True)


def between(arguments: argparse.Namespace) -> dict[str, object]:
    """The line of what goes by between two trials."""
    surroundings, load = record.surroundings(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        stamps, clock = Path(folder) / "stamps", Clock()
        slots = Heard(1)
        slots.stamps = []
        with contextlib.closing(slots):
            SearchTuner(
                SearchOracle(_strategy(), "val_accuracy", arguments.trials, arguments.seed),
                _evaluator(arguments, Stamps(str(stamps))),
                folder,
                "search",
                watch=clock,
                slots=slots,
            ).search()
        written = [json.loads(line) for line in stamps.read_text().splitlines()]
    at = {what: [when for name, when in written if name == what] for what in ("begun", "stepped", "trained")}
    seconds = {name: [] for name in PARTS}
    for n in range(SKIPPED, arguments.trials - 1):
        moments = (at["trained"][n], slots.stamps[n], clock.recorded[n], clock.proposed[n + 1])
        moments += (at["begun"][n + 1], at["stepped"][n + 1])
        for name, begin, end in zip(PARTS, moments, moments[1:], strict=False):
            seconds[name].append(end - begin)
    parts = {name: round(statistics.median(values), 3) for name, values in seconds.items()}
    whole = round(statistics.median(map(sum, zip(*seconds.values(), strict=True))), 3)
    return {"what": "between", **parts, "whole": whole, "trials": arguments.trials, "load": load, **surroundings}


def proposals(slots: int, arguments: argparse.Namespace) -> dict[str, object]:
    """The line of how many networks are proposed in a second with so many pending."""
    surroundings, load = record.surroundings(), os.getloadavg()[0]
    oracle = SearchOracle(_strategy(), "val_accuracy", None, arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        oracle._set_project_dir(folder, "search")
        pending = [oracle.create_trial(f"slot-{slot}") for slot in range(slots)]
        begun, cpu = time.perf_counter(), time.process_time()
        for n in range(arguments.proposals):
            trial = pending.pop(0)
            parameters = oracle.proposal(trial.trial_id).architecture.parameters
            oracle.update_trial(trial.trial_id, {"val_accuracy": 1.0 - 1.0 / parameters})
            trial.status = "COMPLETED"
            oracle.end_trial(trial)
            pending.append(oracle.create_trial(f"slot-{n % slots}"))
        seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return {
        "what": "proposals",
        "slots": slots,
        "proposals": arguments.proposals,
        "a_second": round(arguments.proposals / seconds, 2),
        "a_cpu_second": round(arguments.proposals / cpu, 2),
        "load": load,
        **surroundings,
    }


class Waiting:
    """Trials that wait."""

    def evaluate(self, proposal: object, *, folder: Path, **task: object) -> Result:
        """Wait a second."""
        time.sleep(1.0)
        metrics = {"val_accuracy": 1.0 - 1.0 / proposal.architecture.parameters}
        return Result(metrics, 1.0, 1.0, {}, proposal.architecture.parameters, proposal.architecture.flops)

    def remember(self, curve: object, warm: bool) -> None:
        """Forget it."""


def dispatch(workers: int, arguments: argparse.Namespace) -> dict[str, object]:
    """The line of so many workers that wait."""
    surroundings, load, trials = record.surroundings(), os.getloadavg()[0], 12 * workers
    strategy = ORACLES["random"].strategy.on(MorphSpace((residual_cnn((8, 8, 1), 10, width=8),)))
    oracle = SearchOracle(strategy, "val_accuracy", trials, arguments.seed)
    slots = ProcessSlots(workers, modules=())
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(slots):
        slots.start()
        tuner = SearchTuner(oracle, Waiting(), folder, "search", slots=slots)
        slots.settle(600.0)
        begun = time.perf_counter()
        tuner.search()
        seconds = time.perf_counter() - begun
    found = {
        "what": "dispatch",
        "workers": workers,
        "trials": trials,
        "trials_a_minute": round(60 * trials / seconds, 1),
    }
    return {**found, "load": load, **surroundings}


def _strategy() -> object:
    return ORACLES["bayesian"].strategy.on(MorphSpace((residual_cnn((8, 8, 1), 10, width=8),)))


def _evaluator(arguments: argparse.Namespace, stamps: Stamps) -> NetworkEvaluator:
    images, labels = load_digits(return_X_y=True)
    data = image_dataset(images.reshape(-1, 8, 8), labels, task="classification", seed=arguments.seed)
    span = Span(arguments.steps, None)
    return NetworkEvaluator(
        data,
        Recipe(task="classification", batch_size=64, seed=arguments.seed, callbacks=(stamps,)),
        Lengths(scratch=span, warm=span),
        metric="val_accuracy",
        maximise=True,
        clock=time.monotonic,
    )


if __name__ == "__main__":
    main()

"""A strategy and an evaluator in closed form: no layer is built, so a search of many trials takes milliseconds."""

import dataclasses
from pathlib import Path

import numpy as np

from autonas.arch import Architecture, node
from autonas.morph import Widen
from autonas.runtime.evaluator import Progress, Result, TrialFailed
from autonas.search.strategy import Proposal


def network(units: int) -> Architecture:
    """A tiny network, different for each number of units."""
    return Architecture(
        (
            node("image", "input", shape=(2, 2, 1)),
            node("flat", "flatten", "image"),
            node("hidden", "dense", "flat", units=units),
            node("relu", "relu", "hidden"),
            node("logits", "dense", "relu", units=2),
        ),
        ("logits",),
    )


def units_of(architecture: Architecture) -> int:
    return architecture["hidden"]["units"]


@dataclasses.dataclass(frozen=True)
class Told:
    """A state that remembers everything, so that replays can be compared."""

    observations: tuple = ()


@dataclasses.dataclass(frozen=True)
class Ladder:
    """Proposes at most `rungs` networks of random widths, each a child of the best one so far where it is wider."""

    rungs: int = 1000

    def start(self) -> Told:
        return Told()

    def ask(self, state: Told, rng: np.random.Generator) -> Proposal | None:
        known = {units_of(seen.proposal.architecture) for seen in state.observations}
        if len(known) >= self.rungs:
            return None
        units = int(rng.choice([n for n in range(4, 5 + len(known) * 3) if n not in known]))
        done = [seen for seen in state.observations if seen.status == "completed"]
        best = max(done, key=lambda seen: seen.score, default=None)
        if best is None or units_of(best.proposal.architecture) >= units:
            return Proposal(network(units))
        edits = (Widen("hidden", units),)
        return Proposal(edits[0].apply(best.proposal.architecture), best.trial_id, edits)

    def tell(self, state: Told, observation) -> Told:
        return Told((*state.observations, observation))


class FakeEvaluator:
    """Scores a network by its width; what happens at a chosen trial is said by the trial's id.

    `log` is a file with a line for each evaluation that came to its end.
    """

    def __init__(self, log: Path | None = None, **events):
        self.log, self.events, self.calls = log, {name.removeprefix("at_"): what for name, what in events.items()}, []

    def evaluate(self, proposal, *, trial_id, folder, parent_folder, seconds, watch):
        self.calls.append((trial_id, proposal, folder, parent_folder, seconds))
        watch(Progress(1, 2, metric=0.5, loss=1.0))
        if trial_id in self.events:
            self.events[trial_id]()
        (folder / "weights.npz").write_text("weights")
        if self.log is not None:
            with self.log.open("a") as file:
                file.write(f"{trial_id} {units_of(proposal.architecture)}\n")
        units = units_of(proposal.architecture)
        seconds_spent = {"gradient_steps": 1.5, "validation": 0.5}
        metrics = {"val_accuracy": 1 - 1 / units, "val_loss": 1 / units}
        return Result(metrics, 2.0, 4.0, seconds_spent, proposal.architecture.parameters, 0, (metrics,))

    def remember(self, curve, warm):
        pass

    def load(self, architecture, folder):
        return units_of(architecture), (folder / "weights.npz").read_text()


def fail():
    raise TrialFailed("the loss was not finite at step 3")


def crash():
    raise ValueError("a shape [2, 3] does not fit")


def interrupt():
    raise KeyboardInterrupt

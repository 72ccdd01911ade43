"""Evaluators: what a trial does with a proposed network. Warm: its parent's weights through the edits, then a short
run. Scratch: fresh weights, a full run."""

from __future__ import annotations

import dataclasses
import gc
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

from autonas.arch import Architecture, from_json, initial_weights, to_json
from autonas.data import Dataset
from autonas.errors import ArchitectureError, DirectoryError
from autonas.morph import Arrays, Inheritance, inherit
from autonas.runtime.calibrate import settle_new
from autonas.runtime.clock import Clock
from autonas.runtime.compile import compile_architecture
from autonas.runtime.devices import strategy_of
from autonas.runtime.evaluator import Curve, OutOfMemory, Progress, Result
from autonas.runtime.files import read_json, write_json
from autonas.runtime.hopeless import Finished, verdict
from autonas.runtime.linear import solvable, solve
from autonas.runtime.schedule import Schedule, Span
from autonas.runtime.train import Recipe, Run, train
from autonas.runtime.weights import get_weights, load_weights, save_weights, set_weights
from autonas.search.strategy import Proposal

WEIGHTS, NETWORK = "weights.npz", "network.json"


@dataclasses.dataclass(frozen=True)
class Lengths:
    """How long trials train: from scratch, and from inherited weights."""

    scratch: Span
    warm: Span

    @property
    def worthwhile_seconds(self) -> float:
        """The least time left with which another trial is worth its start."""
        return 0.6 * self.warm.seconds if self.warm.seconds is not None else 0.0


class NetworkEvaluator:
    """Trains proposed networks on one dataset, each in this process.

    Args:
        data: what to train and validate on.
        recipe: how.
        lengths: how long.
        metric: the validation metric that trials are compared by.
        maximise: whether more of it is better.
        start: ``warm`` inherits the parent's weights where there is a parent; ``scratch`` never does.
        clock: tells seconds.
        initial: the weights of a network that inherits none (``initial_weights``: fresh ones).
        noise: symmetry-breaking noise for inherited units (`autonas.morph.Inheritance`).
        stop_hopeless: whether a run ends where it cannot become the best any more (`autonas.runtime.hopeless`).
    """

    def __init__(
        self,
        data: Dataset,
        recipe: Recipe,
        lengths: Lengths,
        *,
        metric: str,
        maximise: bool,
        clock: Clock,
        start: Literal["warm", "scratch"] = "warm",
        initial: Callable[[Architecture, np.random.Generator], Arrays] = initial_weights,
        noise: float = 1.0,
        stop_hopeless: bool = True,
    ) -> None:
        self._data, self._recipe, self._lengths, self._clock = data, recipe, lengths, clock
        self._metric, self._maximise, self._start, self._noise = metric, maximise, start, noise
        self._initial, self._stop_hopeless = initial, stop_hopeless
        self._finished: list[Finished] = []

    def evaluate(
        self,
        proposal: Proposal,
        *,
        trial_id: str,
        folder: Path,
        parent_folder: Path | None,
        seconds: float | None,
        watch: Callable[[Progress], None],
    ) -> Result:
        """Train ``proposal`` and write its weights; see `autonas.runtime.evaluator.Evaluator`.

        Where memory does not suffice it is tried once more, at half the batch size.
        """
        strategy_of(self._recipe.distribution)  # it configures devices, before anything runs on one
        size = self._recipe.batch_size
        for recipe in (self._recipe, dataclasses.replace(self._recipe, batch_size=max(size // 2, 1))):
            try:
                return self._evaluate(recipe, proposal, trial_id, folder, parent_folder, seconds, watch)
            except (tf.errors.ResourceExhaustedError, MemoryError) as error:
                reason = str(error)
            finally:
                release()
        raise OutOfMemory(
            f"The network must fit in memory. Received: {proposal.architecture.parameters:,} parameters, "
            f"and batches of {size} and {recipe.batch_size} ({reason})."
        )

    def load(self, architecture: Architecture, folder: Path) -> keras.Model:
        """Return the trained network of the trial in ``folder``."""
        model = compile_architecture(architecture)
        set_weights(model, architecture, load_weights(folder / WEIGHTS, architecture))
        return model

    def remember(self, curve: Curve, warm: bool) -> None:
        """Take a finished trial's curve into account when judging whether later ones are hopeless."""
        self._finished.append(Finished(curve, warm and self._start == "warm"))

    def _evaluate(
        self,
        recipe: Recipe,
        proposal: Proposal,
        trial_id: str,
        folder: Path,
        parent_folder: Path | None,
        seconds: float | None,
        watch: Callable[[Progress], None],
    ) -> Result:
        if solvable(proposal.architecture, self._data, recipe.task, recipe.scoring):
            return self._solve(proposal.architecture, folder)
        begun, rng = self._clock(), trial_generator(recipe.seed, trial_id)
        parent = _parent(parent_folder) if self._start == "warm" and parent_folder is not None else None
        warm = parent is not None
        model = compile_architecture(proposal.architecture, precision=recipe.precision)
        built = self._clock()
        before = self._begin(model, proposal, rng) if parent is None else self._inherit(model, proposal, parent, rng)
        inherited = self._clock()
        run = self._train(model, recipe, warm, seconds, trial_id, watch)
        trained = self._clock()
        done = before + run.epochs
        store_network(folder, proposal.architecture, get_weights(model, proposal.architecture), done)
        self.remember(run.curve, warm)
        spent = {
            **run.seconds,
            "compile": run.seconds["compile"] + built - begun,
            "inheritance": inherited - built,
            "checkpoint": self._clock() - trained,
        }
        return Result(
            metrics=run.metrics,
            epochs=run.epochs,
            cumulative_epochs=done,
            seconds=spent,
            parameters=proposal.architecture.parameters,
            flops=proposal.architecture.flops,
            curve=run.curve,
            stopped=run.stopped,
        )

    def _solve(self, architecture: Architecture, folder: Path) -> Result:
        """Solve a network that can be; it needs no more time than a few epochs of any other."""
        begun = self._clock()
        solution = solve(architecture, self._data, self._recipe.task, self._recipe.scoring)
        solved = self._clock()
        epochs = float(solution.rounds)
        store_network(folder, architecture, solution.weights, epochs)
        curve: Curve = ({"progress": 1.0, **solution.metrics},)
        self.remember(curve, warm=False)
        return Result(
            metrics=solution.metrics,
            epochs=epochs,
            cumulative_epochs=epochs,
            seconds={"gradient_steps": solved - begun, "checkpoint": self._clock() - solved},
            parameters=architecture.parameters,
            flops=architecture.flops,
            curve=curve,
        )

    def _begin(self, model: keras.Model, proposal: Proposal, rng: np.random.Generator) -> float:
        """Give ``model`` its first weights; return the epochs behind it: none."""
        set_weights(model, proposal.architecture, self._initial(proposal.architecture, rng))
        return 0.0

    def _inherit(self, model: keras.Model, proposal: Proposal, parent: Network, rng: np.random.Generator) -> float:
        """Give ``model`` its parent's weights through the edits; return the epochs behind them."""
        architecture, weights, epochs = parent
        inherited = inherit(proposal.edits, architecture, weights, Inheritance(rng, noise=self._noise))
        set_weights(model, proposal.architecture, inherited)
        settle_new(model, proposal.architecture, inherited.keys() - weights.keys(), self._data)
        return epochs

    def _train(
        self,
        model: keras.Model,
        recipe: Recipe,
        warm: bool,
        seconds: float | None,
        trial_id: str,
        watch: Callable[[Progress], None],
    ) -> Run:
        recipe = dataclasses.replace(recipe, seed=_number(recipe.seed, trial_id))
        schedule = Schedule(recipe.warm_rate, warmup=0.1) if warm else Schedule(recipe.rate)
        return train(
            model,
            self._data,
            recipe,
            schedule,
            _shorter(self._lengths.warm if warm else self._lengths.scratch, seconds),
            clock=self._clock,
            watch=watch,
            hopeless=lambda curve: self._verdict(curve, warm),
        )

    def _verdict(self, curve: Curve, warm: bool) -> str | None:
        finished = self._finished if self._stop_hopeless else ()
        return verdict(curve, finished, warm, self._metric, self._maximise)


Network = tuple[Architecture, Arrays, float]
"""An architecture, its weights and the epochs behind them."""


def _parent(folder: Path) -> Network | None:
    """Return the parent in ``folder``, or where it cannot be read None, with a warning."""
    try:
        return stored_network(folder)
    except (DirectoryError, ArchitectureError) as error:
        warnings.warn(f"{error} The trial begins from scratch.", stacklevel=2)
        return None


def stored_network(folder: Path) -> Network:
    """Return the network of the trial in ``folder``.

    Raises:
        DirectoryError, ArchitectureError: a file is missing or damaged.
    """
    document = read_json(folder / NETWORK)
    architecture = from_json(document["architecture"])
    return architecture, load_weights(folder / WEIGHTS, architecture), float(document["epochs"])


def release() -> None:
    """Let go of every model, optimiser and dataset that is no longer named.

    Not `keras.backend.clear_session`: it would also reset what the user has set, such as the dtype policy and the seed.
    """
    gc.collect()


def store_network(folder: Path, architecture: Architecture, weights: Arrays, epochs: float) -> None:
    """Write what `stored_network` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    save_weights(weights, folder / WEIGHTS)
    write_json(folder / NETWORK, {"architecture": to_json(architecture), "epochs": epochs})


def _shorter(span: Span, seconds: float | None) -> Span:
    """Return ``span`` with its seconds bounded by ``seconds``."""
    bounds = [bound for bound in (span.seconds, seconds) if bound is not None]
    return Span(span.steps, min(bounds, default=None))


def _number(seed: int, trial_id: str) -> int:
    """A seed for one trial: the same wherever and whenever the trial runs."""
    return zlib.crc32(f"{seed}/{trial_id}".encode())


def trial_generator(seed: int, trial_id: str) -> np.random.Generator:
    """Return a trial's random numbers: the same wherever and whenever it runs."""
    return np.random.default_rng(_number(seed, trial_id))

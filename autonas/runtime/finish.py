"""Finishing: the best network of a search is trained further for one whole annealing cycle; the result is kept only
where it validates better.

Three candidates meet on the validation part: the network as the search left it, after the cycle, and with weights
averaged over the cycle's last part (stochastic weight averaging, Izmailov et al. 2018, with batch norms recalibrated,
section 3.2). So what the user gets never validates worse than the best trial.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal

import keras
import numpy as np

from autonas.arch import Architecture
from autonas.data import Dataset, Part
from autonas.morph import Arrays
from autonas.runtime.calibrate import recalibrate
from autonas.runtime.clock import Clock
from autonas.runtime.compile import compile_architecture
from autonas.runtime.evaluator import Progress, TrialFailed
from autonas.runtime.linear import solvable, solve, solve_again
from autonas.runtime.metrics import outputs, validation_metrics
from autonas.runtime.schedule import Schedule, Span
from autonas.runtime.train import Recipe, Run, train
from autonas.runtime.weights import get_weights, set_weights

AVERAGE_FROM = 0.75
AVERAGE_EVERY = 4  # steps
Source = Literal["search", "cycle", "average"]


@dataclasses.dataclass(frozen=True)
class Finish:
    """What finishing gave.

    Attributes:
        source: which candidate was kept: as the ``search`` left it, after the ``cycle``, or the ``average``.
        weights: its arrays.
        metrics: its validation metrics.
        run: the training run, or None where it failed.
        seconds: where the time went, by kind.
    """

    source: Source
    weights: Arrays
    metrics: dict[str, float]
    run: Run | None
    seconds: dict[str, float]


def finish(
    architecture: Architecture,
    weights: Arrays,
    data: Dataset,
    recipe: Recipe,
    span: Span,
    *,
    metric: str,
    maximise: bool,
    clock: Clock,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Finish:
    """Train ``weights`` further over ``span`` and return the best of the three candidates by ``metric``.

    A cycle that fails (loss not finite) leaves the network as the search had it, and so does one that was solved.
    """
    begun = clock()
    if solvable(architecture, data, recipe.task, recipe.scoring):
        solution = solve(architecture, data, recipe.task, recipe.scoring)
        run = Run(solution.metrics, float(solution.rounds), (), {})
        return Finish("search", solution.weights, solution.metrics, run, {"gradient_steps": clock() - begun})
    model = compile_architecture(architecture, precision=recipe.precision)
    set_weights(model, architecture, weights)
    built = clock()
    candidates: dict[Source, tuple[dict[str, float], Arrays]] = {"search": (_validate(model, data, recipe), weights)}
    validated = clock()
    average = _Average()
    try:
        run = train(model, data, recipe, cycle(recipe), span, clock=clock, watch=watch, after_step=average.take)
    except TrialFailed:
        return Finish("search", weights, candidates["search"][0], None, {"gradient_steps": clock() - validated})
    trained = clock()
    candidates["cycle"] = (run.metrics, get_weights(model, architecture))
    if average.taken:
        average.put(model)
        recalibrate(model, data, recipe.batch_size, recipe.seed)
        candidates["average"] = (_validate(model, data, recipe), get_weights(model, architecture))
    source = _best(candidates, metric, maximise)
    seconds = {
        **run.seconds,
        "compile": run.seconds["compile"] + built - begun,
        "validation": run.seconds["validation"] + validated - built + clock() - trained,
    }
    return Finish(source, candidates[source][1], candidates[source][0], run, seconds)


def refit(
    architecture: Architecture,
    weights: Arrays,
    data: Dataset,
    recipe: Recipe,
    span: Span,
    source: Source,
    *,
    clock: Clock,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Arrays:
    """Repeat a finishing cycle from ``weights`` with the validation part added to the training part.

    A network that is solved is solved again, with the strengths that the validation part chose.

    Nothing is left to judge by, so the candidate that won the judged cycle (``source``) is taken again.

    Raises:
        TrialFailed: the loss or an output is not finite.
    """
    if solvable(architecture, data, recipe.task, recipe.scoring):
        chosen = solve(architecture, data, recipe.task, recipe.scoring)
        return solve_again(architecture, data.everything(), recipe.task, chosen.strengths)
    model = compile_architecture(architecture, precision=recipe.precision)
    set_weights(model, architecture, weights)
    average, part = _Average(), data.everything()
    train(model, data, recipe, cycle(recipe), span, part=part, clock=clock, watch=watch, after_step=average.take)
    if source == "average":
        average.put(model)
        recalibrate(model, data, recipe.batch_size, recipe.seed)
    return get_weights(model, architecture)


def cycle(recipe: Recipe) -> Schedule:
    """The learning rate of a finishing cycle: a short warm-up, then down."""
    return Schedule(recipe.finish_rate, warmup=0.1)


class _Average:
    """The mean of a model's trainable variables over the last part of a run."""

    def __init__(self) -> None:
        self._sums: list[np.ndarray] = []
        self.taken, self._steps = 0, 0

    def take(self, model: keras.Model, progress: float) -> None:
        """Add the variables as they are now, if the run is in its last part."""
        self._steps += 1
        if progress < AVERAGE_FROM or (self._steps % AVERAGE_EVERY and progress < 1.0):
            return
        arrays = [keras.ops.convert_to_numpy(variable).astype(np.float64) for variable in model.trainable_variables]
        self._sums = [total + array for total, array in zip(self._sums, arrays, strict=True)] if self._sums else arrays
        self.taken += 1

    def put(self, model: keras.Model) -> None:
        """Give ``model`` the mean."""
        for variable, total in zip(model.trainable_variables, self._sums, strict=True):
            variable.assign((total / self.taken).astype(np.float32))


def _validate(model: keras.Model, data: Dataset, recipe: Recipe) -> dict[str, float]:
    part: Part = data.validation
    return validation_metrics(outputs(model, part, data.schema), part, recipe.task, recipe.scoring)


def _best(candidates: dict[Source, tuple[dict[str, float], Arrays]], metric: str, maximise: bool) -> Source:
    """The candidate with the best metric, the earlier one where two are equal; one that is not finite never wins."""
    sign = 1.0 if maximise else -1.0
    scores = {name: sign * metrics[metric] for name, (metrics, _) in candidates.items()}
    return max(scores, key=lambda name: scores[name] if np.isfinite(scores[name]) else -np.inf)

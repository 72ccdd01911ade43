"""One search from a dataset to the best network: pace, plan, trials, finishing. What `fit` does between checking and
wrapping up."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path
from typing import Any

import keras

from autonas.arch import Architecture
from autonas.data import Dataset, light_augmentation
from autonas.estimators.finished import Stored, read_finished, write_finished
from autonas.estimators.identity import fingerprint
from autonas.estimators.pace import find_pace
from autonas.estimators.recipes import image_starter
from autonas.estimators.settings import Settings
from autonas.morph import Arrays
from autonas.report import Display
from autonas.runtime.clock import Clock, Deadline
from autonas.runtime.evaluators import NetworkEvaluator, release, stored_network
from autonas.runtime.finish import Finish, finish, refit
from autonas.runtime.plan import Plan, make_plan
from autonas.runtime.schedule import Span
from autonas.runtime.train import Recipe
from autonas.space import MorphSpace
from autonas.tuner import SearchOracle, SearchTuner
from autonas.tuner.fingerprint import claim

LEAST_SEARCH = 2.0  # seconds that the first trial gets however short the limit: a fitted estimator can predict


@dataclasses.dataclass(frozen=True)
class Job:
    """All that a search needs to know.

    Attributes:
        data: what to learn from.
        task: ``classification`` or ``regression``.
        outputs: number of classes or values.
        settings: what the user set.
        seed: of everything random.
        folder: where the search lives, named ``directory/project``.
        overwrite: whether to remove an earlier search there.
        epochs, batch_size, callbacks: the user's wishes for training runs, or None and ().
        clock, deadline: what time it is, and when `fit` must end.
    """

    data: Dataset
    task: str
    outputs: int
    settings: Settings
    seed: int
    folder: Path
    overwrite: bool
    epochs: float | None
    batch_size: int | None
    callbacks: tuple[keras.callbacks.Callback, ...]
    clock: Clock
    deadline: Deadline


@dataclasses.dataclass(frozen=True)
class Found:
    """What a search ends with.

    Attributes:
        architecture, weights: the network.
        metrics: its validation metrics.
        trial_id: the trial it comes from.
        source: whether finishing improved it: ``search``, ``cycle`` or ``average``.
        tuner: the KerasTuner tuner that ran the trials.
        plan: how the time was shared out.
        seconds: where this fit's time went, by kind, as far as the search knows.
    """

    architecture: Architecture
    weights: Arrays
    metrics: dict[str, float]
    trial_id: str
    source: str
    tuner: SearchTuner
    plan: Plan
    seconds: dict[str, float]


def search(job: Job, shown: Display) -> Found:
    """Run trials and finishing.

    Raises:
        SearchFailed: every trial failed.
        KeyboardInterrupt: Ctrl-C before there was any network.
    """
    begun = job.clock()
    claim(job.folder, _fingerprint(job), job.overwrite)
    recipe = _recipe(job)
    shown.stage("measuring this machine's pace")
    pace = find_pace(
        job.folder,
        image_starter(job.data.schema.shape, job.outputs),
        job.data,
        batch_size=recipe.batch_size,
        time_limit=job.settings.time_limit,
        max_params=job.settings.max_params,
        clock=job.clock,
    )
    first, recipe = pace.first, dataclasses.replace(recipe, precision=pace.precision)
    plan = make_plan(
        rate=pace.rate,
        examples=len(job.data.train),
        batch_size=recipe.batch_size,
        first=first,
        seconds=job.settings.time_limit,
        epochs=job.epochs,
        halves=2 if job.settings.refit else 1,
    )
    measured = job.clock()
    tuner = _tuner(job, recipe, plan, first, shown)
    known = _finished_trials(tuner)
    tuner.search()
    best = tuner.best_trial()
    if best is None:
        raise KeyboardInterrupt  # nothing has finished, and something stopped the search
    found = _finish(job, recipe, plan, tuner, best.trial_id, known, shown)
    seconds = {"measuring pace": measured - begun, **tuner.seconds}
    for name in _finished_trials(tuner) - known:
        result = tuner.result(name)
        _add(seconds, result.seconds if result else {})
    _add(seconds, found.seconds)
    release()
    return dataclasses.replace(found, seconds=seconds)


def _recipe(job: Job) -> Recipe:
    part, classes = job.data.train, job.task == "classification"
    return Recipe(
        task=job.task,  # type: ignore[arg-type]
        batch_size=job.batch_size or default_batch_size(len(part)),
        augment=light_augmentation(part.x, part.y, stratify=classes, seed=job.seed),
        seed=job.seed,
        callbacks=job.callbacks,
    )


def default_batch_size(examples: int) -> int:
    """Return 64; twice that where data are many, and less where an epoch would have fewer than some thirty steps."""
    return next((size for size, least in ((128, 32_768), (64, 2_048), (32, 1_024)) if examples >= least), 16)


def _tuner(job: Job, recipe: Recipe, plan: Plan, first: Architecture, shown: Display) -> SearchTuner:
    settings = job.settings
    space = MorphSpace((first,), max_parameters=settings.max_params, max_flops=plan.max_flops)
    oracle = SearchOracle(settings.recipe.strategy.on(space), settings.objective, settings.max_trials, job.seed)
    evaluator = NetworkEvaluator(
        job.data,
        recipe,
        plan.lengths,
        metric=settings.objective.name,
        maximise=settings.maximise,
        clock=job.clock,
        start=settings.recipe.start,
    )
    tuner = SearchTuner(
        oracle,
        evaluator,
        job.folder.parent,
        job.folder.name,
        fingerprint=_fingerprint(job),
        worthwhile_s=plan.worthwhile_seconds,
        watch=shown,
    )
    _take_up(job, plan, tuner, evaluator)
    return tuner


def _take_up(job: Job, plan: Plan, tuner: SearchTuner, evaluator: NetworkEvaluator) -> None:
    """Let earlier runs of this search count: their curves, and the time that their trials have used."""
    spent = 0.0
    for name in sorted(_finished_trials(tuner)):
        result, proposal = tuner.result(name), tuner.oracle.proposal(name)
        if result is not None:
            spent += sum(result.seconds.values())
            evaluator.remember(result.curve, proposal.parent is not None and job.settings.recipe.start == "warm")
    if plan.search_seconds is None:
        return
    left = plan.search_seconds - job.deadline.elapsed() - spent
    if tuner.best_trial() is None and left < LEAST_SEARCH + tuner.worthwhile_s:
        left, tuner.worthwhile_s = max(left, LEAST_SEARCH), 0.0
    tuner.deadline = Deadline(job.clock, max(left, 0.0))


def _finish(
    job: Job, recipe: Recipe, plan: Plan, tuner: SearchTuner, trial_id: str, known: frozenset[str], shown: Display
) -> Found:
    """Finish the best trial, or what an earlier run made of it where that is still better."""
    settings = job.settings
    metric, sign = settings.objective.name, 1.0 if settings.maximise else -1.0
    best, earlier = _stored_trial(tuner, trial_id), read_finished(job.folder)
    if earlier is not None and sign * earlier.metrics[metric] >= sign * best.metrics[metric]:
        best = earlier
    found = Found(best.architecture, best.weights, best.metrics, best.trial_id, best.source, tuner, plan, {})
    span = _span(job, plan, tuner, best, resumed=bool(known))
    nothing_new = earlier is not None and _finished_trials(tuner) == known
    if tuner.interrupted or nothing_new or span is None:
        return found
    shown.stage("finishing the best network")
    try:
        end = finish(
            best.architecture,
            best.weights,
            job.data,
            recipe,
            span,
            metric=metric,
            maximise=settings.maximise,
            clock=job.clock,
            watch=shown.progressed,
        )
        found = _finished(found, best, end)
        if settings.refit == "all" and end.run is not None:
            shown.stage("training on all data")
            weights = refit(
                best.architecture,
                best.weights,
                job.data,
                recipe,
                span,
                end.source,
                clock=job.clock,
                watch=shown.progressed,
            )
            found = dataclasses.replace(found, weights=weights)
    except KeyboardInterrupt:
        return found
    except Exception as error:  # noqa: BLE001 - told below; a search of hours is not lost to what breaks in its last minute
        _tell_of(error)
        return found
    write_finished(job.folder, Stored(found.architecture, found.weights, found.metrics, found.trial_id, found.source))
    return found


def _tell_of(error: Exception) -> None:
    said = f"Finishing must run to its end to count. Received: {type(error).__name__}: {error}"
    remedy = "You get the best network so far; call fit again with the same directory to finish it"
    warnings.warn(f"{said.rstrip('.')}. {remedy}.", UserWarning, stacklevel=5)


def _finished(found: Found, best: Stored, end: Finish) -> Found:
    source = best.source if end.source == "search" else end.source
    return dataclasses.replace(found, weights=end.weights, metrics=end.metrics, source=source, seconds=end.seconds)


def _span(job: Job, plan: Plan, tuner: SearchTuner, best: Stored, resumed: bool) -> Span | None:
    """How long finishing may train, so that what must follow still fits; None where nothing is left."""
    left = job.deadline.left()
    if left is None:
        return plan.finish
    result = tuner.result(best.trial_id)
    spent = result.seconds if result else {}
    validations = max(len(result.curve), 1) if result else 1
    around = 1.0 + 2.0 * spent.get("compile", 0.0) + 5.0 * spent.get("validation", 0.0) / validations
    cycles = 2 if job.settings.refit else 1
    seconds = left / cycles - around
    if resumed and plan.finish.seconds is not None:
        seconds = min(seconds, plan.finish.seconds)
    return Span(plan.finish.steps, seconds) if seconds > 1.0 else None


def _stored_trial(tuner: SearchTuner, trial_id: str) -> Stored:
    architecture, weights, _ = stored_network(tuner.trial_folder(trial_id))
    result = tuner.result(trial_id)
    metrics = dict(result.metrics) if result else {}
    return Stored(architecture, weights, metrics, trial_id, "search")


def _finished_trials(tuner: SearchTuner) -> frozenset[str]:
    return frozenset(name for name, trial in tuner.oracle.trials.items() if trial.status in ("COMPLETED", "FAILED"))


def _fingerprint(job: Job) -> dict[str, Any]:
    settings = job.settings
    oracle = f"{dataclasses.replace(settings.recipe.strategy, space=None)!r}, {settings.recipe.start}"
    return fingerprint(job.data, job.task, settings.objective.name, oracle, job.seed)


def _add(total: dict[str, float], more: dict[str, float]) -> None:
    for name, seconds in more.items():
        total[name] = total.get(name, 0.0) + seconds

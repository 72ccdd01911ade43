"""The last part of a search: the best network is finished with the time that is left, and kept beside the trials."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator

from autonas.arch import Architecture
from autonas.errors import DamagedFile, DirectoryError, SearchFailed, SettingError, message
from autonas.estimators.blending import blended, reserved, wanted
from autonas.estimators.finished import Stored, readable_finished, readable_network, write_finished
from autonas.estimators.job import Found, Job
from autonas.report import Display
from autonas.runtime.finish import finish, refit
from autonas.runtime.plan import Plan
from autonas.runtime.schedule import Span
from autonas.runtime.train import Recipe
from autonas.tuner import SearchTuner

LEAST = 1.0  # seconds; less is not worth a trace


def finish_best(
    job: Job, recipe: Recipe, plan: Plan, tuner: SearchTuner, new: bool, resumed: bool, shown: Display
) -> Found:
    """Finish the best network: the best trial's, or what an earlier run made of it where that is still better.

    Args:
        job, recipe, plan, tuner: the search.
        new: whether this run added a trial.
        resumed: whether an earlier run had added any.
        shown: told what goes on.
    """
    best, earlier = _best_trial(tuner, job.settings.max_params), readable_finished(job.folder)
    if earlier is not None and not _fits(earlier.architecture, job.settings.max_params):
        earlier = None  # it was made under another bound
    as_asked = earlier is not None and earlier.refitted == (job.settings.refit == "all")
    if earlier is not None and as_asked and not new:
        return _found(earlier, tuner, plan)
    # One trained on the validation part cannot be judged by it any more.
    if earlier is not None and not earlier.refitted and _is_at_least(job, earlier, best):
        best = earlier
    span = _span(job, plan, tuner, best, resumed)
    if tuner.interrupted or (span is None and not wanted(job)):
        return _found(best, tuner, plan)
    seconds: dict[str, float] = {}
    try:
        for done in _stages(job, recipe, span, tuner, best, seconds, shown):
            best = done  # so what stops the next stage leaves this one
    except KeyboardInterrupt:
        return _found(best, tuner, plan)
    except Exception as error:  # noqa: BLE001 - told below; a search of hours is not lost to what breaks at its end
        _tell_of(error)
        return _found(best, tuner, plan)
    if span is not None:  # else a later run, with more time, may still finish it
        _keep(job, best)
    return _found(best, tuner, plan, seconds)


def _keep(job: Job, best: Stored) -> None:
    try:
        write_finished(job.folder, best)
    except (OSError, DirectoryError) as error:  # a full disk, say
        warnings.warn(
            f"{error} You get the finished network, but no later fit will find it.", UserWarning, stacklevel=5
        )


def _stages(
    job: Job,
    recipe: Recipe,
    span: Span | None,
    tuner: SearchTuner,
    best: Stored,
    seconds: dict[str, float],
    shown: Display,
) -> Iterator[Stored]:
    """Yield ``best`` after finishing, for which there may be no ``span`` left, and where that is asked for after
    refitting, else after blending where the kind of data calls for it; time is added to ``seconds``."""
    settings, start, end = job.settings, best.weights, None
    if span is not None:
        shown.stage("finishing the best network")
        end = finish(
            best.architecture,
            start,
            job.data,
            recipe,
            span,
            metric=settings.objective.name,
            maximise=settings.maximise,
            clock=job.clock,
            watch=shown.progressed,
        )
        seconds.update(end.seconds)
        source = best.source if end.source == "search" else end.source
        best = dataclasses.replace(best, weights=end.weights, metrics=end.metrics, source=source)
        yield best
    if wanted(job):
        shown.stage("blending the best networks")
        begun = job.clock()
        best = blended(job, tuner, best)
        seconds["validation"] = seconds.get("validation", 0.0) + job.clock() - begun
        yield best
    if settings.refit != "all" or span is None or end is None or end.run is None:
        return
    shown.stage("training on all data")
    begun = job.clock()
    weights = refit(
        best.architecture,
        start,
        job.data,
        recipe,
        span,
        end.source,
        clock=job.clock,
        watch=shown.progressed,
    )
    seconds["gradient_steps"] = seconds.get("gradient_steps", 0.0) + job.clock() - begun
    yield dataclasses.replace(best, weights=weights, refitted=True)


def _tell_of(error: Exception) -> None:
    said = f"Finishing must run to its end to count. Received: {type(error).__name__}: {error}"
    remedy = "You get the best network so far; call fit again with the same directory to finish it"
    warnings.warn(f"{said.rstrip('.')}. {remedy}.", UserWarning, stacklevel=5)


def _span(job: Job, plan: Plan, tuner: SearchTuner, best: Stored, resumed: bool) -> Span | None:
    """How long finishing may train, so that what must follow still fits; None where nothing is left."""
    left = job.deadline.left()
    if left is None:
        return plan.finish
    result = tuner.result(best.trial_id)
    spent = result.seconds if result else {}
    validations = max(len(result.curve), 1) if result else 1
    around = 1.0 + 2.0 * spent.get("compile", 0.0) + 5.0 * spent.get("validation", 0.0) / validations
    seconds = left / (2 if job.settings.refit else 1) - around - reserved(job)
    if resumed and plan.finish.seconds is not None:
        seconds = min(seconds, plan.finish.seconds)
    return Span(plan.finish.steps, seconds) if seconds > LEAST else None


def _best_trial(tuner: SearchTuner, max_params: int | None) -> Stored:
    """Return the network of the best trial, of those within the bound whose weights can be read."""
    trials = tuner.oracle.get_best_trials(len(tuner.oracle.trials))
    if not trials:
        raise no_network(tuner)
    networks = {trial.trial_id: tuner.oracle.proposal(trial.trial_id).architecture for trial in trials}
    fitting = [trial for trial in trials if _fits(networks[trial.trial_id], max_params)]
    if not fitting:
        least = min(each.parameters for each in networks.values())
        remedy = "Raise max_trials or time_limit, so that smaller networks are tried, or raise the bound"
        raise SettingError(message("max_params", f"enough for a finished trial: {least} or more", max_params, remedy))
    for trial in fitting:
        network = readable_network(tuner.trial_folder(trial.trial_id))
        if network is not None:
            metrics = {name: trial.metrics.get_last_value(name) for name in trial.metrics.metrics}
            return Stored(*network, metrics, trial.trial_id, "search")
    raise DamagedFile(
        f"The weights of one completed trial at least must be readable. Received: {len(trials)} in "
        f"{str(tuner.project_dir)!r}, none of which is. Use overwrite=True to start anew."
    )


def no_network(tuner: SearchTuner) -> BaseException:
    """Return why a search has no network: Ctrl-C, or no time for a single trial."""
    if tuner.interrupted:
        return KeyboardInterrupt()
    return SearchFailed("time_limit must leave time for one trial. Received: one that left none. Use a longer one.")


def _fits(architecture: Architecture, max_params: int | None) -> bool:
    return max_params is None or architecture.parameters <= max_params


def _is_at_least(job: Job, one: Stored, other: Stored) -> bool:
    sign, name = (1.0 if job.settings.maximise else -1.0), job.settings.objective.name
    return sign * one.metrics[name] >= sign * other.metrics[name]


def _found(best: Stored, tuner: SearchTuner, plan: Plan, seconds: dict[str, float] | None = None) -> Found:
    return Found(
        best.architecture,
        best.weights,
        best.metrics,
        best.trial_id,
        best.source,
        tuner,
        plan,
        seconds or {},
        best.refitted,
    )

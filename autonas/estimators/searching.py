"""One search from a dataset to the best network: pace, plan, trials, finishing. What `fit` does between checking and
wrapping up."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from autonas.errors import SettingError, message
from autonas.estimators import facts
from autonas.estimators.blending import reserved
from autonas.estimators.designs import bound_strategy, families, search_space, trial_lengths
from autonas.estimators.distributing import for_replicas
from autonas.estimators.enas import Derived, derive, enas_families
from autonas.estimators.finishing import finish_best
from autonas.estimators.identity import fingerprint
from autonas.estimators.job import Found, Job
from autonas.estimators.kind import Family
from autonas.estimators.pace import Pace, find_pace, with_room
from autonas.report import Display
from autonas.runtime.clock import Deadline
from autonas.runtime.evaluators import NetworkEvaluator, release
from autonas.runtime.plan import Plan, make_plan
from autonas.runtime.quiet import quiet_tracing
from autonas.runtime.train import Recipe
from autonas.search import Enas, Reinforce
from autonas.tuner import SearchOracle, SearchTuner, fleet
from autonas.tuner.fingerprint import claim
from autonas.tuner.lock import locked

STARTING = 0.1  # share of the time that slots are waited for, so that the pace is measured undisturbed
LONG = 20.0  # epochs of one network from which on examples are made harder: before that it underfits
LEAST_SEARCH = 2.0  # seconds that the first trial gets however short the limit: a fitted estimator can predict


@quiet_tracing()
def search(job: Job, shown: Display) -> Found:
    """Run trials and finishing.

    Raises:
        SearchFailed: every trial failed.
        SettingError: the process is a worker of a KerasTuner fleet.
        DirectoryError: another search runs in the folder, or has left it.
        KeyboardInterrupt: Ctrl-C before there was any network.
    """
    if fleet.role() == "worker":
        remedy = "Run `autonas worker DIRECTORY`, which needs no script"
        raise SettingError(message("KERASTUNER_TUNER_ID", "chief where an estimator searches", "a worker's", remedy))
    begun = job.clock()
    strategy = job.settings.recipe.strategy
    enas = strategy if isinstance(strategy, Enas) else None
    first_designs = with_room(families(job) if enas is None else enas_families(job, enas), job.settings.max_params)
    with locked(job.folder):
        mark = _fingerprint(job)  # once: all data are read for it
        claim(job.folder, mark, job.overwrite)
        facts.begin(job)
        return _search(job, mark, shown, first_designs, enas, begun)


def _search(
    job: Job,
    mark: Mapping[str, Any],
    shown: Display,
    first_designs: tuple[Family, ...],
    enas: Enas | None,
    begun: float,
) -> Found:
    recipe = _recipe(job)
    if job.seconds is not None:
        shown.stage("starting")
        job.slots.settle(STARTING * job.seconds)
    shown.stage("measuring this machine's pace")
    pace = find_pace(
        job.folder,
        first_designs,
        job.data,
        batch_size=recipe.batch_size,
        time_limit=_share(job.seconds, job),
        max_params=job.settings.max_params,
        clock=job.clock,
        precisions=job.kind.precisions,
    )
    recipe = dataclasses.replace(recipe, precision=pace.precision)
    plan = make_plan(
        rate=_share(pace.rate, job),
        examples=len(job.data.train),
        batch_size=recipe.batch_size,
        first=pace.costliest,
        seconds=job.seconds,
        epochs=job.epochs,
        halves=2 if job.settings.refit else 1,
        starters=len(pace.firsts),
        effort=job.kind.effort,
    )
    if plan.epochs >= LONG and job.scoring.loss is None:  # not every loss takes the shares of two classes
        recipe = job.kind.long_recipe(recipe, job.data)
    measured = job.clock()
    derived = None if enas is None else derive(job, enas, recipe, plan, pace.costliest, shown)
    tuner = _tuner(job, mark, recipe, plan, pace, derived, shown)
    known = _finished_trials(tuner)
    if derived is not None and derived.interrupted:
        if tuner.best_trial() is None:
            raise KeyboardInterrupt
        tuner.interrupted = True
    else:
        tuner.search()
    found = finish_best(job, recipe, plan, tuner, _finished_trials(tuner) != known, bool(known), shown)
    seconds = {"measuring pace": measured - begun, **(derived.seconds if derived else {}), **tuner.seconds}
    for name in _finished_trials(tuner) - known:
        result = tuner.result(name)
        _add(seconds, {kind: value / job.slots.size for kind, value in result.seconds.items()} if result else {})
    _add(seconds, found.seconds)
    release()
    return dataclasses.replace(found, seconds=seconds)


def _share(whole: float | None, job: Job) -> float | None:
    """Return one slot's share of what this machine can do."""
    return None if whole is None else whole * job.slots.share


def _recipe(job: Job) -> Recipe:
    recipe = Recipe(
        task=job.task,  # type: ignore[arg-type]
        batch_size=job.batch_size or job.kind.batch_size(len(job.data.train)),
        seed=job.seed,
        callbacks=job.callbacks,
        scoring=job.scoring,
        distribution=job.settings.distribution,
    )
    return for_replicas(job.kind.recipe(recipe, job.data), len(job.data.train), given=job.batch_size is not None)


def _tuner(
    job: Job,
    mark: Mapping[str, Any],
    recipe: Recipe,
    plan: Plan,
    pace: Pace,
    derived: Derived | None,
    shown: Display,
) -> SearchTuner:
    settings = job.settings
    strategy = bound_strategy(job, derived.space if derived else search_space(job, plan, pace.firsts))
    oracle = SearchOracle(strategy, settings.objective, settings.max_trials, job.seed)
    lengths = derived.lengths if derived else trial_lengths(job, plan)
    evaluator = NetworkEvaluator(
        job.data,
        recipe,
        lengths,
        metric=settings.objective.name,
        maximise=settings.maximise,
        clock=job.clock,
        start=settings.recipe.start,
        stop_hopeless=not isinstance(strategy, Reinforce),  # a policy learns from what whole runs reach
        **({"initial": derived.initial} if derived and derived.initial else {}),
    )
    tuner = SearchTuner(
        oracle,
        evaluator,
        job.folder.parent,
        job.folder.name,
        fingerprint=mark,
        worthwhile_s=lengths.worthwhile_seconds,
        watch=shown,
        slots=job.slots,
        max_disk_mb=settings.max_disk_mb,
    )
    _take_up(job, plan, tuner, evaluator, derived.spent if derived else 0.0)
    return tuner


def _take_up(job: Job, plan: Plan, tuner: SearchTuner, evaluator: NetworkEvaluator, spent: float) -> None:
    """Let earlier runs of this search count: their curves, and the time that their trials have used, besides what was
    ``spent`` before them."""
    for name in sorted(_finished_trials(tuner)):
        result, proposal = tuner.result(name), tuner.oracle.proposal(name)
        if result is not None:
            spent += sum(result.seconds.values()) / job.slots.size
            evaluator.remember(result.curve, proposal.parent is not None and job.settings.recipe.start == "warm")
    if plan.search_seconds is None:
        return
    left = plan.search_seconds - (job.deadline.elapsed() - job.prepared) - spent - reserved(job)
    if tuner.best_trial() is None and left < LEAST_SEARCH + tuner.worthwhile_s:
        left, tuner.worthwhile_s = max(left, LEAST_SEARCH), 0.0
    tuner.deadline = Deadline(job.clock, max(left, 0.0))


def _finished_trials(tuner: SearchTuner) -> frozenset[str]:
    return frozenset(name for name, trial in tuner.oracle.trials.items() if trial.status in ("COMPLETED", "FAILED"))


def _fingerprint(job: Job) -> dict[str, Any]:
    settings = job.settings
    oracle = f"{dataclasses.replace(settings.recipe.strategy, space=None)!r}, {settings.recipe.start}"
    return fingerprint(job.data, job.task, settings.objective.name, oracle, job.seed, job.scoring)


def _add(total: dict[str, float], more: dict[str, float]) -> None:
    for name, seconds in more.items():
        total[name] = total.get(name, 0.0) + seconds

"""autonas as a user calls it: the default strategy, and random search, which inherits no weights."""

import numpy as np
from task import Outcome, Task

import autonas


def fit_autonas(task: Task) -> Outcome:
    """The default search."""
    return _fit(task, {})


def fit_random(task: Task) -> Outcome:
    """Random search over the same space; every network trains from scratch."""
    return _fit(task, {"oracle": "random"})


def fit_enas(task: Task) -> Outcome:
    """One supernet; its best children are trained for real."""
    return _fit(task, {"oracle": "enas"})


def fit_enas_controller(task: Task) -> Outcome:
    """ENAS whose shared weights train in children that a policy prefers."""
    return _fit(task, {"oracle": autonas.search.Enas(sampler="controller")})


def fit_enas_uniform(task: Task) -> Outcome:
    """ENAS whose shared weights train in fairly drawn children."""
    return _fit(task, {"oracle": autonas.search.Enas(sampler="uniform")})


def fit_enas_random(task: Task) -> Outcome:
    """Evenly drawn children of the same space, as many as a derivation is planned for, trained from scratch."""
    import children  # here, on the clock, as is whatever else it imports of autonas

    return _fit(task, {"oracle": children.oracle(task.seed), "max_trials": children.COUNT})


def _fit(task: Task, settings: dict[str, object]) -> Outcome:
    # The time until here (a lazy import of autonas) is on the clock like everything else.
    classifier = autonas.ImageClassifier(time_limit=task.left(), seed=task.seed, verbose=1, **settings)
    classifier.fit(task.images, task.labels)
    return outcome(classifier)


def outcome(fitted: object, **more: object) -> Outcome:
    """What any fitted estimator of autonas tells of its search, and more details."""
    timing = {kind: float(seconds) for kind, seconds in fitted.timing_.items()}
    return Outcome(
        predict=lambda x: np.asarray(fitted.predict(x)),
        trials=sum(row.score is not None for row in fitted.leaderboard()),
        parameters=fitted.model_.count_params(),
        gradient_seconds=timing.get("gradient_steps"),
        details={
            "timing": timing,
            "source": fitted.source_,
            "validation": fitted.validation_metrics_,
            "best_trial": fitted.best_trial_,
            **more,
        },
    )

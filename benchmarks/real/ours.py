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


def _fit(task: Task, settings: dict[str, str]) -> Outcome:
    # The time until here (a lazy import of autonas) is on the clock like everything else.
    classifier = autonas.ImageClassifier(time_limit=task.left(), seed=task.seed, verbose=1, **settings)
    classifier.fit(task.images, task.labels)
    timing = {kind: float(seconds) for kind, seconds in classifier.timing_.items()}
    return Outcome(
        predict=lambda images: np.asarray(classifier.predict(images)),
        trials=sum(row.score is not None for row in classifier.leaderboard()),
        parameters=classifier.model_.count_params(),
        gradient_seconds=timing.get("gradient_steps"),
        details={
            "timing": timing,
            "source": classifier.source_,
            "validation": classifier.validation_metrics_,
            "best_trial": classifier.best_trial_,
        },
    )

"""autonas as a user calls it, and the linear model that every text classifier has to beat."""

import numpy as np
from ours import outcome
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.pipeline import make_pipeline
from task import Outcome, TextTask

import autonas


def fit_autonas(task: TextTask) -> Outcome:
    """The default search."""
    kind = autonas.TextClassifier if task.task == "classification" else autonas.TextRegressor
    # The time until here (a lazy import of autonas) is on the clock like everything else.
    estimator = kind(time_limit=task.left(), seed=task.seed, verbose=2)
    estimator.fit(task.texts, task.targets)
    return outcome(estimator)


def fit_linear(task: TextTask) -> Outcome:
    """Tf-idf of words and pairs of words, and a linear model whose penalty is cross-validated, refitted on all texts.

    Trained until it is done, whatever the limit.
    """
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2), _linear(task))
    model.fit(task.texts, task.targets)
    last = model[-1]
    chosen = getattr(last, "alpha_", None) if task.task == "regression" else last.C_
    return Outcome(
        predict=lambda texts: np.asarray(model.predict(texts)),
        trials=1,
        parameters=int(np.size(last.coef_) + np.size(last.intercept_)),
        gradient_seconds=None,
        details={"strength": np.ravel(chosen).astype(float).tolist()},
    )


def _linear(task: TextTask) -> LogisticRegressionCV | RidgeCV:
    if task.task == "regression":
        return RidgeCV(alphas=np.logspace(-2, 2, 13))
    return LogisticRegressionCV(Cs=10, cv=5, max_iter=1000, scoring="accuracy", random_state=task.seed)

"""``autonas demo``: a search on data that scikit-learn brings."""

from argparse import Namespace

from sklearn.datasets import load_digits, load_wine
from sklearn.model_selection import train_test_split

from autonas.cli import models
from autonas.cli.answer import Answer
from autonas.cli.fit import told
from autonas.estimators.image import ImageClassifier
from autonas.estimators.structured import StructuredDataClassifier

DATA = {
    "image": (lambda: (load_digits().images, load_digits().target), ImageClassifier),
    "table": (lambda: load_wine(return_X_y=True), StructuredDataClassifier),
}


def run(arguments: Namespace) -> Answer:
    """Search on three quarters of the data, and evaluate on the rest; an earlier demo's model is replaced."""
    load, estimator_class = DATA[arguments.kind]
    out = models.path_of(arguments.out)
    models.check_free(out, overwrite=True)
    x, y = load()
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.25, stratify=y, random_state=0)
    estimator = estimator_class(
        time_limit=arguments.time_limit,
        max_trials=arguments.max_trials,
        workers=arguments.workers,
        seed=arguments.seed,
    )
    estimator.fit(x_train, y_train)
    return told(estimator, estimator.save(out, overwrite=True), estimator.evaluate(x_test, y_test))

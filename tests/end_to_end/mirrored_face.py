"""Two replicas search as one device does, through the public face; in this process, and in one of a trial's own."""

import tests.end_to_end.two_processors  # noqa: F401, I001 - before anything runs
import numpy as np

import autonas
from autonas.export import class_labels
from tests.estimators.small import digits, small_networks


def searched(oracle, distribution, workers=0):
    """Return a classifier that has tried two networks."""
    x, y = digits(160)
    clf = autonas.ImageClassifier(
        oracle=oracle, distribution=distribution, workers=workers, max_trials=2, seed=0, verbose=0
    )
    return clf.fit(x, y, epochs=3, batch_size=16)


def losses(clf):
    """Return the losses of its trials, in their order."""
    trials = (clf.tuner_.result(name) for name in sorted(clf.tuner_.oracle.trials))
    return [[point[name] for point in result.curve for name in ("loss", "val_loss")] for result in trials]


with small_networks():
    one = searched("bayesian", None)
    two = searched("bayesian", "mirrored")
    apart = searched("bayesian", "mirrored", workers=1)
np.testing.assert_allclose(losses(one), losses(two), atol=1e-4)
np.testing.assert_allclose(losses(one), losses(apart), atol=1e-4)
np.testing.assert_allclose(one.validation_metrics_["val_loss"], two.validation_metrics_["val_loss"], atol=1e-4)
kinds = {type(layer).__module__.partition(".")[0] for layer in two.export_model().layers}
assert kinds == {"keras"}, kinds
assert list(class_labels(two.model_)) == list(two.classes_)
print("equal")  # noqa: T201

"""Two processes search together as one alone does, through the public face, and both are fitted in the end."""

from tests.end_to_end.process_of_two import PLACE  # isort: skip - before anything runs

import tempfile
from pathlib import Path

import keras
import numpy as np

import autonas
from autonas.errors import DataError, SearchFailed
from tests.estimators.small import digits, small_networks


class Spoiling(keras.callbacks.Callback):
    """Fails every trial in its second step."""

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1:
            raise ValueError("spoilt")


def searched(distribution, y, callbacks=(), **bounds):
    """Return a fitted classifier."""
    with small_networks():
        clf = autonas.ImageClassifier(distribution=distribution, workers=0, seed=0, verbose=0, **bounds)
        return clf.fit(x, y, epochs=3, batch_size=16, callbacks=list(callbacks))


def refused(error, *args, **settings):
    """Return what a search says that must fail."""
    try:
        searched("multi_worker_mirrored", *args, **settings)
    except error as raised:
        return str(raised)
    raise AssertionError(f"{error} was to be raised")


x, y = digits(160)
folder = Path(tempfile.mkdtemp())
two = searched("multi_worker_mirrored", y, max_trials=2, directory=folder)
assert bool(list(folder.iterdir())) == (PLACE == 0)  # the chief alone writes
assert "must be the same" in refused(DataError, np.roll(y, PLACE), max_trials=1)
assert "spoilt" in refused(SearchFailed, y, [Spoiling()], max_trials=1)
timed = searched("multi_worker_mirrored", y, time_limit=12)
assert timed.predict(x).shape == (160,)
one = searched(None, y, max_trials=2)
np.testing.assert_allclose(two.predict_proba(x), one.predict_proba(x), atol=1e-3)
assert [row.trial for row in two.leaderboard()] == [row.trial for row in one.leaderboard()]
scores = [[row.metrics["val_loss"] for row in clf.leaderboard()] for clf in (two, one)]
np.testing.assert_allclose(*scores, atol=1e-4)
print("equal")  # noqa: T201

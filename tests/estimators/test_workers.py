"""Trials of estimators in processes of their own."""

import keras
import numpy as np
import pytest

import autonas
from autonas.errors import SettingError

pytestmark = pytest.mark.tf


def test_trials_in_a_process_find_what_trials_in_this_one_find(images, labels):
    class Steep(keras.losses.Loss):
        """What no import could find: it exists in this function alone."""

        def call(self, y_true, y_pred):
            return 2.0 * keras.losses.categorical_crossentropy(y_true, y_pred)

    def fit(workers):
        clf = autonas.ImageClassifier(max_trials=3, seed=0, verbose=0, workers=workers, loss=Steep(), metrics=["f1"])
        return clf.fit(images, labels, epochs=2)

    inside, outside = fit(0), fit(1)
    assert [row.edits for row in inside.leaderboard()] == [row.edits for row in outside.leaderboard()]
    scores = [[row.metrics["val_f1"] for row in clf.leaderboard()] for clf in (inside, outside)]
    np.testing.assert_allclose(*scores, atol=1e-3)
    assert sum(outside.timing_.values()) == pytest.approx(2 * outside.timing_["total"])


@pytest.mark.parametrize("workers", [-1, 1.5, True, "many"])
def test_impossible_workers_are_refused(images, labels, workers):
    with pytest.raises(SettingError, match="workers must be how many trials run at a time"):
        autonas.ImageClassifier(workers=workers).fit(images, labels)


def test_an_estimator_is_no_worker_of_a_fleet(images, labels, monkeypatch):
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    with pytest.raises(SettingError, match=r"KERASTUNER_TUNER_ID must be chief.*Run `autonas worker DIRECTORY`"):
        autonas.ImageClassifier(verbose=0).fit(images, labels)

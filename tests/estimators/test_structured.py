"""Searching networks for tables: what comes in, what goes out, and what leaves the house."""

import json
import pickle
import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.datasets import load_breast_cancer, load_diabetes

import autonas
from autonas.errors import DataError
from tests.estimators.small import small_tables

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def frame():
    """Return 200 rows of numbers, texts and dates with gaps, and which of two kinds they are, told by all three."""
    rng = np.random.default_rng(0)
    size, city = rng.normal(size=200), rng.choice(np.array(["Rome", "Oslo", "Bern"], dtype=object), 200)
    opened = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, 200), unit="D")
    kind = np.where(2 * size + 2 * (city == "Oslo") + (opened > "2021-01-01") > 1, "large", "small")
    table = pd.DataFrame({"size / m": size, "city": city, "opened": opened})
    table.loc[:5, "size / m"] = table.loc[6:9, "city"] = None
    return table, kind


@pytest.fixture(scope="module")
def classifier(frame):
    with small_tables():
        return autonas.StructuredDataClassifier(max_trials=3, seed=0, verbose=0).fit(*frame)


def test_a_table_of_everything_is_learned(classifier, frame):
    assert classifier.score(*frame) > 0.85
    assert set(classifier.predict(frame[0])) == {"large", "small"}
    proba = classifier.predict_proba(frame[0])
    assert proba.shape == (200, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)
    assert classifier.classes_.tolist() == ["large", "small"]
    assert classifier.n_features_in_ == 3
    assert classifier.feature_names_in_.tolist() == ["size / m", "city", "opened"]
    assert classifier.tuner_.oracle.objective.name == "val_loss"


def test_the_starters_come_before_any_edit(classifier):
    rows = sorted(classifier.leaderboard(), key=lambda row: row.trial)
    assert [row.parent is None for row in rows] == [True, True, False]


def test_rows_with_what_fit_never_saw_are_predicted(classifier, frame):
    new = frame[0].head(2).assign(**{"size / m": [np.nan, 1e30], "city": ["Paris", None]})
    new["opened"] = [pd.NaT, pd.Timestamp("1900-01-01")]
    assert np.isfinite(classifier.predict_proba(new)).all()


def test_other_columns_are_refused(classifier, frame):
    with pytest.raises(ValueError, match="feature names"):
        classifier.predict(frame[0].rename(columns={"city": "town"}))
    with pytest.raises(DataError, match="column 'size / m' of x must be numbers"):
        classifier.predict(frame[0].assign(**{"size / m": "large"}))


def test_saved_loaded_and_pickled_it_predicts_the_same(classifier, frame, tmp_path):
    wanted = classifier.predict_proba(frame[0])
    for again in (autonas.load(classifier.save(tmp_path / "c.autonas")), pickle.loads(pickle.dumps(classifier))):
        np.testing.assert_array_equal(again.predict_proba(frame[0]), wanted)
        assert again.feature_names_in_.tolist() == classifier.feature_names_in_.tolist()
        assert again.n_features_in_ == 3


def test_raw_columns_go_into_a_saved_model(classifier, frame, tmp_path):
    loaded = tf.saved_model.load(str(classifier.export(tmp_path / "m", format="tf_saved_model")))
    columns = {
        "size _ m": tf.constant(frame[0][["size / m"]].to_numpy("float32")),
        "city": tf.constant(frame[0][["city"]].fillna("").to_numpy(str).tolist()),
        "opened": tf.constant(
            (frame[0][["opened"]].to_numpy("datetime64[D]") - np.datetime64("1970-01-01")).astype("float32")
        ),
    }
    answer = loaded.serve(columns)
    np.testing.assert_allclose(answer["probabilities"], classifier.predict_proba(frame[0]), atol=1e-5)
    assert [label.decode() for label in answer["labels"].numpy()] == classifier.predict(frame[0]).tolist()


WITHOUT_AUTONAS = """
import json, sys
import keras, tensorflow as tf
model = keras.models.load_model(sys.argv[1])
columns = json.loads(sys.argv[2])
print(json.dumps(model.predict({name: tf.constant(held) for name, held in columns.items()}, verbose=0).tolist()))
assert "autonas" not in sys.modules
"""


def test_raw_columns_go_into_a_keras_file_where_autonas_is_not(classifier, frame, tmp_path):
    path = classifier.export(tmp_path / "m.keras")
    columns = {"size _ m": [[0.3], [-1.2]], "city": [["Oslo"], ["Rome"]], "opened": [[18262.0], [18900.0]]}
    command = [sys.executable, "-c", WITHOUT_AUTONAS, str(path), json.dumps(columns)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    new = pd.DataFrame(
        {"size / m": [0.3, -1.2], "city": ["Oslo", "Rome"], "opened": pd.to_datetime([18262, 18900], unit="D")}
    )
    np.testing.assert_allclose(json.loads(done.stdout.splitlines()[-1]), classifier.predict_proba(new), atol=1e-5)


def test_an_array_of_numbers_goes_in_and_out_as_one(tmp_path):
    x, y = load_breast_cancer(return_X_y=True)
    with small_tables():
        clf = autonas.StructuredDataClassifier(max_trials=1, seed=0, verbose=0).fit(x[::2], y[::2])
    assert clf.score(x[1::2], y[1::2]) > 0.9
    model = keras.models.load_model(clf.export(tmp_path / "m.keras"))
    np.testing.assert_allclose(model.predict(x[:40], verbose=0), clf.predict_proba(x[:40]), atol=1e-5)
    assert model.input_shape == (None, 30)


def test_numbers_are_learned_in_their_own_units():
    x, y = load_diabetes(return_X_y=True, as_frame=True)
    with small_tables():
        reg = autonas.StructuredDataRegressor(max_trials=2, seed=0, verbose=0).fit(x, 1000 + 10 * y)
    predicted = reg.predict(x)
    assert predicted.shape == y.shape
    assert reg.score(x, 1000 + 10 * y) > 0.4
    assert abs(predicted.mean() - 1000 - 10 * y.mean()) < 200


def test_a_run_keeps_the_weights_that_validated_best(classifier):
    for row in classifier.leaderboard():
        curve = classifier.tuner_.result(row.trial).curve
        assert row.score == min(point["val_loss"] for point in curve)

"""Several labels an image: rows or sets in, the same out, and every way to look at them."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import log_loss

import autonas
from tests.estimators.small import digits, small_networks

pytestmark = pytest.mark.tf
X, DIGITS = digits(120)
ROWS = np.stack([DIGITS % 2, DIGITS >= 5, DIGITS == 0], axis=1)  # odd, large, round
NAMES = np.array(["odd", "large", "round"])
SETS = [set(NAMES[row == 1].tolist()) for row in ROWS]


@pytest.fixture(scope="module")
def of_rows():
    with small_networks():
        clf = autonas.ImageClassifier(max_trials=2, seed=0, verbose=0, metrics=["f1"])
        return clf.fit(X, ROWS, epochs=8)


@pytest.fixture(scope="module")
def of_sets():
    with small_networks():
        return autonas.ImageClassifier(max_trials=1, seed=0, verbose=0).fit(X, SETS, epochs=8)


def test_rows_come_back_as_rows(of_rows):
    predicted = of_rows.predict(X)
    assert predicted.shape == ROWS.shape
    assert predicted.dtype == ROWS.dtype
    np.testing.assert_array_equal(predicted, of_rows.predict_proba(X) >= 0.5)
    assert of_rows.classes_.tolist() == [0, 1, 2]


def test_it_has_learned_and_says_so(of_rows):
    chances = of_rows.predict_proba(X)
    found = of_rows.evaluate(X, ROWS)
    assert found["accuracy"] == of_rows.score(X, ROWS) == (of_rows.predict(X) == ROWS).all(axis=1).mean() > 0.5
    expected = np.mean([log_loss(ROWS[:, column], chances[:, column].astype(float)) for column in range(3)])
    assert found["loss"] == pytest.approx(expected, rel=1e-4)
    assert 0.5 < found["f1"] <= 1
    assert of_rows.leaderboard().objective == "val_loss"
    assert set(of_rows.validation_metrics_) == {"val_accuracy", "val_loss", "val_f1"}


def test_sets_come_back_as_sets(of_sets):
    predicted = of_sets.predict(X)
    assert all(isinstance(labels, set) for labels in predicted)
    assert of_sets.classes_.tolist() == ["large", "odd", "round"]
    exact = np.mean([one == other for one, other in zip(predicted, SETS, strict=True)])
    assert of_sets.score(X, SETS) == exact > 0.4


def test_exports_give_each_label_its_probability(of_sets, tmp_path):
    chances = of_sets.predict_proba(X)
    model = keras.models.load_model(of_sets.export(tmp_path / "m.keras"))
    np.testing.assert_allclose(model.predict(X, verbose=0), chances, atol=1e-5)
    loaded = tf.saved_model.load(str(of_sets.export(tmp_path / "served", format="tf_saved_model")))
    answer = loaded.serve(X)
    assert set(answer) == {"probabilities"}
    np.testing.assert_allclose(answer["probabilities"], chances, atol=1e-5)
    assert loaded.classes()["classes"].numpy().tolist() == [b"large", b"odd", b"round"]


def test_it_is_saved_and_loaded(of_sets, of_rows, tmp_path):
    back = autonas.load(of_sets.save(tmp_path / "sets.autonas"))
    assert back.predict(X[:20]) == of_sets.predict(X[:20])
    back = autonas.load(of_rows.save(tmp_path / "rows.autonas"))
    assert back.metrics == ["f1"]
    assert back.evaluate(X, ROWS) == pytest.approx(of_rows.evaluate(X, ROWS))


def test_one_hot_rows_may_be_called_several_labels():
    clf = autonas.ImageClassifier(max_trials=1, seed=0, verbose=0, multi_label=True)
    clf.fit(X, np.eye(10, dtype=np.float32)[DIGITS], epochs=1, sample_weight=np.ones(120))
    assert clf.predict(X).shape == (120, 10)
    assert clf.model_.get_layer("probabilities").activation is keras.activations.sigmoid

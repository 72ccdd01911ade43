"""``loss`` and ``metrics``: what trains, what is reported, and what may be the objective; and AutoKeras's own names."""

import keras
import keras_tuner
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import f1_score

import autonas
from tests.estimators.small import Spy, digits

pytestmark = pytest.mark.tf
X, Y = digits(96)
NUMBERS = 1000.0 * X.mean(axis=(1, 2))


def searched(kind=autonas.ImageClassifier, y=Y, fit=None, **settings):
    return kind(**{"max_trials": 1, "seed": 0, "verbose": 0, **settings}).fit(X, y, **{"epochs": 2, **(fit or {})})


def test_a_metric_is_reported_and_may_be_the_objective():
    clf = searched(
        metrics=["f1", keras.metrics.TopKCategoricalAccuracy(3, name="top3")], objective="val_f1", max_trials=2
    )
    assert clf.leaderboard().objective == "val_f1"
    assert set(clf.validation_metrics_) == {"val_accuracy", "val_loss", "val_f1", "val_top3"}
    assert clf.validation_metrics_["val_f1"] >= clf.leaderboard()[0].score
    found = clf.evaluate(X, Y)
    assert found["f1"] == pytest.approx(f1_score(Y, clf.predict(X), average="macro"), rel=1e-5)
    assert set(found) == {"accuracy", "loss", "f1", "top3"}


def test_a_metric_of_ones_own_may_be_the_objective_once_its_direction_is_told():
    def confusion(truth, predicted):
        return (truth * (1 - predicted)).sum(axis=1)

    clf = searched(metrics=[confusion], objective=keras_tuner.Objective("val_confusion", "min"))
    chances = clf.predict_proba(X)
    assert clf.evaluate(X, Y)["confusion"] == pytest.approx(1 - chances[np.arange(96), Y].mean(), rel=1e-4)


def test_a_loss_is_what_trains_and_what_is_reported():
    def refuse(truth, predicted):
        return keras.ops.sum(truth * predicted, axis=-1)  # the chance of the right class: to be made small

    clf = searched(loss=refuse, objective="val_loss", fit={"epochs": 10})
    right = clf.predict_proba(X)[np.arange(96), Y]
    assert right.mean() < 0.02  # a tenth, where nothing is learned
    assert clf.evaluate(X, Y)["loss"] == pytest.approx(right.mean(), abs=1e-4)


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", keras.losses.CategoricalFocalCrossentropy()])
def test_losses_of_keras_train_a_classifier(loss):
    clf = searched(loss=loss, fit={"epochs": 12})
    assert clf.score(X, Y) > 0.3


def test_a_regressors_loss_is_in_the_units_of_y():
    spy = Spy()
    reg = searched(autonas.ImageRegressor, NUMBERS, loss="mean_absolute_error", fit={"epochs": 15, "callbacks": [spy]})
    found = reg.evaluate(X, NUMBERS)
    assert found["loss"] == pytest.approx(found["mae"], rel=1e-4)
    assert found["r2"] > 0.5
    assert spy.logs[0]["loss"] < 10  # of the size that the learning rate expects, not of thousands


def test_autokeras_arguments_mean_what_they_meant(tmp_path):
    clf = searched(
        directory=tmp_path,
        project_name="mine",
        max_model_size=20_000,
        tuner="random",
        num_classes=10,
        multi_label=False,
    )
    assert (tmp_path / "mine" / "search.json").is_file()
    assert clf.model_.count_params() <= 20_000
    assert not clf.plan_ or clf.leaderboard()[0].parent is None
    again = clone(clf)
    assert again.get_params() == clf.get_params()
    assert again.tuner == "random"


def test_another_loss_is_another_search(tmp_path):
    searched(directory=tmp_path)
    with pytest.raises(autonas.errors.DirectoryError, match="loss='mean_absolute_error'"):
        searched(directory=tmp_path, loss="mean_absolute_error")

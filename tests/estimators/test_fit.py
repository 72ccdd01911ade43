"""What the arguments of `fit` and of the constructor change."""

import numpy as np
import pytest

import autonas
from tests.estimators.small import Spy, small_network, small_networks

pytestmark = pytest.mark.tf


@pytest.fixture
def fit(images, labels):
    def _fit(y=labels, settings=(), **given):
        clf = autonas.ImageClassifier(**{"max_trials": 1, "seed": 0, "verbose": 0, **dict(settings)})
        return clf.fit(images, y, **{"epochs": 2, **given})

    return _fit


@pytest.fixture(scope="module")
def plain(images, labels):
    """Return what a search without any wishes predicts: two trials, then finishing."""
    with small_networks():
        clf = autonas.ImageClassifier(max_trials=2, seed=0, verbose=0)
        return clf.fit(images, labels, epochs=2)


def test_the_same_seed_gives_the_same_search(fit, plain, images):
    again = fit(settings={"max_trials": 2})
    assert [(row.trial, row.score, row.edits) for row in again.leaderboard()] == [
        (row.trial, row.score, row.edits) for row in plain.leaderboard()
    ]
    np.testing.assert_array_equal(again.predict_proba(images), plain.predict_proba(images))


def test_another_seed_gives_other_networks(fit, plain):
    first = {row.trial: row.metrics["val_loss"] for row in plain.leaderboard()}["0000"]
    assert fit(settings={"seed": 1}).leaderboard()[0].metrics["val_loss"] != first


def test_class_weights_draw_predictions_to_a_class(fit, plain, images):
    assert (fit(class_weight={3: 1000.0}).predict(images) == 3).mean() > 0.5
    assert (plain.predict(images) == 3).mean() < 0.5


def test_images_of_no_weight_teach_nothing(fit, plain, images, labels):
    weighed = fit(sample_weight=(labels < 5).astype(float))
    assert weighed.predict_proba(images)[:, 5:].mean() < 0.05  # no image of a class beyond 4 was learned from
    assert plain.predict_proba(images)[:, 5:].mean() > 0.06


def test_given_validation_data_are_what_networks_are_judged_by(images, labels):
    clf = autonas.ImageClassifier(max_trials=1, seed=0, verbose=0)
    clf.fit(images[:80], labels[:80], validation_data=(images[80:], labels[80:]), epochs=2)
    metrics = {f"val_{name}": value for name, value in clf.evaluate(images[80:], labels[80:]).items()}
    assert metrics == pytest.approx(clf.validation_metrics_, rel=1e-3)


def test_epochs_and_batch_size_bound_a_training_run(fit):
    spy = Spy()
    fit(epochs=3, batch_size=32, callbacks=[spy])
    assert spy.runs == 2
    assert spy.steps == 2 * 3 * (96 // 32)  # two runs of three epochs of three batches


def test_no_network_is_larger_than_max_params(fit):
    bound = small_network((8, 8, 1), 10, 16).parameters + 50
    clf = fit(settings={"max_params": bound, "max_trials": 4}, epochs=1)
    assert len(clf.leaderboard()) == 4
    assert max(row.parameters for row in clf.leaderboard()) <= bound
    assert clf.model_.count_params() <= bound


def test_silence_is_silent(fit, capfd, caplog):
    fit(settings={"max_trials": 5}, epochs=1)  # so many networks are what TensorFlow would warn of
    assert capfd.readouterr() == ("", "")
    assert caplog.messages == []


def test_a_log_has_a_line_a_trial(fit, capfd):
    fit(settings={"verbose": 2}, epochs=1)
    said = capfd.readouterr().out.splitlines()
    trial = next(line for line in said if line.startswith("trial 0000: new network of 3 layers: val_accuracy 0."))
    assert any("finishing" in line for line in said[said.index(trial) :])


def test_temporary_trials_go_with_the_estimator(fit):
    clf = fit(epochs=1)
    place = clf.directory_
    assert place.is_dir()
    del clf
    assert not place.exists()

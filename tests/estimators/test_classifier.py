"""What a user of `ImageClassifier` does after `fit`."""

import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

import autonas
from autonas.errors import DataError, SettingError

pytestmark = pytest.mark.tf


def test_labels_come_back_as_they_were_given(classifier, images, names):
    predicted = classifier.predict(images)
    assert predicted.shape == (120,)
    assert set(predicted.tolist()) <= set(names)
    assert list(classifier.classes_) == sorted(set(names))


def test_probabilities_sum_to_one_and_agree_with_predict(classifier, images):
    chances = classifier.predict_proba(images)
    assert chances.shape == (120, 10)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(classifier.classes_[chances.argmax(axis=1)], classifier.predict(images))


def test_score_and_evaluate_are_the_accuracy_of_predict(classifier, images, names):
    right = classifier.predict(images) == np.asarray(names)
    assert right.mean() > 0.3  # ten classes: it has learned
    assert classifier.score(images, names) == pytest.approx(right.mean())
    chances = classifier.predict_proba(images)
    loss = -np.log(chances[np.arange(120), np.searchsorted(classifier.classes_, names)]).mean()
    assert classifier.evaluate(images, names) == pytest.approx({"accuracy": right.mean(), "loss": loss}, rel=1e-4)
    weight = right.astype(float)
    assert classifier.evaluate(images, names, sample_weight=weight)["accuracy"] == 1
    assert classifier.score(images, names, sample_weight=weight) == 1


def test_the_leaderboard_has_a_row_a_trial_and_names_parents_and_edits(classifier):
    board = classifier.leaderboard()
    assert [row.rank for row in board] == [1, 2, 3]
    assert [row.score for row in board] == sorted((row.score for row in board), reverse=True)
    assert {row.status for row in board} == {"completed"}
    rows = {row.trial: row for row in board}
    assert sorted(rows) == ["0000", "0001", "0002"]
    assert rows["0000"].parent is None
    for child in (rows["0001"], rows["0002"]):
        assert child.edits
        assert child.cumulative_epochs == pytest.approx(child.epochs + rows[child.parent].cumulative_epochs)
        assert child.epochs < rows["0000"].epochs  # a child trains a part of what scratch needs
    for word in ("0000", "0001", "0002", "completed", "val_accuracy"):
        assert word in repr(board)


def test_what_the_user_gets_is_never_worse_than_the_best_trial(classifier):
    best = classifier.leaderboard()[0]
    assert classifier.validation_metrics_["val_accuracy"] >= best.score
    assert classifier.best_trial_ == best.trial


def test_the_users_callback_saw_every_training_run(classifier, spy):
    assert spy.runs == 4  # three trials and finishing
    assert spy.steps > 4
    assert {"loss", "val_accuracy"} <= spy.logs[-1].keys()


def test_the_timing_adds_up(classifier):
    kinds = dict(classifier.timing_)
    total = kinds.pop("total")
    assert sum(kinds.values()) == pytest.approx(total)
    assert min(kinds.values()) >= 0
    assert kinds["gradient_steps"] > 0


def test_the_exported_model_is_a_copy_that_takes_raw_images(classifier, images):
    model = classifier.export_model()
    chances = classifier.predict_proba(images)
    np.testing.assert_allclose(model.predict(images, verbose=0), chances, atol=1e-6)
    model.set_weights([np.zeros_like(array) for array in model.get_weights()])
    np.testing.assert_array_equal(classifier.predict_proba(images), chances)


def test_both_formats_predict_as_the_estimator_does(classifier, images, tmp_path):
    chances = classifier.predict_proba(images)
    assert classifier.export(tmp_path / "m.keras", format="keras") == tmp_path / "m.keras"
    read = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(read.predict(images, verbose=0), chances, atol=1e-5)
    served = tf.saved_model.load(classifier.export(str(tmp_path / "m"), format="tf_saved_model"))
    np.testing.assert_allclose(served.serve(tf.constant(images))["probabilities"], chances, atol=1e-5)
    with pytest.raises(SettingError, match=r"format must be one of .* Received: 'onyx'"):
        classifier.export(tmp_path / "m.onyx", format="onyx")


def test_save_and_load_keep_what_a_fitted_estimator_can_do(classifier, images, names, tmp_path):
    path = classifier.save(tmp_path / "clf.autonas")
    loaded = autonas.load(path)
    assert type(loaded) is autonas.ImageClassifier
    assert loaded.get_params() == classifier.get_params()
    np.testing.assert_array_equal(loaded.predict_proba(images), classifier.predict_proba(images))
    assert loaded.predict(images).dtype == classifier.predict(images).dtype
    assert repr(loaded.leaderboard()) == repr(classifier.leaderboard())
    assert loaded.evaluate(images, names) == classifier.evaluate(images, names)
    assert loaded.timing_ == classifier.timing_
    loaded.export(tmp_path / "again.keras")
    with pytest.raises(SettingError, match=r"path must be free\. Received: .*overwrite=True"):
        classifier.save(path)
    assert classifier.save(path, overwrite=True) == path


def test_what_is_no_saved_estimator_is_refused(tmp_path):
    (tmp_path / "a.autonas").write_text("hello")
    for path in (tmp_path / "a.autonas", tmp_path / "missing"):
        with pytest.raises(SettingError, match=r"path must be a saved estimator .* Received: .* Give a file"):
            autonas.load(path)


def test_pickling_keeps_the_predictions(classifier, images):
    copy = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(copy.predict_proba(images), classifier.predict_proba(images))
    np.testing.assert_array_equal(copy.predict(images), classifier.predict(images))
    assert repr(copy.leaderboard()) == repr(classifier.leaderboard())
    again = pickle.loads(pickle.dumps(copy))
    np.testing.assert_array_equal(again.predict(images), classifier.predict(images))


def test_a_clone_has_the_settings_and_nothing_fitted(classifier):
    fresh = clone(classifier)
    assert fresh.get_params() == classifier.get_params()
    check_is_fitted(classifier)
    assert not hasattr(fresh, "classes_")
    assert pickle.loads(pickle.dumps(fresh)).get_params() == fresh.get_params()


def test_images_of_another_shape_are_refused_after_fit(classifier, images):
    with pytest.raises(DataError, match=r"x must be of shape \(n, 8, 8\)\. Received: \(120, 8, 8, 1\)"):
        classifier.predict(images[..., None])
    with pytest.raises(DataError, match=r"x must be of shape \(n, 8, 8\)\. Received: \(120, 7, 8\)"):
        classifier.predict(images[:, 1:])
    with pytest.raises(DataError, match="same length"):
        classifier.evaluate(images, ["one"])
    with pytest.raises(DataError, match=r"y must hold labels that fit saw.*'eleven'"):
        classifier.evaluate(images[:1], ["eleven"])


FORMS = {
    "int64": (lambda x: x / 16.0, lambda y: y - 4),
    "bool": (lambda x: np.repeat(x[..., None], 3, axis=3), lambda y: y > 4),
    "one-hot rows": (lambda x: x[..., None].astype(np.float32), lambda y: np.eye(10, dtype=int)[y]),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_images_and_labels(form, images, labels):
    x, y = FORMS[form][0](images), FORMS[form][1](labels)
    clf = autonas.ImageClassifier(max_trials=1, seed=0, verbose=0).fit(x, y, epochs=1)
    predicted = clf.predict(x)
    classes = np.unique(y) if y.ndim == 1 else np.arange(10)
    np.testing.assert_array_equal(clf.classes_, classes)
    assert (predicted.shape, predicted.dtype) == ((120,), classes.dtype)
    assert clf.predict_proba(x).shape == (120, len(classes))
    truth = y if y.ndim == 1 else y.argmax(axis=1)
    accuracy = (predicted == truth).mean()
    assert clf.score(x, truth) == pytest.approx(accuracy)
    assert clf.evaluate(x, y)["accuracy"] == pytest.approx(accuracy)
    assert clf.score(x, y) == pytest.approx(accuracy)

"""`report` of fitted estimators: what fit leaves for it, and what a loaded estimator still tells."""

import json
import pickle

import numpy as np
import pytest

import autonas
from autonas.data import image_dataset
from autonas.errors import SettingError
from autonas.estimators import facts
from autonas.estimators.judged import judge
from autonas.runtime.files import read_json
from tests.report.parsed import Page

pytestmark = pytest.mark.tf


class Fixed:
    """A network whose outputs are given."""

    inputs = ()

    def __init__(self, outputs):
        self._outputs = np.asarray(outputs, np.float32)

    def __call__(self, rows, training):
        return self._outputs[: len(rows)]


@pytest.fixture
def judged(images, monkeypatch):
    """Judge given outputs for given targets, all of which are validation data."""
    monkeypatch.setattr("autonas.estimators.judged.input_names", lambda network: ())

    def _judged(y, outputs, task="classification"):
        x = images[: len(y)]
        data = image_dataset(x, y, task=task, validation_data=(x, y), seed=0)
        return judge(Fixed(outputs), data)

    return _judged


def test_confusions_are_counted(judged):
    (head,) = judged(["a", "a", "b", "b", "c", "c"], np.eye(3)[[0, 1, 1, 1, 2, 0]])
    assert head["labels"] == ["a", "b", "c"]
    assert head["counts"] == [[0, 0, 1], [0, 1, 1], [1, 1, 2], [2, 0, 1], [2, 2, 1]]
    assert (head["right"], head["examples"], head["of"], head["drawn"]) == (4, 6, 6, True)


def test_of_many_classes_only_errors_are_kept(judged):
    y = list(range(30)) * 2
    said = [*range(30), *range(29), 5]  # the last 29 is taken for 5
    (head,) = judged(y, np.eye(30)[said])
    assert (head["classes"], head["drawn"], head["right"]) == (30, False, 59)
    assert (head["labels"], head["counts"]) == (["5", "29"], [[1, 0, 1]])


def test_labels_are_counted_one_by_one(judged):
    y = np.array([[1, 0], [1, 1], [0, 1], [1, 0]])
    (head,) = judged(y, [[1, -1], [-1, 1], [1, 1], [1, -1]])
    assert head["counts"] == [["0", 2, 1, 1], ["1", 2, 0, 0]]  # found, missed, wrongly said


def test_residuals_are_in_the_units_of_y(judged):
    y = np.array([10.0, 20.0, 30.0, 40.0])
    said = np.array([11.0, 20.0, 30.0, 37.0])
    (head,) = judged(y, ((said - y.mean()) / y.std())[:, None], task="regression")
    assert np.allclose(head["pairs"], np.stack([y, said], axis=1), atol=1e-3)
    assert head["mae"] == pytest.approx(1.0, abs=1e-4)
    assert head["quantiles"]["100"] == pytest.approx(3.0, abs=1e-4)
    assert head["r2"] == pytest.approx(1 - 10 / 500, abs=1e-4)


def test_a_classifiers_report_tells_of_data_errors_and_time(classifier, tmp_path):
    path = classifier.report(tmp_path / "report.html")
    page = Page(path.read_text("utf-8"))
    assert page.faults == []
    text = "".join(page.elements[0][2])
    for said in ("ImageClassifier: 10 classes", "Confusion matrix", "validation examples", "gradient steps", "keras"):
        assert said in text
    right = classifier.validation_metrics_["val_accuracy"] * 24  # a fifth of 120
    assert f"{right:.0f} of 24 validation examples are right" in text
    assert len([found for found, _ in page.all("tr") if "data-trial" in found]) == len(classifier.leaderboard())


def test_a_regressors_report_has_a_figure_a_number(regressor, tmp_path):
    page = Page(regressor.report(tmp_path / "report.html").read_text("utf-8"))
    titles = [inside for _, inside in page.all("h2")]
    assert {"Predictions and truth: output 0", "Predictions and truth: output 1"} <= set(titles)
    assert len(page.all("circle", class_="pair")) == 48


@pytest.mark.parametrize("gone", ["saved", "pickled"])
def test_an_estimator_without_its_directory_still_reports(classifier, tmp_path, gone):
    if gone == "saved":
        again = autonas.load(classifier.save(tmp_path / "clf.autonas"))
    else:
        again = pickle.loads(pickle.dumps(classifier))
        again.directory_ = tmp_path / "removed"
    page = Page(again.report(tmp_path / "again.html").read_text("utf-8"))
    assert page.faults == []
    dots = [found["data-trial"] for found, _ in page.all("circle", class_="dot")]
    assert {row.trial for row in classifier.leaderboard() if row.rank} <= set(dots)
    assert "Confusion matrix" in [inside for _, inside in page.all("h2")]


def test_facts_hold_texts_and_counts_and_no_example(classifier):
    stored = read_json(classifier.directory_ / "search" / "facts.json")
    assert stored == json.loads(json.dumps(classifier.facts_))
    assert set(stored) == {"title", "data", "settings", "versions", "timing", "judged"}
    assert stored["settings"]["max_trials"] == "3"
    assert stored["timing"] == classifier.timing_


def test_a_network_trained_on_all_data_is_not_judged_by_them():
    found = facts.judgement(None, None, refitted=True)
    assert set(found) == {"unjudged"}


def test_damaged_facts_do_not_end_a_search(tmp_path):
    (tmp_path / "facts.json").write_text("{")
    with pytest.warns(UserWarning, match="does without what it said"):
        found = facts.end(tmp_path, {"total": 1.0}, {"judged": []})
    assert read_json(tmp_path / "facts.json") == found == {"timing": {"total": 1.0}, "judged": []}


def test_tensorboard_logs_every_trial(images, labels, tmp_path):
    clf = autonas.ImageClassifier(max_trials=2, seed=0, verbose=0, tensorboard=True, directory=tmp_path)
    clf.fit(images, labels, epochs=1)
    assert sorted(path.name for path in (tmp_path / "search" / "tensorboard").iterdir()) == ["0000", "0001"]
    clf.fit(images, labels, epochs=1)  # goes on in a folder with logs
    with pytest.raises(SettingError, match="tensorboard must be True or False"):
        autonas.ImageClassifier(tensorboard="yes").fit(images, labels)

"""One estimator, the same data by different doors: the same first trial, and predictions by every door."""

import time

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from PIL import Image
from sklearn.datasets import load_iris

import autonas
from autonas.data import spool
from autonas.data.disk import DiskArray
from autonas.estimators import searching
from tests.estimators.small import digits, small_tables

pytestmark = pytest.mark.tf
X, Y = digits(96)
NAMES = np.array([f"digit {label}" for label in Y])


def batches(x=X, y=NAMES):
    for at in range(0, len(x), 20):
        yield x[at : at + 20], y[at : at + 20]


def searched(*data, **arguments):
    return autonas.ImageClassifier(max_trials=1, seed=0, verbose=0).fit(*data, epochs=1, **arguments)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("folder")
    for number in np.argsort(NAMES, kind="stable"):
        (place / NAMES[number]).mkdir(exist_ok=True)
        Image.fromarray(X[number]).save(place / NAMES[number] / f"{number:03}.png")
    return place


def test_the_same_data_by_each_door_give_the_same_first_trial(folder):
    order = np.argsort(NAMES, kind="stable")  # as a folder sorts
    x, y = X[order], NAMES[order]
    doors = {
        "arrays": (x, y),
        "lists": (list(x), list(y)),
        "folder": (folder,),
        "pictures": ([Image.fromarray(image) for image in x], y),
        "dataset": (tf.data.Dataset.from_tensor_slices((x, y)),),
        "generator": (batches(x, y),),
    }
    scores = {name: searched(*door).leaderboard()[0].score for name, door in doors.items()}
    assert len(set(scores.values())) == 1, scores


def first_losses(kind, doors):
    """Return the validation loss of the first trial by every door; where all is equal, so is it to the last digit."""
    with small_tables():
        fitted = {name: kind(max_trials=1, seed=0, verbose=0).fit(*door, epochs=1) for name, door in doors.items()}
    return {name: each.validation_metrics_["val_loss"] for name, each in fitted.items()}


@pytest.mark.slow  # as the one of images, which is not
def test_a_table_by_each_door_gives_the_same_first_trial(tmp_path):
    frame = load_iris(as_frame=True).frame.sample(90, random_state=0)
    frame["target"] = np.array(["setosa", "versicolor", "virginica"])[frame["target"]]
    frame.to_csv(tmp_path / "iris.csv", index=False)
    columns = frame.drop(columns="target")
    x, y = columns.to_numpy(), frame["target"].to_numpy(str)
    doors = {
        "array": (x, y),
        "lists": (x.tolist(), y.tolist()),
        "frame": (columns, frame["target"]),
        "a frame with its target": (frame, "target"),
        "CSV file": (tmp_path / "iris.csv", "target"),
        "dataset": (tf.data.Dataset.from_tensor_slices((x, y)),),
        "generator": (batches(x, y),),
    }
    losses = first_losses(autonas.StructuredDataClassifier, doors)
    assert len(set(losses.values())) == 1, losses


def test_texts_by_each_door_give_the_same_first_trial(tmp_path):
    labels = np.sort(np.random.default_rng(0).choice(["bad", "good"], 60))  # as a folder sorts
    texts = [f"a {word} film, number {at % 7}" for at, word in enumerate(np.resize(["fine", "dull", "long"], 60))]
    for at, (text, label) in enumerate(zip(texts, labels, strict=True)):
        (tmp_path / "folder" / label).mkdir(exist_ok=True, parents=True)
        (tmp_path / "folder" / label / f"{at:03}.txt").write_text(text)
    frame = pd.DataFrame({"text": texts, "label": labels})
    frame.to_csv(tmp_path / "films.csv", index=False)
    doors = {
        "list": (texts, labels.tolist()),
        "array": (np.array(texts), labels),
        "columns": (frame["text"], frame["label"]),
        "CSV file": (tmp_path / "films.csv", "label"),
        "folder": (tmp_path / "folder",),
        "dataset": (tf.data.Dataset.from_tensor_slices((texts, labels)),),
        "generator": (batches(texts, labels),),
    }
    losses = first_losses(autonas.TextClassifier, doors)
    assert len(set(losses.values())) == 1, losses


def test_a_stream_on_disk_trains_validates_refits_and_predicts(monkeypatch, tmp_path):
    monkeypatch.setattr(spool, "IN_MEMORY", 1500)
    seen = []
    search = searching.search
    monkeypatch.setattr(
        "autonas.estimators.base.search", lambda job, shown: seen.append(job.data) or search(job, shown)
    )
    clf = autonas.ImageClassifier(max_trials=2, seed=0, verbose=0, refit="all", directory=tmp_path)
    clf.fit(batches(), epochs=8)
    assert isinstance(seen[0].train.x, DiskArray)
    assert clf.score(X, NAMES) > 0.4  # ten classes: it has learned
    assert clf.score(batches()) == clf.score(X, NAMES)
    assert clf.evaluate(batches()) == pytest.approx(clf.evaluate(X, NAMES))
    np.testing.assert_array_equal(clf.predict(tf.data.Dataset.from_tensor_slices(X)), clf.predict(X))
    trials = len(clf.leaderboard())
    clf.fit(batches(), epochs=8)  # the same data: the search goes on where it was
    assert len(clf.leaderboard()) == trials


def test_validation_data_come_by_any_door(folder):
    for given in (
        folder,
        tf.data.Dataset.from_tensor_slices((X, NAMES)).batch(7),
        ([Image.fromarray(X[0])], NAMES[:1]),
    ):
        assert searched(X, NAMES, validation_data=given).validation_metrics_
    with pytest.raises(autonas.errors.DataError, match="labels that fit saw"):
        searched(X, Y, validation_data=folder)


def test_a_folder_is_scored_by_its_names(folder):
    clf = searched(folder)
    order = np.argsort(NAMES, kind="stable")
    assert clf.score(folder) == clf.score(X[order], NAMES[order])
    np.testing.assert_array_equal(clf.predict(folder), clf.predict(X[order]))


def test_the_time_that_reading_takes_is_not_planned_with(monkeypatch):
    planned = []
    plan = searching.make_plan
    monkeypatch.setattr(searching, "make_plan", lambda **known: planned.append(known["seconds"]) or plan(**known))

    def slow():
        time.sleep(3)
        yield from batches()

    autonas.ImageClassifier(time_limit=20, max_trials=1, seed=0, verbose=0).fit(slow(), epochs=1)
    assert 0 < planned[0] < 17

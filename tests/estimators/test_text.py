"""Searches on texts, end to end and small: strings in, labels or numbers out, everywhere."""

import contextlib
import json
import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import autonas
from autonas.arch.text_starters import TEXT_STARTERS
from autonas.errors import DataError, DirectoryError
from autonas.estimators import text as texts_module

pytestmark = pytest.mark.tf

GOOD, BAD = ["fine", "lovely", "warm", "bright"], ["dull", "poor", "cold", "grey"]
FILLER = ["the", "a", "film", "plot", "actor", "scene", "story", "music", "end", "it", "was", "with", "and", "of"]


def _reviews(n=160, seed=0):
    """Short texts whose words say how good they are; HTML and capitals as in the wild."""
    rng = np.random.default_rng(seed)
    texts, ratings = [], []
    for _ in range(n):
        praise = int(rng.integers(0, 5))
        words = [*rng.choice(GOOD, praise), *rng.choice(BAD, 4 - praise), *rng.choice(FILLER, rng.integers(3, 12))]
        texts.append(" ".join(rng.permutation(words)).capitalize() + rng.choice([".", "!", " <br />", ""]))
        ratings.append(praise)
    return texts, np.array(ratings, float)


@pytest.fixture(scope="module")
def reviews():
    return _reviews()


@contextlib.contextmanager
def _two_designs():
    """Search from the linear network and the convolutions alone: the others are built and exported elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts_module, "WIDTHS", {"ngram_linear": ((1,), 1), "text_cnn": ((8,), 8)})
        yield


@pytest.fixture(autouse=True)
def _few_designs():
    with _two_designs():
        yield


@pytest.fixture(scope="module")
def classifier(reviews):
    texts, ratings = reviews
    labels = np.where(ratings > 2, "good", "bad")
    with _two_designs():
        return autonas.TextClassifier(max_trials=3, seed=0, verbose=0).fit(texts, labels, epochs=2)


def test_labels_come_back(classifier, reviews):
    new, ratings = _reviews(80, seed=1)
    predicted = classifier.predict(new)
    assert predicted.dtype.kind == "U"
    assert classifier.classes_.tolist() == ["bad", "good"]
    assert classifier.score(new, np.where(ratings > 2, "good", "bad")) > 0.85
    chances = classifier.predict_proba(new)
    assert chances.shape == (80, 2)
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)
    assert np.array_equal(classifier.classes_[chances.argmax(axis=1)], predicted)


def test_the_first_network_is_linear_and_others_follow(classifier):
    rows = sorted(classifier.leaderboard().to_dicts(), key=lambda row: row["trial"])
    assert rows[0]["parameters"] == (classifier.schema_.sizes.terms + 1) * 2
    assert rows[1]["parameters"] != rows[0]["parameters"]
    assert all(row["status"] in ("completed", "stopped early") for row in rows)


@pytest.mark.parametrize(
    "form",
    [
        tuple,
        np.array,
        lambda texts: np.array(texts, dtype=object),
        pd.Series,
        lambda texts: [t.encode() for t in texts],
    ],
)
def test_every_form_of_texts_predicts_alike(classifier, form):
    texts = [*_reviews(5, seed=2)[0], "", "unseen wörds"]
    assert np.allclose(classifier.predict_proba(form(texts)), classifier.predict_proba(texts), atol=1e-6)


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (["a", None], "must be a string"),
        ([1.0, 2.0], "must be a string"),
        (np.zeros((3, 4)), r"of shape \(n,\)"),
    ],
)
def test_what_is_no_text_is_refused_at_fit_and_at_predict(classifier, x, says):
    with pytest.raises(DataError, match=says):
        classifier.predict(x)
    with pytest.raises(DataError, match=says):
        autonas.TextClassifier(max_trials=1, verbose=0).fit(x, ["a", "b", "c"][: len(x)])


def test_a_folder_and_a_file_of_texts_come_in_by_their_doors(reviews, tmp_path):
    texts, ratings = reviews[0][:60], reviews[1][:60]
    labels = np.where(ratings > 2, "good", "bad")
    for place, (text, label) in enumerate(zip(texts, labels, strict=True)):
        (tmp_path / "folder" / label).mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / label / f"{place:03}.txt").write_text(text, "utf-8")
    pd.DataFrame({"text": texts, "label": labels}).to_csv(tmp_path / "texts.csv", index=False)
    settings = {"max_trials": 1, "seed": 0, "verbose": 0}
    by_list = autonas.TextClassifier(**settings).fit(texts, labels)
    by_file = autonas.TextClassifier(**settings).fit(tmp_path / "texts.csv", "label")
    by_folder = autonas.TextClassifier(**settings).fit(tmp_path / "folder")
    new = _reviews(10, seed=7)[0]
    assert np.allclose(by_list.predict_proba(new), by_file.predict_proba(new), atol=1e-6)
    assert by_folder.classes_.tolist() == by_list.classes_.tolist()
    assert len(by_folder.predict(tmp_path / "folder" / "good")) == int((labels == "good").sum())


def test_one_text_is_not_taken_for_many(classifier):
    with pytest.raises(DataError, match="a list or an array of texts"):
        classifier.predict("a fine film")


def test_a_saved_classifier_predicts_alike(classifier, tmp_path):
    texts = _reviews(6, seed=3)[0]
    again = autonas.load(classifier.save(tmp_path / "c.autonas"))
    assert np.allclose(again.predict_proba(texts), classifier.predict_proba(texts), atol=1e-6)
    assert again.predict(texts).tolist() == classifier.predict(texts).tolist()
    assert again.export(tmp_path / "m.keras").is_file()


_BARE = """
import json, sys
sys.modules["autonas"] = None
import keras, numpy as np, tensorflow as tf
texts, expected = json.load(open("texts.json"))
model = keras.models.load_model("m.keras")
assert np.abs(model.predict(tf.constant(texts), verbose=0) - expected).max() < 1e-4
loaded = tf.saved_model.load("saved")
answer = loaded.serve(tf.constant(texts))
assert np.abs(answer["probabilities"].numpy() - expected).max() < 1e-4
assert loaded.classes()["classes"].numpy().tolist() == [b"bad", b"good"]
"""


def test_exports_take_strings_where_there_is_no_autonas(classifier, tmp_path):
    texts = [*_reviews(6, seed=4)[0], "", "<br />Fine!!!", "été 🎬"]
    classifier.export(tmp_path / "m.keras")
    classifier.export(tmp_path / "saved", format="tf_saved_model")
    (tmp_path / "texts.json").write_text(json.dumps([texts, classifier.predict_proba(texts).tolist()]))
    command = [sys.executable, "-P", "-c", _BARE]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_numbers_come_back_and_a_search_goes_on(reviews, tmp_path):
    texts, ratings = reviews
    settings = {"seed": 0, "verbose": 0, "directory": tmp_path}
    first = autonas.TextRegressor(max_trials=1, **settings).fit(texts, ratings, epochs=2)
    assert len(first.leaderboard().to_dicts()) == 1
    more = clone(first).set_params(max_trials=2).fit(texts, ratings, epochs=2)
    rows = more.leaderboard().to_dicts()
    assert len(rows) == 2
    assert first.leaderboard().to_dicts()[0]["score"] in {row["score"] for row in rows}
    new, truth = _reviews(60, seed=5)
    predicted = more.predict(new)
    assert predicted.shape == (60,)
    assert predicted.dtype == np.float64
    assert np.abs(predicted - truth).mean() < 0.7 * np.abs(truth - truth.mean()).mean()
    with pytest.raises(DirectoryError):
        autonas.TextRegressor(max_trials=2, **settings).fit(texts[1:], ratings[1:], epochs=2)


def test_refit_uses_all_texts_and_blends_nothing(reviews):
    texts, ratings = reviews
    regressor = autonas.TextRegressor(max_trials=1, seed=0, verbose=0, refit="all").fit(texts, ratings)
    plain = autonas.TextRegressor(max_trials=1, seed=0, verbose=0).fit(texts, ratings)
    assert regressor.source_ == "search"
    assert not np.allclose(regressor.predict(texts[:5]), plain.predict(texts[:5]))


def test_the_model_is_a_plain_keras_model(classifier):
    model = classifier.export_model()
    assert isinstance(model, keras.Model)
    assert model.input.dtype == "string"


DESIGNS = set(texts_module.WIDTHS)


def test_every_starter_is_a_design_of_the_search():
    assert set(TEXT_STARTERS) == DESIGNS


def test_several_labels_a_text(reviews):
    texts, ratings = reviews
    labels = [{"good"} if rating > 2 else {"bad", "low"} if rating < 1 else {"bad"} for rating in ratings]
    classifier = autonas.TextClassifier(max_trials=1, seed=0, verbose=0).fit(texts, labels, epochs=40)
    predicted = classifier.predict(texts[:20])
    assert len(predicted) == 20
    right = [("good" in found) == (rating > 2) for found, rating in zip(predicted, ratings, strict=False)]
    assert np.mean(right) > 0.8

"""Texts that are no texts, labels that do not fit them, files and folders that do not hold any."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import autonas
from tests.bad_input.conftest import check_fit, check_message

pytestmark = pytest.mark.tf

TEXTS = [f"text number {number} of {'good' if number % 2 else 'bad'} things" for number in range(20)]
LABELS, NUMBERS = ["good" if number % 2 else "bad" for number in range(20)], np.arange(20.0)

X = {
    "None": (None, "a list or an array of texts"),
    "a number": (7, "a list or an array of texts"),
    "a dict": ({"text": TEXTS}, "a list or an array of texts"),
    "nothing": ([], "at least one text"),
    "numbers": (list(range(20)), r"x\[0\] must be a string"),
    "an array of numbers": (np.zeros(20), r"x\[0\] must be a string"),
    "a table of numbers": (np.zeros((20, 3)), r"texts of shape \(n,\)"),
    "two columns": (pd.DataFrame({"a": TEXTS, "b": TEXTS}), r"texts of shape \(n,\)"),
    "two columns of an array": (np.array([TEXTS, TEXTS]).T, r"texts of shape \(n,\)"),
    "None among them": ([*TEXTS[:19], None], r"x\[19\] must be a string.*Remove what is missing"),
    "NaN among them": ([*TEXTS[:19], float("nan")], r"x\[19\] must be a string.*Remove what is missing"),
    "NA in a column": (pd.Series([*TEXTS[:19], pd.NA]), r"x\[19\] must be a string.*Remove what is missing"),
    "a number among them": ([*TEXTS[:19], 3], r"x\[19\] must be a string.*Convert it"),
    "a list of words among them": ([*TEXTS[:19], ["a", "b"]], r"x\[19\] must be a string"),
    "bytes that are not UTF-8": ([*TEXTS[:19], b"\xff\xfe"], r"x\[19\] must be UTF-8"),
    "no word in any": (["..."] * 20, "texts of words"),
    "empty ones": ([""] * 20, "texts of words"),
    "a path of nothing": ("nowhere/at/all", "which is nothing"),
}


@pytest.mark.parametrize("case", X)
def test_what_is_no_text(case, tmp_path):
    x, said = X[case]
    check_fit(autonas.TextClassifier, x, None if isinstance(x, str) else LABELS, said, tmp_path / "mine", {}, {})


Y = {
    "none": (autonas.TextClassifier, None, {}, "y must be given"),
    "too few": (autonas.TextClassifier, LABELS[:19], {}, "same length"),
    "one class": (autonas.TextClassifier, ["good"] * 20, {}, "at least two classes"),
    "None among labels": (autonas.TextClassifier, [*LABELS[:19], None], {}, ""),
    "words for numbers": (autonas.TextRegressor, LABELS, {}, "y must be numbers"),
    "NaN among numbers": (autonas.TextRegressor, [*NUMBERS[:19], np.nan], {}, "finite"),
    "infinity among numbers": (autonas.TextRegressor, [*NUMBERS[:19], np.inf], {}, "finite"),
    "negative weights": (autonas.TextClassifier, LABELS, {"sample_weight": -np.ones(20)}, "sample_weight"),
    "too few weights": (autonas.TextClassifier, LABELS, {"sample_weight": np.ones(19)}, "sample_weight"),
    "a split of everything": (autonas.TextClassifier, LABELS, {"validation_split": 1.0}, "validation_split"),
    "weights of unknown classes": (autonas.TextClassifier, LABELS, {"class_weight": {"ugly": 2.0}}, "class_weight"),
    "class weights of numbers": (autonas.TextRegressor, NUMBERS, {"class_weight": "balanced"}, "class_weight"),
    "unseen labels in validation": (
        autonas.TextClassifier,
        LABELS,
        {"validation_data": (TEXTS[:2], ["good", "ugly"])},
        "ugly",
    ),
    "numbers in validation": (autonas.TextClassifier, LABELS, {"validation_data": ([1, 2], LABELS[:2])}, "a string"),
}


@pytest.mark.parametrize("case", Y)
def test_targets_and_weights(case, tmp_path):
    kind, y, fit, said = Y[case]
    check_fit(kind, TEXTS, y, said, tmp_path / "mine", {}, fit)


def _texts(folder, *names, content=b"some good words"):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


FOLDERS = {
    "empty": (lambda folder: None, "a folder of class folders"),
    "no class folders": (lambda folder: _texts(folder, "1.txt", "2.txt"), "a folder of class folders"),
    "one class": (lambda folder: _texts(folder, "a/1.txt", "a/2.txt"), "at least two classes"),
    "pictures": (lambda folder: _texts(folder, "a/1.png", "b/1.png"), "must hold files"),
    "not UTF-8": (
        lambda folder: (_texts(folder, "a/1.txt", "b/1.txt"), _texts(folder, "b/2.txt", content=b"\xff\xfe")),
        "readable.*2.txt",
    ),
}


@pytest.mark.parametrize("case", FOLDERS)
def test_folders(case, tmp_path):
    (tmp_path / "data").mkdir()
    make, said = FOLDERS[case]
    make(tmp_path / "data")
    check_fit(autonas.TextClassifier, tmp_path / "data", None, said, tmp_path / "mine", {}, {})


FILES = {
    "no such target": ({"text": TEXTS, "label": LABELS}, "sentiment", "sentiment"),
    "two columns of texts": ({"text": TEXTS, "title": TEXTS, "label": LABELS}, "label", "one column of texts"),
    "numbers for texts": ({"text": NUMBERS, "label": LABELS}, "label", "must be a string"),
    "missing texts": ({"text": [*TEXTS[:19], None], "label": LABELS}, "label", "must be a string"),
}


@pytest.mark.parametrize("case", FILES)
def test_files(case, tmp_path):
    columns, target, said = FILES[case]
    pd.DataFrame(columns).to_csv(tmp_path / "texts.csv", index=False)
    check_fit(autonas.TextClassifier, tmp_path / "texts.csv", target, said, tmp_path / "mine", {}, {})


def test_a_stream_without_labels(tmp_path):
    stream = tf.data.Dataset.from_tensor_slices(TEXTS).batch(5)
    check_fit(autonas.TextClassifier, stream, None, "", tmp_path / "mine", {}, {})


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_nothing_is_predicted_before_fit(method):
    with pytest.raises(ValueError, match="must be fitted first") as raised:
        getattr(autonas.TextClassifier(), method)(TEXTS)
    check_message(raised.value)

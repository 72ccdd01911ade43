"""Arrays, labels, weights and arguments that no search for images can use."""

from __future__ import annotations

import datetime

import keras
import keras_tuner
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.model_selection import KFold, LeaveOneGroupOut, PredefinedSplit

import autonas
from tests.bad_input.conftest import check_fit

pytestmark = pytest.mark.tf

X, Y = np.arange(20 * 8 * 8, dtype=np.float32).reshape(20, 8, 8), np.arange(20) % 2
NUMBERS = np.linspace(0, 1, 20)


def spoiled(value):
    x = X.copy()
    x[3, 4, 5] = value
    return x


def objects(*values):
    held = np.empty(len(values), dtype=object)
    held[:] = values
    return held


IMAGES = {
    "no images": (np.empty((0, 8, 8)), "at least one image"),
    "none in a list": ([], r"\(n, h, w\)"),
    "no rows": (np.empty((20, 0, 8)), "at least one pixel"),
    "no channels": (np.empty((20, 8, 8, 0)), "at least one pixel"),
    "NaN": (spoiled(np.nan), "finite pixels .*Received: 1 that"),
    "infinite": (spoiled(np.inf), "finite pixels .*Received: 1 that"),
    "negative infinite": (spoiled(-np.inf), "finite pixels .*Received: 1 that"),
    "too large for float32": (X.astype(np.float64) + 1e300, "fit in float32"),
    "a number": (5, r"\(n, h, w\)"),
    "vectors": (X[:, 0, 0], r"\(n, h, w\) or"),
    "flat images": (X.reshape(20, 64), r"\(n, h, w\) or .*Received: \(20, 64\)"),
    "five axes": (X[..., None, None], r"\(n, h, w\) or"),
    "None": (None, "an array of numbers"),
    "None among images": ([*X[:-1], None], "of one size"),
    "a text": ("images", "a folder of class folders.*which is nothing"),
    "texts": (np.array(["a.png"] * 20), "an array of numbers"),
    "bytes": ([b"\x89PNG"] * 20, "an array of numbers"),
    "objects": (objects(*[object()] * 20), "an array of numbers"),
    "arrays as objects": (objects(*[np.ones((8, 8))] * 19, np.ones((7, 8))), "an array of numbers"),
    "sizes that differ": ([np.ones((8, 8)), np.ones((9, 8))] * 10, "of one size"),
    "channels that differ": ([np.ones((8, 8)), np.ones((8, 8, 3))] * 10, "of one size"),
    "complex": (X + 1j, "an array of numbers"),
    "dates": (X.astype("datetime64[s]"), "an array of numbers"),
    "fields": (np.zeros((20, 8, 8), dtype=[("red", "u1")]), "an array of numbers"),
    "a dict": ({"image": X}, "an array of numbers"),
    "a sparse matrix": (scipy.sparse.csr_matrix(X.reshape(20, 64)), "an array of numbers"),
    "a data frame": (pd.DataFrame(X.reshape(20, 64)), r"\(n, h, w\) or"),
    "a thing": (object(), "an array of numbers"),
}


@pytest.mark.parametrize("case", IMAGES)
def test_images(case, tmp_path):
    x, said = IMAGES[case]
    check_fit(autonas.ImageClassifier, x, None if isinstance(x, str) else Y, said, tmp_path / "mine", {}, {})


LABELS = {
    "one too few": (Y[:-1], "same length. Received: 20 and 19"),
    "none": ([], "same length. Received: 20 and 0"),
    "not given": (None, "given with x"),
    "one class": (np.ones(20, int), "at least two classes. Received: one class, 1"),
    "one text": (["cat"] * 20, "at least two classes"),
    "a single value": (1, "same length"),
    "a text of their number": ("ab" * 10, r"\(n,\) or"),
    "a dict": (dict(enumerate(Y)), "same length"),
    "a set": (set(range(20)), "same length"),
    "None among them": ([None, *Y[1:]], "no missing labels. Received: 1 of 20"),
    "all None": ([None] * 20, "no missing labels. Received: 20 of 20"),
    "NaN among them": ([np.nan, *Y[1:].astype(float)], "no missing labels"),
    "NaN among texts": ([np.nan, *["cat", "dog"] * 9, "cat"], "no missing labels"),
    "pandas' NA among them": (pd.Series([pd.NA, *Y[1:]], dtype="Int64"), "missing|one kind"),
    "infinite": ([np.inf, *Y[1:].astype(float)], "no missing labels"),
    "fractions": (Y + 0.5, "class labels. .*Use ImageRegressor"),
    "texts and numbers": (["cat", 1] * 10, "all of one kind"),
    "bytes": (np.array([b"cat", b"dog"] * 10), "int, bool or string labels"),
    "complex": (Y + 1j, "int, bool or string labels"),
    "dates": (np.array([datetime.date(2026, 1, 1 + n) for n in Y]), "all of one kind"),
    "objects": ([object() for _ in Y], "all of one kind"),
    "three axes": (np.zeros((20, 2, 2), int), r"\(n,\) or"),
    "soft": (np.full((20, 2), 0.5), "one-hot rows"),
    "negative rows": (np.eye(2)[Y] * -1, "one-hot rows"),
    "texts in rows": (np.array([["a", "b"]] * 20), "one-hot rows|labels"),
    "sets of one label": ([{"cat"}] * 20, "at least two labels"),
    "sets of mixed kinds": ([{"cat"}, {1}] * 10, "all of one kind"),
    "sets with None": ([{"cat", None}, {"dog"}] * 10, "no missing labels"),
    "empty sets": ([set()] * 20, "a list of sets of labels"),
}


@pytest.mark.parametrize("case", LABELS)
def test_labels(case, tmp_path):
    y, said = LABELS[case]
    check_fit(autonas.ImageClassifier, X, y, said, tmp_path / "mine", {}, {})


def test_ten_thousand_classes_of_one_example(tmp_path):
    x, y = np.zeros((10_000, 2, 2), np.uint8), np.arange(10_000)
    check_fit(autonas.ImageClassifier, x, y, "a class of at least two samples", tmp_path / "mine", {}, {})


TARGETS = {
    "texts": (["a"] * 20, "numbers"),
    "NaN": ([np.nan, *NUMBERS[1:]], "finite numbers. Received: 1"),
    "infinite": ([np.inf, *NUMBERS[1:]], "finite numbers. Received: 1"),
    "None": ([None, *NUMBERS[1:]], "numbers"),
    "bool": (Y == 1, "numbers"),
    "complex": (NUMBERS + 1j, "numbers"),
    "too large to square": (NUMBERS * 1e200, "float64 can square"),
    "three axes": (np.zeros((20, 2, 2)), r"\(n,\) or \(n, k\)"),
    "no columns": (np.zeros((20, 0)), r"\(n,\) or \(n, k\)"),
    "rows of unequal length": ([[1.0], [1.0, 2.0]] * 10, "numbers"),
    "too few": (NUMBERS[:3], "same length"),
    "dates": (np.array(["2026-01-01"] * 20, dtype="datetime64[D]"), "numbers"),
    "not given": (None, "given with x"),
}


@pytest.mark.parametrize("case", TARGETS)
def test_targets_of_a_regressor(case, tmp_path):
    y, said = TARGETS[case]
    check_fit(autonas.ImageRegressor, X, y, said, tmp_path / "mine", {}, {})


FIT = {
    "sample_weight: negative": {"sample_weight": -np.ones(20)},
    "sample_weight: one negative": {"sample_weight": [-1e-9, *np.ones(19)]},
    "sample_weight: NaN": {"sample_weight": [np.nan, *np.ones(19)]},
    "sample_weight: infinite": {"sample_weight": [np.inf, *np.ones(19)]},
    "sample_weight: all zero": {"sample_weight": np.zeros(20)},
    "sample_weight: too few": {"sample_weight": np.ones(3)},
    "sample_weight: rows": {"sample_weight": np.ones((20, 2))},
    "sample_weight: texts": {"sample_weight": ["heavy"] * 20},
    "sample_weight: one number": {"sample_weight": 2.0},
    "sample_weight: None among them": {"sample_weight": [None, *["a"] * 19]},
    "class_weight: no label": {"class_weight": {"cat": 2.0}},
    "class_weight: negative": {"class_weight": {0: -1.0}},
    "class_weight: NaN": {"class_weight": {0: np.nan}},
    "class_weight: text": {"class_weight": {0: "heavy"}},
    "class_weight: word": {"class_weight": "even"},
    "class_weight: list": {"class_weight": [1.0, 2.0]},
    "class_weight: all zero": {"class_weight": {0: 0.0, 1: 0.0}},
    "validation_split: 0": {"validation_split": 0},
    "validation_split: 1": {"validation_split": 1.0},
    "validation_split: negative": {"validation_split": -0.2},
    "validation_split: percent": {"validation_split": 20},
    "validation_split: tiny": {"validation_split": 0.001},
    "validation_split: NaN": {"validation_split": float("nan")},
    "validation_split: text": {"validation_split": "0.2"},
    "validation_split: None": {"validation_split": None},
    "validation_split: True": {"validation_split": True},
    "validation_split: too many folds": {"validation_split": KFold(100)},
    "validation_split: a class": {"validation_split": KFold},
    "validation_split: needs groups": {"validation_split": LeaveOneGroupOut()},
    "validation_split: of other rows": {"validation_split": PredefinedSplit(np.arange(50) % 2)},
    "validation_data: x alone": {"validation_data": (X,)},
    "validation_data: four": {"validation_data": (X, Y, Y, Y)},
    "validation_data: an array": {"validation_data": X},
    "validation_data: a dict": {"validation_data": {"x": X, "y": Y}},
    "validation_data: other size": {"validation_data": (X[:, 1:], Y)},
    "validation_data: other rank": {"validation_data": (X[..., None], Y)},
    "validation_data: unseen label": {"validation_data": (X, Y + 1)},
    "validation_data: other kind of label": {"validation_data": (X, Y.astype(str))},
    "validation_data: lengths": {"validation_data": (X, Y[:3])},
    "validation_data: NaN": {"validation_data": (spoiled(np.nan), Y)},
    "validation_data: empty": {"validation_data": (X[:0], Y[:0])},
    "validation_data: no labels": {"validation_data": (X, None)},
    "validation_data: negative weights": {"validation_data": (X, Y, -np.ones(20))},
    "validation_data: no folder": {"validation_data": "nowhere"},
    "epochs: 0": {"epochs": 0},
    "epochs: negative": {"epochs": -1},
    "epochs: NaN": {"epochs": float("nan")},
    "epochs: text": {"epochs": "3"},
    "epochs: True": {"epochs": True},
    "batch_size: 0": {"batch_size": 0},
    "batch_size: fraction": {"batch_size": 2.5},
    "batch_size: text": {"batch_size": "32"},
    "callbacks: one": {"callbacks": keras.callbacks.Callback()},
    "callbacks: functions": {"callbacks": [print]},
    "callbacks: a class": {"callbacks": [keras.callbacks.Callback]},
}


@pytest.mark.parametrize("case", FIT)
def test_arguments_of_fit(case, tmp_path):
    check_fit(
        autonas.ImageClassifier,
        X,
        Y,
        "validation" if "validation_data" in case else case.split(":")[0],
        tmp_path / "mine",
        {},
        FIT[case],
    )


def not_a_number(truth, predicted):
    return "good"


SETTINGS = {
    "oracle: unknown": {"oracle": "simulated annealing"},
    "oracle: None": {"oracle": None},
    "oracle: a class": {"oracle": autonas.search.RandomSearch},
    "tuner: AutoKeras's own": {"tuner": "greedy"},
    "oracle: tuner says otherwise": {"oracle": "random", "tuner": "bayesian"},
    "time_limit: 0": {"time_limit": 0},
    "time_limit: negative": {"time_limit": -5},
    "time_limit: NaN": {"time_limit": float("nan")},
    "time_limit: infinite": {"time_limit": float("inf")},
    "time_limit: text": {"time_limit": "10 minutes"},
    "time_limit: True": {"time_limit": True},
    "max_trials: 0": {"max_trials": 0},
    "max_trials: fraction": {"max_trials": 1.5},
    "max_trials: text": {"max_trials": "ten"},
    "max_params: 0": {"max_params": 0},
    "max_disk_mb: 0": {"max_disk_mb": 0},
    "workers: a word": {"workers": "cluster"},
    "max_params: less than any network": {"max_params": 10},
    "max_params: max_model_size says otherwise": {"max_params": 10_000, "max_model_size": 20_000},
    "objective: unknown": {"objective": "f1"},
    "objective: a number": {"objective": 1},
    "objective: the wrong way": {"objective": keras_tuner.Objective("val_accuracy", "min")},
    "objective: a regressor's": {"objective": "val_mae"},
    "refit: unknown": {"refit": "best"},
    "seed: negative": {"seed": -1},
    "seed: fraction": {"seed": 0.5},
    "seed: text": {"seed": "0"},
    "verbose: 3": {"verbose": 3},
    "project_name: a path": {"project_name": "a/b"},
    "project_name: empty": {"project_name": ""},
    "project_name: a number": {"project_name": 7},
    "num_classes: other": {"num_classes": 3},
    "num_classes: text": {"num_classes": "two"},
    "multi_label: text": {"multi_label": "yes"},
    "loss: unknown": {"loss": "categorical"},
    "loss: a class": {"loss": keras.losses.MeanSquaredError},
    "loss: a number": {"loss": 1.0},
    "metrics: no list": {"metrics": "f1"},
    "metrics: unknown": {"metrics": ["f2"]},
    "metrics: gives no number": {"metrics": [not_a_number]},
    "metrics: twice": {"metrics": ["f1", "f1"]},
}


@pytest.mark.parametrize("case", SETTINGS)
def test_settings(case, tmp_path):
    check_fit(
        autonas.ImageClassifier,
        X,
        Y,
        case.split(":")[0].replace("tuner", "oracle"),
        tmp_path / "mine",
        SETTINGS[case],
        {},
    )


@pytest.mark.parametrize("value", [7, b"folder", ["folder"]])
def test_a_directory_that_is_no_path(value, tmp_path):
    check_fit(autonas.ImageClassifier, X, Y, "directory must be", tmp_path / "mine", {"directory": value}, {})


def test_multi_label_false_refuses_several_labels(tmp_path):
    y = np.array([[1, 1], [0, 1]] * 10)
    check_fit(autonas.ImageClassifier, X, y, "multi_label", tmp_path / "mine", {"multi_label": False}, {})


def test_a_metric_of_ones_own_has_no_direction(tmp_path):
    def spread(truth, predicted):
        return 0.0

    settings = {"metrics": [spread], "objective": "val_spread"}
    check_fit(autonas.ImageClassifier, X, Y, "direction is known", tmp_path / "mine", settings, {})


def test_a_regressor_has_no_classes_to_weigh(tmp_path):
    check_fit(autonas.ImageRegressor, X, NUMBERS, "class_weight", tmp_path / "mine", {}, {"class_weight": "balanced"})


def test_a_regressor_of_another_number_of_outputs(tmp_path):
    check_fit(autonas.ImageRegressor, X, NUMBERS, "output_dim", tmp_path / "mine", {"output_dim": 2}, {})

"""Everything that can be known to be wrong is said before training: what must hold, what came, what to do."""

import re

import keras
import numpy as np
import pytest

import autonas
from autonas.errors import DataError, DirectoryError, SettingError

pytestmark = pytest.mark.tf

X, Y = np.arange(20 * 8 * 8, dtype=np.float32).reshape(20, 8, 8), np.arange(20) % 2


@pytest.fixture(autouse=True)
def _nothing_trains(monkeypatch):
    def trained(*args, **kwargs):
        raise AssertionError("A network was trained before the error was found.")

    monkeypatch.setattr(keras.Model, "fit", trained)
    monkeypatch.setattr(keras.Model, "train_on_batch", trained)


def spoiled(value):
    x = X.copy()
    x[3, 4, 5] = value
    return x


DATA = {
    "no images": (np.empty((0, 8, 8)), [], r"at least one image"),
    "NaN": (spoiled(np.nan), Y, r"finite pixels .*Received: 1 that"),
    "infinite": (spoiled(np.inf), Y, r"finite pixels .*Received: 1 that"),
    "lengths": (X, Y[:-1], r"same length. Received: 20 and 19"),
    "one class": (X, np.ones(20, int), r"at least two classes. Received: one class, 1"),
    "too flat": (X.reshape(20, 64), Y, r"\(n, h, w\) or \(n, h, w, c\). Received: \(20, 64\)"),
    "too deep": (X.reshape(20, 8, 8, 1, 1), Y, r"\(n, h, w\) or \(n, h, w, c\). Received: \(20, 8, 8, 1, 1\)"),
    "file names": (np.array(["a.png"] * 20), Y, r"an array of numbers. Received: 'str"),
    "sizes differ": ([np.ones((8, 8)), np.ones((9, 8))], [0, 1], r"of one size. Received: sizes that differ"),
    "missing label": (X, [None, *Y[1:]], r"no missing labels. Received: 1 of 20"),
    "numbers for labels": (X, Y + 0.5, r"class labels. Received: \[0.5.*Use ImageRegressor"),
    "soft labels": (X, np.full((20, 2), 0.5), r"one-hot rows"),
}


@pytest.mark.parametrize("case", DATA)
def test_data(case):
    x, y, said = DATA[case]
    refused(DataError, said, {}, x, y)


SETTINGS = {
    "oracle": (
        "simulated annealing",
        r"one of \['bayesian', .*'rl'\].*Received: 'simulated annealing'",
    ),
    "time_limit": (0, r"a positive number of seconds. Received: 0"),
    "time_limit ": (-5, r"a positive number of seconds. Received: -5"),
    "time_limit  ": ("10 minutes", r"a positive number of seconds. Received: '10 minutes'"),
    "max_trials": (0, r"at least 1. Received: 0"),
    "objective": ("f1", r"val_accuracy \(max\).*Received: 'f1'"),
    "max_params": (10, r"at least \d+, the size of the smallest first network.*Received: 10"),
    "refit": ("best", r"None or 'all'. Received: 'best'"),
    "seed": (-1, r"at least 0. Received: -1"),
    "verbose": (3, r"0, 1 or 2. Received: 3"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings(name):
    value, said = SETTINGS[name]
    refused(SettingError, rf"{name.strip()} must be .*{said}", {name.strip(): value}, X, Y)


FIT = {
    "validation_split": (1.0, SettingError, r"above 0 and below 1. Received: 1.0"),
    "validation_split ": (0.001, SettingError, r"samples for training and for validation. Received: 0.001 of 20"),
    "validation_data": ((X,), SettingError, r"a tuple \(x, y\)"),
    "validation_data ": (
        (X[:, 1:], Y),
        DataError,
        r"validation x must be of shape \(n, 8, 8\). Received: \(20, 7, 8\)",
    ),
    "validation_data  ": ((X, Y + 1), DataError, r"validation y must hold labels that fit saw"),
    "epochs": (0, SettingError, r"a positive number of passes.* Received: 0"),
    "batch_size": (0, SettingError, r"at least 1. Received: 0"),
    "sample_weight": (np.ones(3), DataError, r"of shape \(20,\).*Received: \(3,\)"),
    "sample_weight ": (-np.ones(20), DataError, r"0 or more.*Received: from -1 to -1"),
    "class_weight": ({"cat": 2.0}, SettingError, r"labels of y.*Received: 'cat'"),
    "callbacks": (keras.callbacks.Callback(), SettingError, r"a list of keras.callbacks.Callback"),
    "callbacks ": ([print], SettingError, r"a list of keras.callbacks.Callback.*Received: .*print"),
    "class_weight ": ("even", SettingError, r"Received: 'even'"),
}


@pytest.mark.parametrize("name", FIT)
def test_arguments_of_fit(name):
    value, kind, said = FIT[name]
    refused(kind, said, {}, X, Y, **{name.strip(): value})


def test_a_regressors_targets():
    for y, said in [
        (["a"] * 20, "numbers"),
        (spoiled(np.nan)[:, 4, 5], "finite numbers. Received: 1"),
        (Y[:3], "same length"),
    ]:
        refused(DataError, said, {}, X, y, kind=autonas.ImageRegressor)
    refused(SettingError, "class_weight must be None", {}, X, Y, kind=autonas.ImageRegressor, class_weight="balanced")


def test_a_directory_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "search").mkdir()
    (tmp_path / "search" / "thesis.txt").write_text("do not lose me")
    for overwrite in (False, True):
        said = r"directory must be empty or hold an autonas search. Received: .*other files"
        refused(DirectoryError, said, {"directory": tmp_path, "overwrite": overwrite}, X, Y)
    assert [path.name for path in (tmp_path / "search").iterdir()] == ["thesis.txt"]


def test_a_directory_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("text")
    said = r"directory must be a folder that can be written. Received: .*file"
    refused(DirectoryError, said, {"directory": tmp_path / "file"}, X, Y)


def refused(error, said, settings, x, y, kind=autonas.ImageClassifier, **fit):
    """Check that fit raises ``error`` with ``said``, what came and a remedy, and leaves nothing fitted behind."""
    estimator = kind(**{"max_trials": 1, "verbose": 0, **settings})
    with pytest.raises(error, match=f"(?s){said}") as raised:
        estimator.fit(x, y, **fit)
    remedy = re.split(r"Received: ", str(raised.value))[1]
    assert re.search(r"\b(Use|Give|Raise|Remove|Add|Bring|Convert|Read|Correct|Divide)\b", remedy), str(raised.value)
    assert not hasattr(estimator, "model_")

"""What a fitted estimator cannot predict for, or be scored on. It is fitted without training: nothing here needs a good
network."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import autonas
from autonas.arch.starters import perceptron
from autonas.data import make_dataset
from autonas.export import assemble
from autonas.runtime.compile import compile_architecture
from tests.bad_input.conftest import check_message

pytestmark = pytest.mark.tf

X, Y = np.arange(20 * 8 * 8, dtype=np.float32).reshape(20, 8, 8), np.arange(20) % 2
COLOURED = np.repeat(X[..., None], 3, axis=3)
FRAME = pd.DataFrame({"age": np.arange(20.0), "city": ["Rome", "Oslo"] * 10})
NUMBERS = np.arange(60.0).reshape(20, 3)


def as_fitted(kind, x, y):
    """Return an estimator that looks fitted, with the weights that Keras begins with."""
    estimator = kind(verbose=0)
    data = make_dataset(x, y, reader=kind.kind.reader, task=kind.task, seed=0)
    outputs = data.target.n_classes if hasattr(data.target, "n_classes") else data.target.n_outputs
    network = compile_architecture(perceptron(data.schema.shape, outputs, width=2))
    estimator.model_ = assemble(network, data.schema, data.target)
    estimator.schema_, estimator.target_ = data.schema, data.target
    if isinstance(estimator, autonas.StructuredDataClassifier):
        estimator.n_features_in_ = x.shape[1]
        if hasattr(x, "columns"):
            estimator.feature_names_in_ = np.asarray(x.columns, dtype=object)
    return estimator


@pytest.fixture(scope="module")
def fitted():
    return {
        "grey": as_fitted(autonas.ImageClassifier, X, Y),
        "coloured": as_fitted(autonas.ImageClassifier, COLOURED, Y),
        "several": as_fitted(autonas.ImageClassifier, X, np.array([[1, 1], [0, 1]] * 10)),
        "number": as_fitted(autonas.ImageRegressor, X, NUMBERS[:, 0]),
        "frame": as_fitted(autonas.StructuredDataClassifier, FRAME, Y),
        "array": as_fitted(autonas.StructuredDataClassifier, NUMBERS, Y),
    }


PREDICT = {
    "one image": ("grey", X[0], r"\(n, 8, 8\)"),
    "another height": ("grey", X[:, 1:], r"\(n, 8, 8\)"),
    "another width": ("coloured", COLOURED[:, :, 1:], r"\(n, 8, 8, 3\)"),
    "grey for coloured": ("coloured", X, r"\(n, 8, 8, 3\)"),
    "coloured for grey": ("grey", COLOURED, r"\(n, 8, 8\)"),
    "four channels": ("coloured", COLOURED[..., [0, 1, 2, 0]], r"\(n, 8, 8, 3\)"),
    "channels first": ("coloured", np.moveaxis(COLOURED, -1, 1), r"\(n, 8, 8, 3\)"),
    "no images": ("grey", X[:0], "at least one image"),
    "NaN": ("grey", X * np.nan, "finite pixels"),
    "infinite": ("number", X + np.inf, "finite pixels"),
    "texts": ("grey", np.full((2, 8, 8), "a"), "an array of numbers"),
    "None": ("grey", None, r"\(n, 8, 8\)"),
    "a dict": ("grey", {"x": X}, r"\(n, 8, 8\)"),
    "no folder": ("grey", "nowhere", "a folder of"),
    "no picture": ("grey", ["nowhere.png"], "readable"),
    "pictures and numbers": ("grey", [Image.new("L", (8, 8)), 3], "a list of PIL images"),
    "an empty stream": ("grey", iter([]), "at least one batch"),
    "a stream of other images": ("grey", iter([(X[:, 1:], Y)]), "x of batch 1"),
    "a stream of numbers": ("grey", iter([1, 2]), "x of batch 1"),
    "too few columns": ("array", NUMBERS[:, :2], "features|columns"),
    "too many columns": ("array", NUMBERS[:, [0, 1, 2, 2]], "features|columns"),
    "infinite numbers": ("array", NUMBERS + np.inf, "infinite|finite"),
    "no rows": ("array", NUMBERS[:0], "row|sample"),
    "a vector": ("array", NUMBERS[0], r"\(n, columns\)|features|columns"),
    "a lost column": ("frame", FRAME[["age"]], "feature names|columns"),
    "another column": ("frame", FRAME.rename(columns={"city": "town"}), "feature names|columns"),
    "texts for numbers": ("frame", FRAME.assign(age="old"), "numbers, as at fit"),
    "no file": ("frame", "nowhere.csv", "can be read"),
}


@pytest.mark.filterwarnings("ignore:x should have its channels last")
@pytest.mark.parametrize("case", PREDICT)
def test_predict(case, fitted):
    name, x, said = PREDICT[case]
    refused(said, lambda: fitted[name].predict(x), ours=name != "frame" and name != "array")


SCORE = {
    "an unseen label": ("grey", X, Y + 5, "labels that fit saw"),
    "texts for numbers": ("grey", X, Y.astype(str), "labels that fit saw"),
    "too few": ("grey", X, Y[:3], "same length"),
    "none": ("grey", X, None, "given with x"),
    "missing": ("grey", X, [None, *Y[1:]], "no missing labels"),
    "rows for labels": ("grey", X, np.eye(2)[Y], "as at fit"),
    "labels for rows": ("several", X, Y, "rows of 0 and 1"),
    "rows of other width": ("several", X, np.ones((20, 3)), "of 2 columns"),
    "texts": ("number", X, ["a"] * 20, "numbers"),
    "NaN": ("number", X, NUMBERS[:, 0] * np.nan, "finite numbers"),
    "other outputs": ("number", X, NUMBERS, "column"),
    "fewer": ("number", X, NUMBERS[:3, 0], "same length"),
    "an unseen class": ("array", NUMBERS, Y + 5, "labels that fit saw"),
}


@pytest.mark.parametrize("case", SCORE)
def test_evaluate_and_score(case, fitted):
    name, x, y, said = SCORE[case]
    refused(said, lambda: fitted[name].evaluate(x, y))
    if case not in ("an unseen label", "an unseen class", "texts for numbers"):  # these are merely wrong
        refused(".", lambda: fitted[name].score(x, y), ours=False)


@pytest.mark.parametrize("weight", [-np.ones(20), np.ones(3), np.full(20, np.nan), ["heavy"] * 20, np.zeros(20)])
def test_weights_of_evaluate(weight, fitted):
    for name, y in (("grey", Y), ("number", NUMBERS[:, 0])):
        refused("sample_weight", lambda name=name, y=y: fitted[name].evaluate(X, y, sample_weight=weight))


@pytest.mark.parametrize("use", ["predict", "predict_proba", "score", "evaluate", "leaderboard", "export_model"])
def test_nothing_is_fitted_yet(use):
    clf = autonas.ImageClassifier()
    given = {"predict": (X,), "predict_proba": (X,), "score": (X, Y), "evaluate": (X, Y)}.get(use, ())
    refused("must be fitted first", lambda: getattr(clf, use)(*given))


@pytest.mark.parametrize("path", ["nowhere.autonas", "tests", b"bytes"])
def test_loading_what_is_no_estimator(path):
    refused("path must be a saved estimator", lambda: autonas.load(path))


def refused(said, act, ours=True):
    """Check that ``act`` is refused; ``ours``: in our words, where scikit-learn's own checks do not come first."""
    with pytest.raises((ValueError, TypeError), match=f"(?s){said}") as raised:
        act()
    if ours:
        check_message(raised.value)

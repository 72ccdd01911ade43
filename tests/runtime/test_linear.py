"""Solved layers: those of scikit-learn at the chosen strength, chosen on the validation part."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse
from sklearn.linear_model import LogisticRegression, Ridge

from autonas.arch import Architecture, node
from autonas.data import ClassTarget, Dataset, Part, RegressionTarget

pytestmark = pytest.mark.tf

FEATURES, EXAMPLES = 60, 240


def _network(outputs, *between, shape=(FEATURES,)):
    nodes = [node("terms", "input", shape=shape), *between]
    return Architecture((*nodes, node("out", "dense", nodes[-1].id, units=outputs)), ("out",))


def _data(task, classes=2, seed=0, weight=None):
    """Sparse features, a few of which decide."""
    rng = np.random.default_rng(seed)
    x = scipy.sparse.random(EXAMPLES, FEATURES, 0.2, "csr", np.float32, random_state=seed)
    values = x[:, :classes].toarray() + 0.05 * rng.standard_normal((EXAMPLES, classes))
    if task == "classification":
        target, y = ClassTarget(np.arange(classes)), values.argmax(axis=1).astype(np.int32)
    else:
        target = RegressionTarget((0.0,) * classes, (1.0,) * classes, 2, "float32")
        y = ((values - values.mean(axis=0)) / values.std(axis=0)).astype(np.float32)
    half = EXAMPLES // 2
    parts = [
        Part({"terms": x[rows]}, y[rows], None if weight is None else weight[rows])
        for rows in (np.arange(half), np.arange(half, EXAMPLES))
    ]
    return Dataset(parts[0], parts[1], None, target)


def _predicted(weights, part):
    kernel, bias = weights["out"]
    return part.x["terms"] @ kernel + bias


@pytest.mark.parametrize("classes", [2, 3])
def test_classes_are_solved_as_by_scikit_learn(classes):
    from autonas.runtime.linear import signal, solve, solve_again

    data = _data("classification", classes)
    network = _network(classes)
    solution = solve(network, data, "classification")
    assert solution.metrics["val_accuracy"] > 1.25 / classes  # chance is 1 / classes
    x, part = data.train.x["terms"], data.train
    for strengths, scale in (((3.0, None), np.ones(FEATURES)), ((None, 3.0), signal(x, part, "classification"))):
        weights = solve_again(network, part, "classification", strengths)
        expected = LogisticRegression(C=3.0, tol=1e-8, max_iter=1000).fit(x.toarray() * scale, part.y)
        logits = _predicted(weights, data.validation)
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        theirs = expected.predict_proba(data.validation.x["terms"].toarray() * scale)
        assert np.abs(chances - theirs).max() < 1e-3


def test_numbers_are_solved_as_by_scikit_learn():
    from autonas.runtime.linear import solve, solve_again

    data = _data("regression", 2)
    solution = solve(_network(2), data, "regression")
    assert solution.metrics["val_mse"] < 0.5  # 1 is that of the mean
    weights = solve_again(_network(2), data.train, "regression", (0.3, None))
    expected = Ridge(alpha=0.3).fit(data.train.x["terms"].toarray(), data.train.y)
    theirs = expected.predict(data.validation.x["terms"].toarray())
    assert np.abs(_predicted(weights, data.validation) - theirs).max() < 1e-3


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_the_metrics_are_those_of_the_layer(task):
    from autonas.runtime.linear import solve
    from autonas.runtime.metrics import validation_metrics

    data = _data(task, 2)
    solution = solve(_network(2), data, task)
    predicted = _predicted(solution.weights, data.validation).astype(np.float32)
    assert solution.metrics == pytest.approx(validation_metrics(predicted, data.validation, task), abs=1e-6)
    assert {array.dtype for array in solution.weights["out"]} == {np.dtype("float32")}


def test_solving_again_on_the_same_part_gives_the_same_layer():
    from autonas.runtime.linear import solve, solve_again

    data = _data("classification", 3)
    solution = solve(_network(3), data, "classification")
    again = solve_again(_network(3), data.train, "classification", solution.strengths)
    for one, other in zip(solution.weights["out"], again["out"], strict=True):
        assert np.abs(one - other).max() < 0.05 * np.abs(one).max()  # one came by way of stronger penalties


def test_the_signal_by_hand():
    # Feature 0 in both examples of class 0, feature 1 in both of class 1, feature 2 in one of each.
    from autonas.runtime.linear import signal

    x = scipy.sparse.csr_matrix(np.array([[1, 0, 1], [1, 0, 0], [0, 1, 1], [0, 1, 0]], np.float32))
    found = signal(x, Part(x, np.array([0, 0, 1, 1])), "classification")
    # p = 3, 1, 2 of 6 and q = 1, 3, 2 of 6: log 3, log 3, 0, times what keeps the mean square.
    assert found == pytest.approx(np.array([1.0, 1.0, 0.0]) * np.sqrt(6 / 4))


def test_sample_weights_count():
    from autonas.runtime.linear import solve_again

    weight = np.where(np.arange(EXAMPLES) % 2 == 0, 1.0, 0.0).astype(np.float32)
    data = _data("classification", 2, weight=weight)
    chosen = np.arange(0, EXAMPLES // 2, 2)
    fewer = dataclasses.replace(data.train, x={"terms": data.train.x["terms"][chosen]}, y=data.train.y[chosen])
    fewer = dataclasses.replace(fewer, weight=None)
    weighted, dropped = (solve_again(_network(2), part, "classification", (1.0, 1.0)) for part in (data.train, fewer))
    assert np.abs(weighted["out"][0] - dropped["out"][0]).max() < 0.02


def test_a_class_that_only_validation_has_gets_no_chance():
    from autonas.runtime.linear import solve

    data = _data("classification", 2)
    solution = solve(_network(3), data, "classification")
    assert solution.weights["out"][1][2] == -30


def test_what_is_not_one_layer_over_sparse_features_is_not_solved():
    from autonas.runtime.linear import solvable

    data = _data("classification")
    dense = dataclasses.replace(data, train=Part({"terms": data.train.x["terms"].toarray()}, data.train.y))
    deep = _network(2, node("h", "dense", "terms", units=4), node("r", "relu", "h"))
    assert solvable(_network(2), data, "classification")
    assert not solvable(_network(2), dense, "classification")
    assert not solvable(deep, data, "classification")
    assert not solvable(_network(2), data, "multi_label")

"""One dense layer over sparse features is not trained step by step but solved: its loss is convex.

For classes that is logistic regression, for numbers ridge regression, both by scikit-learn. How strongly weights are
held back is tried on the validation part, from strong to weak, each fit starting from the one before it, until two in a
row are worse than the best.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from autonas.arch import Architecture
from autonas.arch.op import Array
from autonas.data import Dataset, Part
from autonas.morph import Arrays
from autonas.runtime.metrics import Floats, validation_metrics

INVERSE = tuple(np.logspace(-0.5, 3.0, 8))  # C of logistic regression
PENALTIES = tuple(np.logspace(1.5, -2.0, 8))  # alpha of ridge regression
PATIENCE = 2
ABSENT = -30.0  # logit of a class that no training example has


@dataclasses.dataclass(frozen=True)
class Solution:
    """A solved layer.

    Attributes:
        weights: its arrays by node id.
        metrics: on the validation part.
        strength: what was chosen: C for classes, alpha for numbers.
        rounds: passes of the solver over the training part, for all strengths together.
    """

    weights: Arrays
    metrics: dict[str, float]
    strength: float
    rounds: int


def solvable(architecture: Architecture, data: Dataset) -> bool:
    """Whether ``architecture`` is one dense layer over one sparse input of ``data``."""
    rest = [each for each in architecture.nodes if each.op != "input"]
    alone = len(architecture.inputs) == 1 and [each.op for each in rest] == ["dense"] and rest[0]["bias"]
    return alone and scipy.sparse.issparse(_features(architecture, data.train))


def solve(
    architecture: Architecture,
    data: Dataset,
    task: str,
    *,
    metric: str,
    maximise: bool,
    stop: Callable[[], bool] = lambda: False,
) -> Solution:
    """Return the best layer by ``metric`` on the validation part; ``stop`` is asked after every fit."""
    sign, best, rounds, behind = 1.0 if maximise else -1.0, None, 0, 0
    for strength, kernel, bias, took in _path(architecture, data.train, task):
        rounds += took
        predicted = np.asarray(_features(architecture, data.validation) @ kernel + bias, np.float32)
        metrics = validation_metrics(predicted, data.validation, task)
        if best is None or sign * metrics[metric] > sign * best.metrics[metric]:
            best, behind = Solution(_named(architecture, kernel, bias), metrics, strength, rounds), 0
        else:
            behind += 1
        if behind == PATIENCE or stop():
            break
    assert best is not None  # noqa: S101 - there is one strength at least
    return dataclasses.replace(best, rounds=rounds)


def solve_again(architecture: Architecture, part: Part, task: str, strength: float) -> Arrays:
    """Return the layer solved on other examples with the strength that was chosen before."""
    _, kernel, bias, _ = next(_path(architecture, part, task, (strength,)))
    return _named(architecture, kernel, bias)


def _path(
    architecture: Architecture, part: Part, task: str, strengths: tuple[float, ...] = ()
) -> Iterator[tuple[float, Floats, Floats, int]]:
    """Yield strength, kernel (d, k), bias (k,) and the solver's rounds, from the strongest penalty to the weakest."""
    x, outputs = _features(architecture, part), architecture.shapes[architecture.outputs[0]][0]
    if task == "classification":
        yield from _logistic(x, part, outputs, strengths or INVERSE)
    else:
        yield from _ridge(x, part, strengths or PENALTIES)


def _logistic(
    x: scipy.sparse.csr_matrix, part: Part, outputs: int, strengths: tuple[float, ...]
) -> Iterator[tuple[float, Floats, Floats, int]]:
    model = LogisticRegression(tol=1e-3, max_iter=200, warm_start=True)
    for strength in strengths:
        model.set_params(C=strength)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # near the optimum is near enough to be compared
            model.fit(x, part.y, sample_weight=part.weight)
        kernel, bias = np.zeros((x.shape[1], outputs)), np.full(outputs, ABSENT)
        coefficients, intercepts = model.coef_, model.intercept_
        if len(model.classes_) == 2:  # one logit, of the second class: half of it to each side
            coefficients, intercepts = (np.concatenate([-half, half]) for half in (coefficients / 2, intercepts / 2))
        kernel[:, model.classes_], bias[model.classes_] = coefficients.T, intercepts
        yield strength, kernel.astype(np.float32), bias.astype(np.float32), int(np.max(model.n_iter_))


def _ridge(
    x: scipy.sparse.csr_matrix, part: Part, strengths: tuple[float, ...]
) -> Iterator[tuple[float, Floats, Floats, int]]:
    for strength in strengths:
        model = Ridge(alpha=strength, solver="sparse_cg", tol=1e-4).fit(x, part.y, sample_weight=part.weight)
        kernel = np.atleast_2d(model.coef_).T
        rounds = 0 if model.n_iter_ is None else int(np.max(model.n_iter_))
        yield strength, kernel.astype(np.float32), np.atleast_1d(model.intercept_).astype(np.float32), rounds


def _features(architecture: Architecture, part: Part) -> scipy.sparse.csr_matrix:
    return part.x[architecture.inputs[0]] if isinstance(part.x, dict) else part.x


def _named(architecture: Architecture, kernel: Array, bias: Array) -> Arrays:
    return {architecture.outputs[0]: (kernel, bias)}

"""One dense layer over sparse features is not trained step by step but solved: its loss is convex.

For classes that is logistic regression, for numbers ridge regression, both by scikit-learn. How strongly weights are
held back is tried on the validation part, from strong to weak, each fit starting from the one before it, until two in a
row have a higher loss than the best.

======== ======================================================================================== ==========
symbol   meaning                                                                                  shape
======== ======================================================================================== ==========
x, b     features; 1 where a feature is present, else 0                                           (n, d)
s        signal: what the presence of a feature alone tells of the target                         (d,)
p, q     1 + how many examples of a class, and of all others, have the feature                    (d,)
======== ======================================================================================== ==========

Two layers are solved, one on x and one on x * s (Wang & Manning 2012, NBSVM: s = |log p / |p| - log q / |q||, here the
largest of any class; for numbers |sum of the standardised target| / sqrt(n) over the n examples that have the feature,
which is about 1 where it tells nothing). The second holds back less what says much by itself. They err in different
places, so their mean is a third candidate; it is one layer again. Of the three the one of the lowest validation loss is
taken.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from autonas.arch import Architecture
from autonas.data import Dataset, Part
from autonas.morph import Arrays
from autonas.runtime.metrics import validation_metrics
from autonas.runtime.scoring import Scoring

INVERSE = tuple(np.logspace(-0.5, 3.0, 8).tolist())  # C of logistic regression
PENALTIES = tuple(np.logspace(1.5, -2.0, 8).tolist())  # alpha of ridge regression
PATIENCE = 2
TOLERANCE = 3e-6
ABSENT = -30.0  # logit of a class that no training example has

Floats = npt.NDArray[np.float64]
Layer = tuple[Floats, Floats]  # kernel (d, k) and bias (k,)


@dataclasses.dataclass(frozen=True)
class Solution:
    """A solved layer.

    Attributes:
        weights: its arrays by node id.
        metrics: on the validation part.
        strengths: C or alpha of the layers that it is the mean of: on the features as they are, and times their signal;
            None for one that it is not made of.
        rounds: passes of the solver over the training part, for all strengths together.
    """

    weights: Arrays
    metrics: dict[str, float]
    strengths: tuple[float | None, float | None]
    rounds: int


def solvable(architecture: Architecture, data: Dataset, task: str, scoring: Scoring | None = None) -> bool:
    """Whether ``architecture`` is one dense layer over one sparse input of ``data``, for the task's own loss."""
    if task not in ("classification", "regression") or (scoring is not None and scoring.loss is not None):
        return False
    rest = [each for each in architecture.nodes if each.op != "input"]
    alone = len(architecture.inputs) == 1 and [each.op for each in rest] == ["dense"] and rest[0]["bias"]
    return alone and scipy.sparse.issparse(_features(architecture, data.train))


def solve(architecture: Architecture, data: Dataset, task: str, scoring: Scoring | None = None) -> Solution:
    """Return the layer of the lowest loss on the validation part; ``scoring`` adds the user's metrics."""
    x, seen = _features(architecture, data.train), _features(architecture, data.validation)
    found: list[tuple[float, float, Layer]] = []
    rounds = 0
    for scale in (np.ones(x.shape[1]), signal(x, data.train, task)):
        best: tuple[float, float, Layer] | None = None
        behind = 0
        for strength, layer, took in _path(x, scale, data.train, _outputs(architecture), task):
            rounds += took
            loss = validation_metrics(_applied(layer, seen), data.validation, task)["val_loss"]
            if best is None or loss < best[0]:
                best, behind = (loss, strength, layer), 0
            else:
                behind += 1
            if behind == PATIENCE:
                break
        found += [best] if best is not None else []
    (_, plain, one), (_, scaled, other) = found
    candidates = {(plain, None): one, (None, scaled): other, (plain, scaled): _mean(one, other)}
    metrics = {
        strengths: validation_metrics(_applied(layer, seen), data.validation, task, scoring)
        for strengths, layer in candidates.items()
    }
    chosen = min(metrics, key=lambda strengths: metrics[strengths]["val_loss"])
    return Solution(_named(architecture, candidates[chosen]), metrics[chosen], chosen, rounds)


def solve_again(
    architecture: Architecture, part: Part, task: str, strengths: tuple[float | None, float | None]
) -> Arrays:
    """Return the layer solved on other examples, with the strengths that were chosen before."""
    x = _features(architecture, part)
    scales = np.ones(x.shape[1]), signal(x, part, task)
    layers = [
        next(_path(x, scale, part, _outputs(architecture), task, (strength,)))[1]
        for scale, strength in zip(scales, strengths, strict=True)
        if strength is not None
    ]
    return _named(architecture, layers[0] if len(layers) == 1 else _mean(*layers))


def signal(x: scipy.sparse.csr_matrix, part: Part, task: str) -> Floats:
    """Return s (d,), on such a scale that examples stay as long as they are in the mean of squares."""
    present = (x > 0).astype(np.float64)
    weight = np.ones(len(part)) if part.weight is None else part.weight.astype(np.float64)
    if task == "classification":
        codes = np.unique(part.y)
        told = np.max([np.abs(_log_ratio(present, weight, part.y == code)) for code in codes], axis=0)
    else:
        sums = np.abs(present.T @ (part.y * weight[:, None]))  # (d, k)
        told = sums.max(axis=1) / np.sqrt(np.maximum(present.T @ weight, 1e-12))
    squares = x.multiply(x)
    before, after = squares.sum(), (squares @ np.square(told)).sum()
    return np.asarray(told * np.sqrt(before / after) if after > 0 else np.ones_like(told))


def _log_ratio(present: scipy.sparse.csr_matrix, weight: Floats, of_class: npt.NDArray[np.bool_]) -> Floats:
    """Return log p / |p| - log q / |q|, (d,)."""
    p, q = (1.0 + present.T @ (weight * side) for side in (of_class, ~of_class))
    return np.asarray(np.log(p / p.sum()) - np.log(q / q.sum()))


def _path(
    x: scipy.sparse.csr_matrix,
    scale: Floats,
    part: Part,
    outputs: int,
    task: str,
    strengths: tuple[float, ...] = (),
) -> Iterator[tuple[float, Layer, int]]:
    """Yield strength, layer and the solver's rounds, from the strongest penalty to the weakest."""
    scaled = x.multiply(scale[None, :]).tocsr()
    solved = (
        _logistic(scaled, part, outputs, strengths or INVERSE)
        if task == "classification"
        else _ridge(scaled, part, strengths or PENALTIES)
    )
    for strength, (kernel, bias), rounds in solved:
        yield strength, (kernel * scale[:, None], bias), rounds


def _logistic(
    x: scipy.sparse.csr_matrix, part: Part, outputs: int, strengths: tuple[float, ...]
) -> Iterator[tuple[float, Layer, int]]:
    # The tolerance is one of the mean loss: with scikit-learn's own every fit would end where the one before it did.
    model = LogisticRegression(tol=TOLERANCE, max_iter=300, warm_start=True)
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
        yield strength, (kernel, bias), int(np.max(model.n_iter_))


def _ridge(x: scipy.sparse.csr_matrix, part: Part, strengths: tuple[float, ...]) -> Iterator[tuple[float, Layer, int]]:
    for strength in strengths:
        model = Ridge(alpha=strength, solver="sparse_cg", tol=1e-4)
        model.fit(x, part.y.astype(np.float64), sample_weight=part.weight)
        kernel = np.reshape(model.coef_, (-1, x.shape[1])).T
        rounds = 0 if model.n_iter_ is None else int(np.max(model.n_iter_))
        yield strength, (kernel, np.atleast_1d(model.intercept_)), rounds


def _features(architecture: Architecture, part: Part) -> scipy.sparse.csr_matrix:
    return part.x[architecture.inputs[0]] if isinstance(part.x, dict) else part.x


def _outputs(architecture: Architecture) -> int:
    return int(architecture.shapes[architecture.outputs[0]][0])


def _applied(layer: Layer, x: scipy.sparse.csr_matrix) -> npt.NDArray[np.float32]:
    return np.asarray(x @ layer[0] + layer[1], np.float32)


def _mean(one: Layer, other: Layer) -> Layer:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def _named(architecture: Architecture, layer: Layer) -> Arrays:
    return {architecture.outputs[0]: tuple(array.astype(np.float32) for array in layer)}

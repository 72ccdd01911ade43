"""Validation: the network's outputs on held-out data, and the metrics that a search can aim at."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax
from sklearn.metrics import accuracy_score, mean_absolute_error, mean_squared_error

from autonas.data import Part, Schema
from autonas.data.heads_target import own_codes
from autonas.data.pipelines import evaluation_batches
from autonas.runtime.compile import input_names
from autonas.runtime.scoring import Scoring

EVALUATION_BATCH = 250
Floats = npt.NDArray[np.float32]


def outputs(model: keras.Model, part: Part, schema: Schema) -> Floats:
    """Return the logits or values ``(n, outputs)`` of the examples of ``part``, at inference."""
    batches = evaluation_batches(part, EVALUATION_BATCH, normalise=schema, inputs=input_names(model))
    predicted: Floats = model.predict(batches, verbose=0)[: len(part)]
    return predicted


def validation_metrics(predicted: Floats, part: Part, task: str, scoring: Scoring | None = None) -> dict[str, float]:
    """Return the metrics of ``predicted`` on ``part``, each named ``val_`` and weighted by the user's sample weights.

    Classification: ``val_accuracy`` and ``val_loss`` (cross-entropy, nats). Regression, in units of the standardised
    target: ``val_loss`` and ``val_mse`` (both the mean squared error) and ``val_mae``. Several labels: ``val_accuracy``
    (the share of samples with all labels right) and ``val_loss`` (binary cross-entropy, the mean over the labels).

    The user's own loss and metrics (``scoring``) come on top; one of the same name takes its place.
    """
    if task == "heads" and scoring is not None:
        return _heads(predicted, part, scoring)
    found = _TASKS[task](predicted, part)
    if scoring is None:
        return found
    if scoring.loss is not None:
        found["val_loss"] = scoring.validation_loss(part.y, predicted, part.weight)
    return {**found, **{f"val_{name}": value for name, value in scoring.values(part.y, predicted, part.weight).items()}}


def _heads(predicted: Floats, part: Part, scoring: Scoring) -> dict[str, float]:
    """Return ``val_loss``, the weighted sum of the heads' losses in their units, and each head's metrics as
    ``val_<head>_<metric>``."""
    found = {"val_loss": 0.0}
    for name, where in scoring.target.slices.items():
        own = scoring.heads[name]
        seen = Part(part.x, own_codes(own.target, part.y[:, where]), part.weight)
        metrics = validation_metrics(predicted[:, where], seen, own.task, own)
        found["val_loss"] += own.weight * metrics["val_loss"] / own.unit
        found.update({f"val_{name}_{metric.removeprefix('val_')}": value for metric, value in metrics.items()})
    return found


def _regression(predicted: Floats, part: Part) -> dict[str, float]:
    errors = {"sample_weight": part.weight}
    squared = float(mean_squared_error(part.y, predicted, **errors))
    return {"val_loss": squared, "val_mse": squared, "val_mae": float(mean_absolute_error(part.y, predicted, **errors))}


def _classification(logits: Floats, part: Part) -> dict[str, float]:
    chances = log_softmax(logits.astype(np.float64), axis=1)
    losses = -chances[np.arange(len(part)), part.y]
    return {
        "val_accuracy": float(accuracy_score(part.y, logits.argmax(axis=1), sample_weight=part.weight)),
        "val_loss": float(np.average(losses, weights=part.weight)),
    }


def _multi_label(logits: Floats, part: Part) -> dict[str, float]:
    logits = logits.astype(np.float64)
    losses = np.logaddexp(0.0, logits) - part.y * logits  # (n, k)
    return {
        "val_accuracy": float(accuracy_score(part.y, logits >= 0, sample_weight=part.weight)),
        "val_loss": float(np.average(losses.mean(axis=1), weights=part.weight)),
    }


_TASKS: dict[str, Callable[[Floats, Part], dict[str, float]]] = {
    "classification": _classification,
    "multi_label": _multi_label,
    "regression": _regression,
}

"""Validation: the network's outputs on held-out data, and the metrics that a search can aim at."""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax
from sklearn.metrics import accuracy_score, mean_absolute_error, mean_squared_error

from autonas.data import Part, Schema
from autonas.data.pipelines import evaluation_batches

EVALUATION_BATCH = 250
Floats = npt.NDArray[np.float32]


def outputs(model: keras.Model, part: Part, schema: Schema) -> Floats:
    """Return the logits or values ``(n, outputs)`` of the examples of ``part``, at inference."""
    batches = evaluation_batches(part, EVALUATION_BATCH, normalise=schema)
    predicted: Floats = model.predict(batches, verbose=0)[: len(part)]
    return predicted


def validation_metrics(predicted: Floats, part: Part, task: str) -> dict[str, float]:
    """Return the metrics of ``predicted`` on ``part``, each named ``val_`` and weighted by the user's sample weights.

    Classification: ``val_accuracy`` and ``val_loss`` (cross-entropy, nats). Regression, in units of the standardised
        target: ``val_loss`` and
    ``val_mse`` (both the mean squared error) and ``val_mae``.
    """
    if task == "classification":
        return _classification(predicted, part)
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

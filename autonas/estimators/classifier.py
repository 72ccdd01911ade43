"""What all classifiers share."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score, log_loss

from autonas.data.dataset import check_lengths
from autonas.estimators.base import Estimator


class Classifier(ClassifierMixin, Estimator):
    """Searches a network that tells classes apart; a subclass says of what `kind` of data."""

    task: ClassVar[Literal["classification"]] = "classification"

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """The labels, in the order of the columns of `predict_proba`."""
        self._check_fitted()
        return self.target_.classes_

    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Return the likeliest label of each example, (n,), in the dtype of ``y``."""
        best = self._outputs_for(x).argmax(axis=1)  # first: it says so where nothing is fitted yet
        return self.target_.decode(best)

    def predict_proba(self, x: Any) -> npt.NDArray[np.float32]:
        """Return the probability of each class, (n, k), in the order of ``classes_``."""
        return self._outputs_for(x)

    def score(self, x: Any, y: npt.ArrayLike | None = None, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return the accuracy on examples and their labels, which may be one-hot rows where `fit` was given such.

        ``y`` is None where ``x`` brings it."""
        came = self._entered(x, y, sample_weight)
        predicted = self.predict(came.x)
        rows = self.target_.one_hot and np.ndim(came.y) == 2
        # scikit-learn's own takes labels alone
        truth = self.target_.decode(self.target_.encode(came.y)) if rows else came.y
        return float(accuracy_score(truth, predicted, sample_weight=came.weight))

    def evaluate(
        self, x: Any, y: npt.ArrayLike | None = None, sample_weight: npt.ArrayLike | None = None
    ) -> dict[str, float]:
        """Return ``accuracy`` and ``loss`` (cross-entropy, nats) on examples and their labels."""
        came = self._entered(x, y, sample_weight)
        probabilities = self._outputs_for(came.x).astype(np.float64)
        probabilities /= probabilities.sum(axis=1, keepdims=True)  # they sum to 1 in float32 alone
        check_lengths(probabilities, came.y)
        codes = self.target_.encode(came.y)
        loss = log_loss(codes, probabilities, sample_weight=came.weight, labels=np.arange(len(self.classes_)))
        accuracy = accuracy_score(codes, probabilities.argmax(axis=1), sample_weight=came.weight)
        return {"accuracy": float(accuracy), "loss": float(loss)}

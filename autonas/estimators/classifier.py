"""What all classifiers share."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import logit
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score

from autonas.data import Part
from autonas.data.dataset import check_lengths
from autonas.data.multi_label_target import THRESHOLD, MultiLabelTarget
from autonas.data.weights import check_weights
from autonas.estimators.base import Estimator
from autonas.runtime.metrics import validation_metrics

LEAST = 1e-15  # a probability, so that its logarithm is finite


class Classifier(ClassifierMixin, Estimator):
    """Searches a network that tells classes apart; a subclass says of what `kind` of data."""

    task: ClassVar[Literal["classification"]] = "classification"

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """The labels, in the order of the columns of `predict_proba`."""
        self._check_fitted()
        return self.target_.classes_

    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Return the likeliest label of each example, (n,), in the dtype of ``y``.

        Where ``y`` was several labels an example: those of a probability of a half or more, as ``y`` came, in rows
        (n, k) of 0 and 1 or in a list of sets, tuples or lists.
        """
        chances = self._outputs_for(x)  # first: it says so where nothing is fitted yet
        return self.target_.decode(chances if self._several else chances.argmax(axis=1))

    def predict_proba(self, x: Any) -> npt.NDArray[np.float32]:
        """Return the probability of each class, (n, k), in the order of ``classes_``; of several labels, of each."""
        return self._outputs_for(x)

    def score(self, x: Any, y: npt.ArrayLike | None = None, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return the accuracy on examples and their labels, which may be one-hot rows where `fit` was given such.

        ``y`` is None where ``x`` brings it."""
        came = self._entered(x, y, sample_weight)
        if self._several:
            held = self._outputs_for(came.x) >= THRESHOLD  # all labels of an example right
            return float(accuracy_score(self.target_.encode(came.y) == 1, held, sample_weight=came.weight))
        predicted = self.predict(came.x)
        rows = self.target_.one_hot and np.ndim(came.y) == 2
        # scikit-learn's own takes labels alone
        truth = self.target_.decode(self.target_.encode(came.y)) if rows else came.y
        return float(accuracy_score(truth, predicted, sample_weight=came.weight))

    def evaluate(
        self, x: Any, y: npt.ArrayLike | None = None, sample_weight: npt.ArrayLike | None = None
    ) -> dict[str, float]:
        """Return ``accuracy``, ``loss`` (cross-entropy, nats) and the user's metrics on examples and their labels."""
        came = self._entered(x, y, sample_weight)
        chances = self._outputs_for(came.x).astype(np.float64)
        check_lengths(chances, came.y)
        codes = self.target_.encode(came.y)
        weight = check_weights(came.weight, len(chances))
        outputs = logit(np.clip(chances, LEAST, 1 - LEAST)) if self._several else np.log(np.maximum(chances, LEAST))
        task = "multi_label" if self._several else "classification"
        found = validation_metrics(outputs, Part(np.empty(len(codes)), codes, weight), task)
        own = {name.removeprefix("val_"): value for name, value in found.items()}
        return {**own, **self._scored(came, outputs)}

    @property
    def _several(self) -> bool:
        """Whether an example may have several labels."""
        return isinstance(self.target_, MultiLabelTarget)

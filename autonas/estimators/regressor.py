"""What all regressors share."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import RegressorMixin
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from autonas.data.dataset import check_lengths
from autonas.data.weights import check_weights
from autonas.estimators.base import Estimator


class Regressor(RegressorMixin, Estimator):
    """Searches a network that tells one number, or several; a subclass says of what `kind` of data."""

    task: ClassVar[Literal["regression"]] = "regression"

    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Return numbers in the units and the shape of ``y``: (n,) or (n, k)."""
        values = self._outputs_for(x)
        return (values[:, 0] if self.target_.rank == 1 else values).astype(self.target_.dtype)

    def score(self, x: Any, y: npt.ArrayLike | None = None, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return the coefficient of determination, R^2; ``y`` is None where ``x`` brings it."""
        return self.evaluate(x, y, sample_weight)["r2"]

    def evaluate(
        self, x: Any, y: npt.ArrayLike | None = None, sample_weight: npt.ArrayLike | None = None
    ) -> dict[str, float]:
        """Return ``mse``, ``mae``, ``r2`` and the user's metrics, in the units of ``y``."""
        came = self._entered(x, y, sample_weight)
        predicted = self.predict(came.x)
        check_lengths(predicted, came.y)
        scaled = self.target_.encode(came.y)  # which says what is wrong with y
        truth = np.asarray(came.y, np.float64).reshape(predicted.shape)
        weights = {"sample_weight": check_weights(came.weight, len(scaled))}
        return {
            "mse": float(mean_squared_error(truth, predicted, **weights)),
            "mae": float(mean_absolute_error(truth, predicted, **weights)),
            "r2": float(r2_score(truth, predicted, **weights)),
            **self._scored(came, self.target_.encode(predicted)),
        }

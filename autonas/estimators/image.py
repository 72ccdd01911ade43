"""Estimators for images."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, mean_squared_error, r2_score

from autonas.data.dataset import check_lengths
from autonas.estimators.base import ImageEstimator


class ImageClassifier(ClassifierMixin, ImageEstimator):
    """Finds a network that tells classes of images apart.

    ```python
    clf = autonas.ImageClassifier(time_limit=600, seed=0)
    clf.fit(x_train, y_train)
    clf.score(x_test, y_test)
    clf.export("model", format="tf_saved_model")
    ```

    Network morphism under Bayesian optimisation (Jin, Song & Hu 2018) by default: networks grow by edits that keep what
    they
    compute, and children inherit their parent's weights.

    Args:
        oracle: ``"bayesian"``, ``"random"`` (the same space, nothing inherited), or a strategy such as
            ``autonas.search.BayesianMorphism(kernel="edit")``.
        time_limit: seconds for the whole of `fit`, finishing included. With neither this nor ``max_trials``: 3600.
        max_trials: most networks to try; with a time limit, whichever comes first.
        objective: what networks are compared by on validation data: ``"auto"``, ``"val_accuracy"``, ``"val_loss"`` or a
            ``keras_tuner.Objective``.
        max_params: most parameters of a network.
        refit: ``"all"`` trains the finished network once more with the validation data added, for half of the finishing
            time.
        directory: where the search lives; the same directory resumes it. None: a temporary one.
        overwrite: replace an earlier search in ``directory``.
        seed: of everything random. With a time limit, how far a search gets still depends on the machine.
        verbose: 0 silent, 1 live progress on a terminal and a line a trial elsewhere, 2 a line a trial.

    Attributes:
        classes_: the labels (k,), in the dtype of ``y``.
        model_: the ``keras.Model``, raw images in, probabilities (n, k) out.
        architecture_: the network as data, without weights.
        validation_metrics_: its metrics on the validation data.
        best_trial_, source_: the trial it comes from; whether it is as the ``search`` left it, or finishing's ``cycle``
            or ``average`` was better.
        tuner_: the ``keras_tuner.Tuner`` of the search.
        timing_: where the time of `fit` went, seconds by kind.
        directory_: where the search lives.
    """

    task: ClassVar[Literal["classification"]] = "classification"

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """The labels, in the order of the columns of `predict_proba`."""
        self._check_fitted()
        return self.target_.classes_

    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Return the likeliest label of each image, (n,), in the dtype of ``y``."""
        best = self._outputs_for(x).argmax(axis=1)  # first: it says so where nothing is fitted yet
        return self.target_.decode(best)

    def predict_proba(self, x: Any) -> npt.NDArray[np.float32]:
        """Return the probability of each class, (n, k), in the order of ``classes_``."""
        return self._outputs_for(x)

    def score(self, x: Any, y: npt.ArrayLike | None = None, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return the accuracy on images and their labels, which may be one-hot rows where `fit` was given such.

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
        """Return ``accuracy`` and ``loss`` (cross-entropy, nats) on images and their labels."""
        came = self._entered(x, y, sample_weight)
        probabilities = self._outputs_for(came.x).astype(np.float64)
        probabilities /= probabilities.sum(axis=1, keepdims=True)  # they sum to 1 in float32 alone
        check_lengths(probabilities, came.y)
        codes = self.target_.encode(came.y)
        loss = log_loss(codes, probabilities, sample_weight=came.weight, labels=np.arange(len(self.classes_)))
        accuracy = accuracy_score(codes, probabilities.argmax(axis=1), sample_weight=came.weight)
        return {"accuracy": float(accuracy), "loss": float(loss)}


class ImageRegressor(RegressorMixin, ImageEstimator):
    """Finds a network that tells one number, or several, of an image.

    Arguments and attributes are those of `ImageClassifier`, without ``classes_``. ``objective`` may be ``"auto"``,
    ``"val_loss"``,
    ``"val_mse"`` (both the mean squared error) or ``"val_mae"``, all of the standardised target.
    """

    task: ClassVar[Literal["regression"]] = "regression"

    def predict(self, x: Any) -> npt.NDArray[Any]:
        """Return numbers in the units and the shape of ``y``: (n,) or (n, k)."""
        values = self._outputs_for(x)
        return (values[:, 0] if self.target_.rank == 1 else values).astype(self.target_.dtype)

    def score(self, x: Any, y: npt.ArrayLike | None = None, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return the coefficient of determination, R^2; ``y`` is None where ``x`` brings it."""
        came = self._entered(x, y, sample_weight)
        return float(r2_score(came.y, self.predict(came.x), sample_weight=came.weight))

    def evaluate(
        self, x: Any, y: npt.ArrayLike | None = None, sample_weight: npt.ArrayLike | None = None
    ) -> dict[str, float]:
        """Return ``mse``, ``mae`` and ``r2`` on images and their numbers, in the units of ``y``."""
        came = self._entered(x, y, sample_weight)
        predicted = self.predict(came.x)
        check_lengths(predicted, came.y)
        truth = np.asarray(came.y).reshape(predicted.shape)
        weights = {"sample_weight": came.weight}
        return {
            "mse": float(mean_squared_error(truth, predicted, **weights)),
            "mae": float(mean_absolute_error(truth, predicted, **weights)),
            "r2": float(r2_score(truth, predicted, **weights)),
        }

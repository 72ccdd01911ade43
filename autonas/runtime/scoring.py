"""What a network is trained for and judged by, where the user says so: `loss=` and `metrics=`.

Both see what they would see behind an ordinary Keras model: for classes, one-hot or multi-hot rows (n, k) and
probabilities (n, k), or codes (n,) where their class is one of Keras's `Sparse...`; for numbers, y and predictions
(n, k) in the user's units. Networks give logits, and numbers on the standardised scale, so the way there stands here.

A loss in the user's units may be of any size, while the learning rate expects one near 1: in training it is divided by
what predicting the mean costs. That moves no minimum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import keras
import numpy as np
import numpy.typing as npt
from scipy.special import expit, softmax

from autonas.data.targets import ClassTarget, HeadsTarget, MultiLabelTarget, RegressionTarget, Target
from autonas.errors import SettingError, message

_CHUNK = 4096  # samples a metric is shown at once: Keras's AUC compares each with 200 thresholds
_PROBES = 8

TASKS: dict[type, str] = {
    ClassTarget: "classification",
    HeadsTarget: "heads",
    MultiLabelTarget: "multi_label",
    RegressionTarget: "regression",
}
"""The task of a target."""

Floats = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Scoring:
    """What trials are trained for and judged by, beyond the task's own loss and metrics.

    Attributes:
        task: ``classification``, ``multi_label``, ``regression`` or ``heads``: several of these.
        target: the way to the user's units.
        loss: a Keras loss or a function, or None for the task's own.
        metrics: by name, without ``val_``.
        unit: what the loss is divided by in training.
        weight: what the loss counts beside those of other heads.
        heads: where the task is ``heads``, each head's own scoring (`autonas.runtime.head_scoring`).
    """

    task: str
    target: Target
    loss: Any = None
    metrics: tuple[tuple[str, Any], ...] = ()
    unit: float = 1.0
    weight: float = 1.0
    heads: Mapping[str, Scoring] = field(default_factory=dict)

    def training_loss(self) -> Callable[[Any, Any], Any]:
        """Return the user's loss as a function of what networks are trained on: rows and logits, or scaled numbers.

        It gives one number an example, (n,), unless the user's own function gives a single one."""

        def loss(truth: Any, outputs: Any) -> Any:
            each = self._each(*self._seen(truth, outputs)) / self.unit
            return each if len(each.shape) < 2 else keras.ops.mean(each, axis=tuple(range(1, len(each.shape))))

        return loss

    def validation_loss(self, truth: Floats, outputs: Floats, weight: Floats | None) -> float:
        """Return the user's loss of encoded targets and a network's outputs, in its own units."""
        rows = np.eye(outputs.shape[1])[truth] if self.task == "classification" else truth
        return _mean(self._each(*self._seen(_tensor(rows), _tensor(outputs))), len(truth), weight)

    def values(self, truth: Floats, outputs: Floats, weight: Floats | None) -> dict[str, float]:
        """Return the user's metrics of encoded targets and a network's outputs, by name."""
        if isinstance(self.target, RegressionTarget):
            return measured(self.metrics, *self._seen(truth, outputs), weight)
        if self.task == "multi_label":
            return measured(self.metrics, truth, expit(outputs), weight)
        return measured(self.metrics, np.eye(outputs.shape[1])[truth], softmax(outputs, axis=1), weight)

    def _each(self, truth: Any, predicted: Any) -> Any:
        """Return the user's loss of each example: called as a whole, a Keras loss gives their mean."""
        return (self.loss.call if isinstance(self.loss, keras.losses.Loss) else self.loss)(truth, predicted)

    def _seen(self, truth: Any, outputs: Any) -> tuple[Any, Any]:
        """Return what the user's loss sees of rows (n, k) and logits, or of scaled numbers."""
        if isinstance(self.target, RegressionTarget):
            scale, mean = np.float32(self.target.scale), np.float32(self.target.mean)
            return truth * scale + mean, outputs * scale + mean
        rows = keras.ops.argmax(truth, axis=-1) if _is_sparse(self.loss) else truth
        if getattr(self.loss, "from_logits", False):
            return rows, outputs
        return rows, keras.ops.sigmoid(outputs) if self.task == "multi_label" else keras.ops.softmax(outputs)


def measured(
    metrics: Sequence[tuple[str, Any]], rows: Floats, predicted: Floats, weight: Floats | None
) -> dict[str, float]:
    """Return metrics by name of rows (n, k) or numbers, and of probabilities or predictions (n, k)."""
    return {name: _value(metric, np.float32(rows), np.float32(predicted), weight) for name, metric in metrics}


def check_scored(loss: Any, metrics: Any) -> None:
    """Raise SettingError for a loss or metrics that are none whatever the data; `make_scoring` tries them."""
    _loss(loss)
    if metrics is not None and not isinstance(metrics, list | tuple):
        remedy = "Use metrics=['f1'] or None"
        raise SettingError(message("metrics", "a list of Keras metrics, their names, or functions", metrics, remedy))


def make_scoring(target: Target, loss: Any, metrics: Any, codes: Floats) -> Scoring:
    """Return the scoring that the user's ``loss`` and ``metrics`` ask for; ``codes`` are encoded training targets.

    Both are tried on a few rows. Raises SettingError for what Keras does not know, and for what does not give numbers.
    Several heads: `autonas.runtime.head_scoring.make_heads_scoring`.
    """
    task = TASKS[type(target)]
    check_scored(loss, metrics)
    scoring = Scoring(task, target, _loss(loss), _metrics(metrics or (), target, task))
    truth = codes[:_PROBES]
    outputs = np.zeros((len(truth), len(target.mean) if isinstance(target, RegressionTarget) else target.n_classes))
    if scoring.loss is not None:
        whole = codes if isinstance(target, RegressionTarget) else truth
        mean = np.zeros((len(whole), outputs.shape[1]), np.float32)  # on the standardised scale, that is the mean
        cost = _tried("loss", loss, lambda: scoring.validation_loss(whole, mean, None))
        if isinstance(target, RegressionTarget):
            _check_moves(scoring, whole, loss)
            scoring = replace(scoring, unit=abs(cost) or 1.0)
    for name, metric in scoring.metrics:
        single = replace(scoring, metrics=((name, metric),))
        _tried(
            "metrics", name, lambda single=single: next(iter(single.values(truth, np.float32(outputs), None).values()))
        )
    return scoring


def direction(name: str, scoring: Scoring) -> Literal["max", "min"] | None:
    """Return which way a user's metric, named without ``val_``, is better; None where Keras does not know."""
    ways = {"up": "max", "down": "min"}
    for known, metric in scoring.metrics:
        if known == name:
            told = getattr(metric, "_direction", None)  # Keras's own mark, of metrics that are classes
            return ways.get(told) or _DIRECTIONS.get(name)
    return None


_DIRECTIONS: dict[str, Literal["max", "min"]] = {
    "f1": "max",
    "auc": "max",
    "r2": "max",
    "precision": "max",
    "recall": "max",
}


def _loss(given: Any) -> Any:
    """Return a Keras loss or a function, of its name or itself."""
    if given is None:
        return None
    if isinstance(given, str):
        try:
            return keras.losses.get(given)
        except ValueError as error:
            known = "the name of a Keras loss, such as 'mean_absolute_error', or a function (y_true, y_pred)"
            raise SettingError(message("loss", known, given, "Use None for the task's own")) from error
    if isinstance(given, type) or not callable(given):
        expected = "a Keras loss, its name, or a function (y_true, y_pred)"
        raise SettingError(message("loss", expected, given, "Use None for the task's own"))
    return given


def _metrics(given: Any, target: Target, task: str) -> tuple[tuple[str, Any], ...]:
    """Return (name, metric) of each; raise SettingError for two of one name."""
    own = ("accuracy", "acc", "loss") if task != "regression" else ("loss",)
    found = [_metric(each, target, task) for each in given if each not in own]  # these are always reported
    names = [name for name, _ in found]
    if len(set(names)) < len(names):
        raise SettingError(message("metrics", "of different names", names, "Give a metric a name of its own"))
    return tuple(found)


def _metric(given: Any, target: Target, task: str) -> tuple[str, Any]:
    if isinstance(given, str):
        return given, _named(given, target, task)
    if isinstance(given, type) or not callable(given):
        expected = "a list of Keras metrics, their names, or functions (y_true, y_pred)"
        raise SettingError(message("metrics", expected, given, "Use an instance, or its name"))
    return str(getattr(given, "name", getattr(given, "__name__", type(given).__name__))), given


def _named(name: str, target: Target, task: str) -> Any:
    """Return the metric of a name: Keras's, apart from two whose defaults are not for several columns, and r2."""
    if name == "f1" and task != "regression":
        return keras.metrics.F1Score(average="macro", threshold=0.5 if task == "multi_label" else None)
    if name == "auc" and not isinstance(target, RegressionTarget):
        return keras.metrics.AUC(multi_label=True, num_labels=target.n_classes)
    if name == "r2" and task == "regression":
        return keras.metrics.R2Score(class_aggregation="uniform_average")
    try:
        return keras.metrics.get(name)
    except ValueError as error:
        known = "the name of a Keras metric, such as 'f1', 'auc' or 'precision', or a function (y_true, y_pred)"
        raise SettingError(message("metrics", known, name, "Use such a name, or a keras.metrics object")) from error


def _value(metric: Any, rows: Floats, predicted: Floats, weight: Floats | None) -> float:
    truth = rows.argmax(axis=1) if _is_sparse(metric) else rows
    if not isinstance(metric, keras.metrics.Metric):
        return _mean(metric(truth, predicted), len(rows), weight)
    metric.reset_state()
    for at in range(0, len(rows), _CHUNK):
        some = slice(at, at + _CHUNK)
        metric.update_state(truth[some], predicted[some], sample_weight=None if weight is None else weight[some])
    return float(keras.ops.convert_to_numpy(metric.result()))


def _mean(values: Any, n: int, weight: Floats | None) -> float:
    """Return one number: of values a sample their weighted mean; a function's own single value as it is."""
    each = np.asarray(keras.ops.convert_to_numpy(values), np.float64)
    return float(each if each.ndim == 0 else np.average(each.reshape(n, -1).mean(axis=1), weights=weight))


def _tried(what: str, given: Any, act: Callable[[], float]) -> float:
    try:
        value = act()
    except Exception as error:  # whatever a user's function raises, it was not for such rows
        said = f"{what} must give a number for y_true and y_pred of shape (n, k). Received: {given!r}, which raised "
        raise SettingError(f"{said}{type(error).__name__}: {error}. Correct it, or use another.") from error
    if not np.isfinite(value):
        raise SettingError(message(what, "finite on the first samples", f"{given!r}: {value}", "Use another"))
    return value


def _check_moves(scoring: Scoring, scaled: Floats, given: Any) -> None:
    """Raise SettingError for a loss that numbers do not move, as one of classes may be: nothing would be learned."""
    right, wrong = (scoring.validation_loss(scaled, scaled + shift, None) for shift in (0.0, 1.0))
    if right == wrong:
        expected = "one that tells right numbers from wrong ones"
        raise SettingError(message("loss", expected, given, "Use a loss of numbers, such as 'mean_absolute_error'"))


def _is_sparse(scored: Any) -> bool:
    """Say whether this is a loss or metric of Keras's that takes codes and not rows."""
    name = getattr(scored, "__name__", type(scored).__name__)
    return isinstance(name, str) and name.lower().startswith("sparse")


def _tensor(array: Floats) -> Any:
    return keras.ops.convert_to_tensor(np.float32(array))

"""What a user sets, checked before anything is trained."""

from __future__ import annotations

import dataclasses
import math
import numbers
from typing import Any, Literal

import keras
import keras_tuner

from autonas.errors import SettingError, message
from autonas.estimators.recipes import ORACLES, SearchRecipe

DEFAULT_TIME_LIMIT = 3600.0  # seconds; where neither time_limit nor max_trials is set

METRICS: dict[str, dict[str, Literal["max", "min"]]] = {
    "classification": {"val_accuracy": "max", "val_loss": "min"},
    "regression": {"val_loss": "min", "val_mse": "min", "val_mae": "min"},
}
"""What a search can aim at, by task, the default first, and which way is better."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """The constructor's arguments, checked and with defaults filled in; see `autonas.ImageClassifier`."""

    recipe: SearchRecipe
    time_limit: float | None
    max_trials: int | None
    objective: keras_tuner.Objective
    max_params: int | None
    refit: Literal["all"] | None

    @property
    def maximise(self) -> bool:
        """Whether more of the objective is better."""
        return bool(self.objective.direction == "max")


def check_settings(params: dict[str, Any], task: str) -> Settings:
    """Return the checked settings of an estimator's ``params``.

    Raises:
        SettingError: one has a value that cannot work.
    """
    time_limit = _positive("time_limit", params["time_limit"], "seconds", "Use None for no limit")
    max_trials = _count("max_trials", params["max_trials"])
    if time_limit is None and max_trials is None:
        time_limit = DEFAULT_TIME_LIMIT
    if params["refit"] not in (None, "all"):
        raise SettingError(message("refit", "None or 'all'", params["refit"], "Use None to keep the judged network"))
    _check_seed(params["seed"])
    return Settings(
        recipe=_recipe(params["oracle"]),
        time_limit=time_limit,
        max_trials=max_trials,
        objective=_objective(params["objective"], task),
        max_params=_count("max_params", params["max_params"]),
        refit=params["refit"],
    )


def check_run(epochs: float | None, batch_size: int | None, callbacks: object) -> None:
    """Raise `SettingError` unless the arguments of ``fit`` that every training run is given can work."""
    _positive("epochs", epochs, "passes over the training data", "Use None to have it planned")
    _count("batch_size", batch_size)
    listed = callbacks is None or isinstance(callbacks, list | tuple)
    if not listed or not all(isinstance(each, keras.callbacks.Callback) for each in callbacks or ()):
        raise SettingError(
            message("callbacks", "a list of keras.callbacks.Callback", callbacks, "Use callbacks=[...] or None")
        )


def _recipe(oracle: object) -> SearchRecipe:
    if isinstance(oracle, str) and oracle in ORACLES:
        return ORACLES[oracle]
    if not isinstance(oracle, type) and all(hasattr(oracle, name) for name in ("start", "ask", "tell", "on")):
        return SearchRecipe(oracle, "warm")
    raise SettingError(
        message("oracle", f"one of {sorted(ORACLES)} or a strategy from autonas.search", oracle, "Use 'bayesian'")
    )


def _objective(objective: object, task: str) -> keras_tuner.Objective:
    known = METRICS[task]
    if objective == "auto":
        objective = next(iter(known))
    if isinstance(objective, keras_tuner.Objective):
        name, direction = objective.name, objective.direction
        if known.get(name) == direction:
            return objective
        received = f"{name} ({direction})"
        raise SettingError(message("objective", f"one of {_listed(known)}", received, "Use objective='auto'"))
    name = objective if isinstance(objective, str) and objective.startswith("val_") else f"val_{objective}"
    if name not in known:
        raise SettingError(message("objective", f"one of {_listed(known)}", objective, "Use objective='auto'"))
    return keras_tuner.Objective(name, known[name])


def _listed(known: dict[str, Literal["max", "min"]]) -> str:
    return ", ".join(f"{name} ({direction})" for name, direction in known.items())


def _positive(name: str, value: object, unit: str, remedy: str) -> float | None:
    if value is None:
        return None
    right = isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    if not right:
        raise SettingError(message(name, f"a positive number of {unit}", value, remedy))
    return float(value)  # type: ignore[arg-type]


def _count(name: str, value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 1:
        raise SettingError(message(name, "an integer of at least 1", value, "Use None for no bound"))
    return int(value)


def _check_seed(seed: object) -> None:
    right = seed is None or (isinstance(seed, numbers.Integral) and not isinstance(seed, bool) and seed >= 0)
    if not right:
        raise SettingError(message("seed", "an integer of at least 0", seed, "Use None for a new one every time"))

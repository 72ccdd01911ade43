"""What a user sets, checked before anything is trained."""

from __future__ import annotations

import dataclasses
import math
import numbers
from pathlib import Path
from typing import Any, Literal

import keras
import keras_tuner

from autonas.data.targets import Target
from autonas.errors import SettingError, message
from autonas.estimators.distributing import check_distribution, check_oracle
from autonas.estimators.recipes import DECIDING, ORACLES, SearchRecipe
from autonas.runtime.devices import Distribution
from autonas.runtime.scoring import Scoring, direction
from autonas.search import Enas, Reinforce
from autonas.tuner.choosing import Workers
from autonas.tuner.ray_cluster import RayCluster

PROJECT = "search"  # the folder of a search in its directory
DEFAULT_TIME_LIMIT = 3600.0  # seconds; where neither time_limit nor max_trials is set

METRICS: dict[str, dict[str, Literal["max", "min"]]] = {
    "classification": {"val_accuracy": "max", "val_loss": "min"},
    "multi_label": {
        "val_loss": "min",
        "val_accuracy": "max",
    },  # all labels of a sample right: rare, where they are many
    "heads": {"val_loss": "min"},  # the sum of the heads'; and each head's metrics under its name
    "regression": {"val_loss": "min", "val_mse": "min", "val_mae": "min"},
}
"""What a search can aim at by itself, by task, the default first, and which way is better."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """The constructor's arguments, checked and with defaults filled in; see `autonas.ImageClassifier`."""

    recipe: SearchRecipe
    time_limit: float | None
    max_trials: int | None
    max_params: int | None
    workers: Workers
    distribution: Distribution | None
    max_disk_mb: float | None
    refit: Literal["all"] | None
    project: str = PROJECT
    objective: keras_tuner.Objective | None = None  # until `aim`: it depends on the data which there are

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
    if not isinstance(params["tensorboard"], bool):
        raise SettingError(message("tensorboard", "True or False", params["tensorboard"], "Use True to log trials"))
    _check_directory(params["directory"])
    _check_task(params, task)
    _check_metric_name(params["objective"])
    workers, recipe = check_workers(params["workers"]), _recipe(_one_of(params, "oracle", "tuner", default="bayesian"))
    distribution = check_distribution(params["distribution"], workers)
    check_oracle(distribution, recipe.strategy)
    return Settings(
        recipe=recipe,
        time_limit=time_limit,
        max_trials=max_trials,
        max_params=_count("max_params", _one_of(params, "max_params", "max_model_size")),
        workers=workers,
        distribution=distribution,
        max_disk_mb=_positive("max_disk_mb", params["max_disk_mb"], "megabytes", "Use None for no bound"),
        refit=params["refit"],
        project=_project(params["project_name"]),
    )


def aim(settings: Settings, objective: object, scoring: Scoring) -> Settings:
    """Return the settings with what the search is to optimise: a metric of the task's, or one of the user's.

    Raises:
        SettingError: there is no such metric, or which way it is better is not known.
    """
    ways: dict[str, Literal["max", "min"] | None] = dict(METRICS[scoring.task])
    ways.update({f"val_{name}": direction(name, scoring) for name, _ in scoring.metrics})
    for head, own in scoring.heads.items():
        of_task = {name.removeprefix("val_"): way for name, way in METRICS[own.task].items()}
        of_user = {name: direction(name, own) for name, _ in own.metrics}
        ways.update({f"val_{head}_{name}": way for name, way in {**of_task, **of_user}.items()})
    return dataclasses.replace(settings, objective=_objective(objective, ways))


def check_outputs(params: dict[str, Any], target: Target) -> None:
    """Raise `SettingError` where the data have another number of classes or outputs than the user said."""
    for name, found in (("num_classes", "n_classes"), ("output_dim", "n_outputs")):
        held = getattr(target, found, None)
        if params[name] is not None and params[name] != held:
            remedy = "Use None, or check y"
            raise SettingError(message(name, f"{held}, as y has it", params[name], remedy))


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
    if isinstance(oracle, Reinforce):
        return dataclasses.replace(ORACLES[DECIDING[oracle.decides]], strategy=oracle)
    if isinstance(oracle, Enas):
        return dataclasses.replace(ORACLES["enas"], strategy=oracle)
    if not isinstance(oracle, type) and all(hasattr(oracle, name) for name in ("start", "ask", "tell", "on")):
        return SearchRecipe(oracle, "warm")
    raise SettingError(
        message("oracle", f"one of {sorted(ORACLES)} or a strategy from autonas.search", oracle, "Use 'bayesian'")
    )


def _one_of(params: dict[str, Any], ours: str, theirs: str, default: Any = None) -> Any:
    """Return what was given by our name or by AutoKeras's; raise SettingError where these differ."""
    one, other = params[ours], params[theirs]
    if other is None or one == other:
        return one
    if one != default:
        raise SettingError(message(ours, f"the same as {theirs}={other!r}, which means it", one, f"Use {ours} alone"))
    return other


def _project(name: object) -> str:
    if name is None:
        return PROJECT
    if not isinstance(name, str) or Path(name).name != name or name in ("", ".", ".."):
        raise SettingError(message("project_name", "the name of a folder in directory", name, "Use None for 'search'"))
    return name


def _objective(objective: object, ways: dict[str, Literal["max", "min"] | None]) -> keras_tuner.Objective:
    if isinstance(objective, str) and objective == "auto":  # an Objective compares its name
        objective = next(iter(ways))
    given = objective if isinstance(objective, keras_tuner.Objective) else None
    name = given.name if given else objective
    name = name if isinstance(name, str) and name.startswith("val_") else f"val_{name}"
    if name not in ways or (given and ways[name] not in (None, given.direction)):
        received = f"{given.name} ({given.direction})" if given else objective
        raise SettingError(message("objective", f"one of {_listed(ways)}", received, "Use objective='auto'"))
    way = given.direction if given else ways[name]
    if way is None:
        remedy = f"Use keras_tuner.Objective({name!r}, 'max') or 'min'"
        raise SettingError(message("objective", "a metric whose better direction is known", objective, remedy))
    return keras_tuner.Objective(name, way)


def _listed(ways: dict[str, Literal["max", "min"] | None]) -> str:
    return ", ".join(f"{name} ({way or 'give its direction'})" for name, way in ways.items())


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


def check_workers(value: object) -> Workers:
    """Return ``value``, or raise `SettingError` where it says neither how many workers there are nor which."""
    if isinstance(value, RayCluster) or (isinstance(value, str) and value == "ray"):
        return value  # type: ignore[return-value]
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or value < 0:
        remedy = 'Use 0 to run trials in this process, or "ray" for a Ray cluster'
        raise SettingError(message("workers", "how many trials run at a time, 0 or more", value, remedy))
    return int(value)


def _check_directory(directory: object) -> None:
    if directory is not None and not isinstance(directory, str | Path):
        raise SettingError(message("directory", "the path of a folder", directory, "Use None for a temporary one"))


def _check_task(params: dict[str, Any], task: str) -> None:
    """Raise `SettingError` for what is said of the target but does not suit the task."""
    for name, other in (("num_classes", "regression"), ("multi_label", "regression"), ("output_dim", "classification")):
        if params[name] is not None and task == other:
            raise SettingError(message(name, f"None for {other}", params[name], "Use None"))
    _count("num_classes", params["num_classes"])
    _count("output_dim", params["output_dim"])
    if params["multi_label"] not in (None, True, False):
        raise SettingError(message("multi_label", "True, False or None", params["multi_label"], "Use None"))


def _check_metric_name(objective: object) -> None:
    if not isinstance(objective, str | keras_tuner.Objective):
        expected = "a metric's name or a keras_tuner.Objective"
        raise SettingError(message("objective", expected, objective, "Use objective='auto'"))


def _check_seed(seed: object) -> None:
    right = seed is None or (isinstance(seed, numbers.Integral) and not isinstance(seed, bool) and seed >= 0)
    if not right:
        raise SettingError(message("seed", "an integer of at least 0", seed, "Use None for a new one every time"))

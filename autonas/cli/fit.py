"""``autonas fit``: a folder or a CSV file to a model's file."""

from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from autonas.cli import inputs, models, tables
from autonas.cli.answer import Answer
from autonas.cli.worker import CHIEF, join
from autonas.data.doors.table_file import is_table_file, read_table
from autonas.errors import SettingError, message
from autonas.estimators.auto_model import AutoModel
from autonas.estimators.image import ImageClassifier, ImageRegressor
from autonas.estimators.structured import StructuredDataClassifier, StructuredDataRegressor
from autonas.estimators.text import TextClassifier, TextRegressor

ESTIMATORS = {
    ("image", "classification"): ImageClassifier,
    ("image", "regression"): ImageRegressor,
    ("text", "classification"): TextClassifier,
    ("text", "regression"): TextRegressor,
    ("table", "classification"): StructuredDataClassifier,
    ("table", "regression"): StructuredDataRegressor,
}
MIXED = "mixed"
MANY = 20  # different whole numbers from which on a target is taken for a quantity


def run(arguments: Namespace) -> Answer:
    """Search, save and say what came of it."""
    out = models.path_of(arguments.out)
    models.check_free(out, arguments.overwrite)
    _check_data(arguments)
    x, y = _examples(arguments, arguments.data)
    test = None if arguments.test is None else _examples(arguments, arguments.test)  # before hours, not after
    if arguments.chief is not None:
        join(arguments.chief, CHIEF)
    estimator = _estimator(arguments, x, y)
    estimator.fit(x, y, epochs=arguments.epochs)
    path = estimator.save(out, overwrite=arguments.overwrite)
    return told(estimator, path, {} if test is None else estimator.evaluate(*test))


def told(estimator: Any, path: Path, evaluated: dict[str, float]) -> Answer:
    """Return what to say of a fitted estimator that was saved, and of what it does on test data."""
    data = {
        "model": str(path),
        "estimator": type(estimator).__name__,
        "parameters": estimator.model_.count_params(),
        "trials": len(estimator.leaderboard_),
        "seconds": estimator.timing_["total"],
        "validation": estimator.validation_metrics_,
        "test": evaluated,
    }
    lines = [
        str(estimator.leaderboard()),
        "",
        f"{data['estimator']}: {data['parameters']:,} parameters, {data['trials']} trials, {data['seconds']:.0f} s",
        f"validation: {_listed(data['validation'])}",
        *([f"test: {_listed(evaluated)}"] if evaluated else []),
        f"saved to {path}",
    ]
    return Answer(data, "\n".join(lines))


def _listed(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in values.items())


def _estimator(arguments: Namespace, x: Any, y: Any) -> Any:
    if arguments.kind == MIXED:
        held = {name: inputs.TABLE if name == inputs.REST else _kind(name, arguments) for name in x}
        make = partial(AutoModel, held, {name: _task(arguments, column) for name, column in y.items()})
    else:
        make = ESTIMATORS[arguments.kind, _task(arguments, y)]
    return make(
        oracle=arguments.oracle,
        time_limit=arguments.time_limit,
        max_trials=arguments.max_trials,
        objective=arguments.objective,
        max_params=arguments.max_params,
        workers=arguments.workers,
        directory=arguments.directory,
        overwrite=arguments.overwrite and arguments.directory is not None,
        seed=arguments.seed,
    )


def _kind(name: str, arguments: Namespace) -> str:
    return inputs.PICTURES if name in arguments.images else inputs.TEXTS


def _check_data(arguments: Namespace) -> None:
    """Raise SettingError where data and target do not belong together."""
    data = arguments.data
    if arguments.chief is not None and arguments.directory is None:
        raise SettingError(message("--directory", "a folder that workers see, too", None, "Give --directory FOLDER"))
    if arguments.chief is not None and arguments.workers != 1:
        remedy = "Start `autonas worker` here as often"
        raise SettingError(message("--workers", "left out where --chief is given", arguments.workers, remedy))
    for each in filter(None, (data, arguments.test)):
        if not Path(each).exists():
            raise SettingError(message("data", "a folder or a file", each, "Give a path that exists"))
    is_table = is_table_file(data)
    if arguments.kind in ("table", MIXED) and not is_table:
        expected = f"a CSV file for {arguments.kind} data"
        raise SettingError(message("data", expected, data, "Give a file that ends in .csv or .tsv"))
    if not is_table and not Path(data).is_dir():
        expected = "a folder of class folders, or a CSV file"
        raise SettingError(message("data", expected, data, "Give such a folder, or a file that ends in .csv"))
    if arguments.texts and arguments.kind != MIXED:
        raise SettingError(message("--texts", "left out but for mixed data", arguments.texts, "Use `fit mixed`"))
    if arguments.images and (arguments.kind not in ("image", MIXED) or not is_table):
        expected = "used with a CSV file of image or mixed data"
        raise SettingError(message("--images", expected, arguments.images, "Leave it out"))
    if is_table and arguments.target is None:
        raise SettingError(message("--target", "the name of a column of the CSV file", None, "Give --target COLUMN"))
    if not is_table and arguments.drop:
        raise SettingError(message("--drop", "left out for a folder", arguments.drop, "Leave it out"))
    if not is_table and arguments.target is not None:
        raise SettingError(message("--target", "left out for a folder", arguments.target, "Folders name the classes"))


def _examples(arguments: Namespace, data: str) -> tuple[Any, Any]:
    """Return what an estimator's fit takes: a folder, or columns and target of a CSV file."""
    if not is_table_file(data):
        return data, None
    several = arguments.kind == MIXED
    if len(arguments.target) > 1 and not several:
        raise SettingError(message("--target", "one column", arguments.target, "Use `fit mixed` for several"))
    target = arguments.target if several else arguments.target[0]
    x, y = read_table(tables.read_without(data, arguments.drop), target)
    if not several:
        return inputs.of_kind(arguments.kind, x, arguments, data), y
    return inputs.mixed(inputs.kinds(x, arguments), x, data), {name: y[name] for name in target}


def _task(arguments: Namespace, y: Any) -> str:
    """Return classification or regression; of folders it is the former."""
    if y is None:
        if arguments.task == "regression":
            raise SettingError(message("--task", "classification for a folder", "regression", "Give a CSV file"))
        return "classification"
    if arguments.task != "auto":
        return arguments.task
    return task_of(y)


def task_of(target: Any) -> str:
    """Return what a column asks for: regression of fractions and of more than `MANY` different numbers."""
    values = np.asarray(target)
    if values.dtype.kind not in "iuf":
        return "classification"
    held = values[np.isfinite(values)]
    return "regression" if (held % 1 != 0).any() or len(np.unique(held)) > MANY else "classification"

"""``autonas predict``: new data to a CSV of predictions."""

import csv
import io
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autonas.cli import inputs, models, tables
from autonas.cli.answer import Answer
from autonas.data.doors.folder import PICTURES, files_in
from autonas.data.doors.table_file import is_table_file
from autonas.data.doors.texts import SUFFIXES
from autonas.errors import SettingError, message
from autonas.runtime.files import replacing

PREDICTION, FILE = "prediction", "file"


def run(arguments: Namespace) -> Answer:
    """Predict, and write or return the table."""
    if arguments.out is not None:
        models.check_free(Path(arguments.out), arguments.overwrite)
    estimator = models.read(arguments.model)
    _check(arguments, estimator)
    x = _rows(arguments, estimator)
    columns = _named(x, estimator) | _predicted(estimator, x, arguments.proba)
    table = _csv(columns)
    if arguments.out is None:
        return Answer(columns, table)
    with replacing(Path(arguments.out)) as path:
        path.write_text(table, "utf-8")
    count = len(next(iter(columns.values())))
    return Answer({"out": arguments.out, "predictions": count}, f"{count} predictions written to {arguments.out}")


def _check(arguments: Namespace, estimator: Any) -> None:
    """Raise SettingError for what the model cannot do, or data that are not there."""
    if arguments.proba and not hasattr(estimator, "predict_proba"):
        received = type(estimator).__name__
        raise SettingError(message("--proba", "asked of a classifier", received, "Leave --proba out"))
    if not Path(arguments.data).exists():
        raise SettingError(message("data", "a folder or a file", arguments.data, "Give a path that exists"))
    if arguments.drop and not is_table_file(arguments.data):
        raise SettingError(message("--drop", "used with a CSV file", arguments.data, "Leave --drop out"))


def _rows(arguments: Namespace, estimator: Any) -> Any:
    """Return what an estimator's predict takes."""
    if not is_table_file(arguments.data):
        return Path(arguments.data)
    table = tables.read_without(arguments.data, arguments.drop)
    if _is_mixed(estimator):
        return inputs.mixed(estimator.inputs, table, arguments.data)
    return inputs.of_kind(estimator.schema_.kind, table, arguments, arguments.data)


def _is_mixed(estimator: Any) -> bool:
    return isinstance(getattr(estimator, "inputs", None), Mapping)


def _named(x: Any, estimator: Any) -> dict[str, list[Any]]:
    """Return the files that predictions are of, where they are of files."""
    if isinstance(x, Path) and x.is_dir():
        x = files_in(x, SUFFIXES if estimator.schema_.kind == "text" else PICTURES)
    return {FILE: [str(path) for path in x]} if isinstance(x, list) else {}


def _predicted(estimator: Any, x: Any, proba: bool) -> dict[str, list[Any]]:
    """Return predictions by column, and probabilities of each label where they are asked for."""
    if not _is_mixed(estimator):
        chances = estimator.predict_proba(x) if proba else None
        return _of_one(PREDICTION, estimator.predict(x), chances, estimator.classes_ if proba else (), "")
    predicted, chances = estimator.predict(x), estimator.predict_proba(x) if proba else {}
    columns: dict[str, list[Any]] = {}
    for name, values in predicted.items():
        labels = getattr(estimator.target_.heads[name], "classes_", ())
        columns |= _of_one(name, values, chances.get(name), labels, f"{name} ")
    return columns


def _of_one(name: str, values: Any, chances: Any, labels: Any, before: str) -> dict[str, list[Any]]:
    found = {name: values.tolist() if isinstance(values, np.ndarray) else list(values)}
    if chances is not None:
        found |= {f"{before}{label}": chances[:, at].tolist() for at, label in enumerate(labels)}
    return found


def _csv(columns: dict[str, list[Any]]) -> str:
    """Return columns as CSV, several labels of one example parted by semicolons."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(map(_cell, held) for held in columns.values()), strict=True))
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, set | frozenset | list | tuple):
        return ";".join(map(str, sorted(value) if isinstance(value, set | frozenset) else value))
    return value

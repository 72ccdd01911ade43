"""``autonas predict``: new data to a CSV of predictions."""

import csv
import io
from argparse import Namespace
from pathlib import Path
from typing import Any

from autonas.cli import models, tables
from autonas.cli.answer import Answer
from autonas.data.doors.folder import PICTURES, files_in
from autonas.data.doors.table_file import is_table_file
from autonas.data.doors.texts import SUFFIXES
from autonas.errors import SettingError, message

PREDICTION, FILE = "prediction", "file"


def run(arguments: Namespace) -> Answer:
    """Predict, and write or return the table."""
    estimator = models.read(arguments.model)
    _check(arguments, estimator)
    x = _rows(arguments)
    columns: dict[str, list[Any]] = {}
    if isinstance(x, Path) and x.is_dir():
        endings = SUFFIXES if estimator.schema_.kind == "text" else PICTURES
        columns[FILE] = [str(path) for path in files_in(x, endings)]
    columns[PREDICTION] = estimator.predict(x).tolist()
    if arguments.proba:
        chances = estimator.predict_proba(x)
        columns |= {str(label): chances[:, at].tolist() for at, label in enumerate(estimator.classes_)}
    table = _csv(columns)
    if arguments.out is None:
        return Answer(columns, table)
    Path(arguments.out).write_text(table, "utf-8")
    count = len(columns[PREDICTION])
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


def _rows(arguments: Namespace) -> Any:
    """Return what an estimator's predict takes."""
    if not is_table_file(arguments.data):
        return Path(arguments.data)
    return tables.read_without(arguments.data, arguments.drop)


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

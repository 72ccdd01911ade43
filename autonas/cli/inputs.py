"""What an estimator takes of a CSV file: columns as they are, or the pictures that a column names."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autonas.cli import tables
from autonas.errors import SettingError, message

REST = "columns"  # what an input of a mixed model is called that has all columns which are neither pictures nor texts
PICTURES, TEXTS, TABLE = "image", "text", "table"


def of_kind(kind: str, table: Any, arguments: Namespace, source: str) -> Any:
    """Return what an estimator of a kind takes of a table's columns, the target left out before.

    Raises:
        SettingError: which column names the pictures is not clear.
    """
    if kind != PICTURES:
        return table
    named = arguments.images or list(table.columns)
    if len(named) != 1:
        expected, remedy = "the name of the column of picture files", "Give --images COLUMN"
        raise SettingError(message("--images", expected, named, remedy))
    return _pictures(table, named[0], source)


def kinds(table: Any, arguments: Namespace) -> dict[str, str]:
    """Return the inputs of a mixed model by name: a column of pictures or texts by its own, the rest as one table.

    Raises:
        SettingError: there is nothing to mix, or a name that no input can have.
    """
    found = {**dict.fromkeys(arguments.images, PICTURES), **dict.fromkeys(arguments.texts, TEXTS)}
    for name in found:
        tables.check_columns("--images and --texts", [name], table)
    if len(table.columns) > len(found):
        found[REST] = TABLE
    if not found or list(found) == [REST]:
        remedy = "Name one, or use `autonas fit table`"
        raise SettingError(message("--images and --texts", "columns of a mixed model", None, remedy))
    wrong = [name for name in found if not name.isidentifier()]
    if wrong or (REST in table.columns and REST in found):
        remedy = "Rename the column in the file"
        expected = f"of letters, digits and _, as names of Python are, and not {REST!r}"
        raise SettingError(message("Names of columns of a mixed model", expected, wrong or [REST], remedy))
    return found


def mixed(inputs: Mapping[str, str], table: Any, source: str) -> dict[str, Any]:
    """Return what a mixed model takes: by input, pictures, texts, or the columns that are neither."""
    own = [name for name, kind in inputs.items() if kind != TABLE]
    tables.check_columns("data", own, table)
    return {
        name: table.drop(columns=own)
        if kind == TABLE
        else _pictures(table, name, source)
        if kind == PICTURES
        else table[name]
        for name, kind in inputs.items()
    }


def _pictures(table: Any, column: str, source: str) -> list[Path]:
    """Return the files that a column names: as they are, or from the CSV file's own folder on."""
    tables.check_columns("--images", [column], table)
    wrong = [value for value in table[column] if not isinstance(value, str)]
    if wrong:
        remedy = "Give the column that has them, or drop these rows"
        raise SettingError(message(f"Every value of {column!r}", "the path of a picture", wrong[0], remedy))
    return [Path(source).parent / value for value in table[column]]

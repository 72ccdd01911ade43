"""A CSV file with a target column: `fit("houses.csv", "price")`. Needs pandas: `pip install autonas[tables]`.

`read_table` also takes the target out of a data frame, where y is the name of one of its columns.
"""

import importlib
from pathlib import Path
from typing import Any

from autonas.errors import DataError, SettingError, message

SUFFIXES = (".csv", ".csv.gz", ".csv.zip", ".tsv", ".tsv.gz")


def is_table_file(x: object) -> bool:
    """Say whether x names a file of a table; whether it is there, `read_table` finds out."""
    return isinstance(x, str | Path) and str(x).lower().endswith(SUFFIXES)


def read_table(x: Any, target: Any) -> tuple[Any, Any]:
    """Return the columns of a CSV file, or of a data frame, without the target, and the target: a column by its name,
    or several by a list of names.

    Fields are parted by commas, by tabs where the name says .tsv. Raises DataError for a file that cannot be read, one
    without rows, and where the target is none of the columns.
    """
    table = read_file(x) if isinstance(x, str | Path) else x
    names = list(target) if isinstance(target, list | tuple) else [target]
    held = [str(column) for column in table.columns]
    lost = [name for name in names if name not in held]
    if lost or not names:
        expected = f"the name of a column, one of {held[:20]}"
        raise DataError(message("y", expected, target, "Give the name of the target column"))
    if len(set(names)) == len(held):
        raise DataError(message("x", "a table of columns beside the target", held, "Add columns to learn from"))
    rest = table.loc[:, [column not in names for column in held]]
    return rest, table[names] if isinstance(target, list | tuple) else table[target]


def read_file(path: str | Path) -> Any:
    """Return a CSV file as a data frame; raise DataError where that cannot be done, or where it has no rows."""
    pandas = _pandas()
    if Path(path).is_dir():
        raise DataError(message("x", "a CSV file", f"the folder {str(path)!r}", "Give the path of a file"))
    try:
        table = pandas.read_csv(path, sep="\t" if ".tsv" in Path(path).name.lower() else ",")
    except (OSError, ValueError) as error:  # pandas' own errors of parsing are ValueErrors, and so is bad UTF-8
        said = str(error).strip().splitlines()[0].rstrip(".")
        raise DataError(
            f"x must be a CSV file that can be read. Received: {str(path)!r} ({said}). Give another file."
        ) from error
    if not len(table):
        raise DataError(message("x", "a CSV file of at least one row", str(path), "Give a file with rows"))
    return table


def _pandas() -> Any:
    try:
        return importlib.import_module("pandas")
    except ImportError as error:
        raise SettingError(
            message("pandas", "installed to read CSV files", "no module pandas", "Use `pip install autonas[tables]`")
        ) from error

"""CSV files, without the columns that are to be left out."""

from collections.abc import Sequence
from typing import Any

from autonas.data.doors.table_file import read_file
from autonas.errors import SettingError, message


def read_without(path: str, dropped: Sequence[str]) -> Any:
    """Return the data frame of a CSV file. Raises SettingError for a column to leave out that it has not."""
    table = read_file(path)
    check_columns("--drop", dropped, table)
    return table.drop(columns=list(dropped))


def check_columns(name: str, wanted: Sequence[str], table: Any) -> None:
    """Raise SettingError for names that are none of a table's columns."""
    lost = [each for each in wanted if each not in table.columns]
    if lost:
        raise SettingError(message(name, f"columns of {list(table.columns)}", lost, "Leave it out, or mend its name"))

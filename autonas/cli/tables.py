"""CSV files, without the columns that are to be left out."""

from collections.abc import Sequence
from typing import Any

from autonas.data.doors.table_file import read_file
from autonas.errors import SettingError, message


def read_without(path: str, dropped: Sequence[str]) -> Any:
    """Return the data frame of a CSV file. Raises SettingError for a column to leave out that it has not."""
    table = read_file(path)
    lost = [name for name in dropped if name not in table.columns]
    if lost:
        raise SettingError(message("--drop", f"columns of {list(table.columns)}", lost, "Leave it out"))
    return table.drop(columns=list(dropped))

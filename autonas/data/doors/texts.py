"""The door for texts: what a user may call x, to fit and to predict."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autonas.data.doors.collect import collect_rows
from autonas.data.doors.folder import class_folders, files_in
from autonas.data.doors.inside import labels_inside
from autonas.data.doors.streams import as_array, elements, is_stream
from autonas.data.doors.table_file import is_table_file, read_file, read_table
from autonas.data.entered import Entered, arrive_as_is, enter_as_is
from autonas.data.rows import Rows
from autonas.errors import DataError, message

SUFFIXES = {".txt"}


def enter_texts(x: Any, y: Any = None, sample_weight: Any = None, *, schema: Any = None) -> Entered:
    """Return x, y and weights of texts.

    Lists and arrays of strings go through as they are. What else x may be:

    - a path of a CSV file of two columns, where y names the target column;
    - a path of a folder of class folders of `.txt` files in UTF-8; the class folders are the labels;
    - a stream of batches of strings with their labels (`doors.streams`); all of it is held in memory.

    Raises DataError for what cannot be read.
    """
    if is_table_file(x):
        table, target = read_table(x, y)
        return Entered(_only(table), target, sample_weight)
    if isinstance(x, str | Path):
        labels_inside(y, sample_weight, "folders")
        files, labels = class_folders(Path(x), SUFFIXES)
        return Entered(list(map(_content, files)), labels)
    if is_stream(x):
        labels_inside(y, sample_weight, "batches")
        return collect_rows(x)
    return enter_as_is(x, y, sample_weight, schema=schema)


def arrive_texts(x: Any, schema: Any) -> Iterator[Rows]:
    """Yield the texts to predict for, checked: all at once, or batch by batch from a stream.

    A `Path` is a folder of `.txt` files, or a CSV file of one column; a string is a text, unless it ends as a CSV file.
    """
    if is_table_file(x):
        yield schema.check(_only(read_file(x)))
    elif isinstance(x, Path):
        yield schema.check([_content(path) for path in files_in(x, SUFFIXES)])
    elif is_stream(x):
        for number, element in enumerate(elements(x, rank=1), start=1):
            yield schema.check(as_array(element[0]), name=f"x of batch {number}")
    else:
        yield from arrive_as_is(x, schema)


def _only(table: Any) -> Any:
    """Return the one column of a data frame."""
    if table.shape[1] != 1:
        held = [str(column) for column in table.columns]
        raise DataError(message("x", "a file of one column of texts beside the target", held, "Remove the others"))
    return table.iloc[:, 0]


def _content(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"Every text must be readable. Received: {path} ({error}). Remove it, or write it anew."
        ) from error

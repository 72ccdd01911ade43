"""The door for tables: what a user may call x, to fit and to predict."""

from collections.abc import Iterator, Mapping
from typing import Any

from scipy.sparse import issparse

from autonas.data.doors.collect import collect_rows
from autonas.data.doors.inside import labels_inside
from autonas.data.doors.streams import as_rows, elements, is_stream
from autonas.data.doors.table_file import is_table_file, read_file, read_table
from autonas.data.entered import Entered, arrive_as_is, enter_as_is
from autonas.data.rows import Rows
from autonas.errors import DataError, message


def enter_table(x: Any, y: Any = None, sample_weight: Any = None, *, schema: Any = None) -> Entered:
    """Return x, y and weights of a table.

    Arrays and data frames go through as they are. What else x may be:

    - a path of a CSV file, where y names the target column, or several in a list; of a data frame it may, too;
    - a stream of batches of rows with their labels (`doors.streams`); all of it is held in memory.

    Raises DataError for what cannot be read.
    """
    if is_table_file(x) or (hasattr(x, "columns") and isinstance(y, str)):
        table, target = read_table(x, y)
        return Entered(table, target, sample_weight)
    if is_stream(x):
        labels_inside(y, sample_weight, "batches")
        return collect_rows(x)
    if isinstance(x, Mapping) and not issparse(x):  # a matrix of a dict of keys is both
        raise DataError(message("x", "a table of shape (n, columns)", type(x).__name__, "Give a data frame of it"))
    if hasattr(x, "columns"):
        held = [str(column) for column in x.columns]
        repeated = sorted({name for name in held if held.count(name) > 1})
        if repeated:
            raise DataError(f"x must have one column a name. Received: {repeated} twice. Rename or drop them.")
    return enter_as_is(x, y, sample_weight, schema=schema)


def arrive_table(x: Any, schema: Any) -> Iterator[Rows]:
    """Yield the rows to predict for, checked: all at once, or batch by batch from a stream. Of a file, the columns that
    fit saw are taken."""
    if is_table_file(x):
        table = read_file(x)
        wanted = {column.name for column in schema.columns}
        names = [str(column) in wanted for column in table.columns]
        yield schema.check(table.loc[:, names] if sum(names) == len(wanted) else table)
    elif is_stream(x):
        for number, element in enumerate(elements(x, rank=2), start=1):
            yield schema.check(as_rows(element[0]), name=f"x of batch {number}")
    else:
        yield from arrive_as_is(x, schema)

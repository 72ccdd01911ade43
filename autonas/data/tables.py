"""What tables may be, and what the one seen at fit looked like.

A table is a data frame, or an array (n, d). Numbers alone in an array stay one array, (n, d) float32; else every column
goes its own way, as a dict of arrays (n, 1) by column name (`autonas.data.columns`).

notation  meaning
x         numbers and days as they are, NaN where one is missing
z         (x - centre) * scale, of the training part
s(z)      z / sqrt(1 + (z / 3)^2), 0 where missing: about z near the centre, and never beyond 3 (Holzmueller et al.
          2024, "Better by default", section 3: what is far out does not drown the rest)
b_t       edges of the steps of a number or date, quantiles of the training part
e_t(x)    (x - b_t) / (b_t+1 - b_t), clipped to [0, 1]; 0 where missing (Gorishniy et al. 2022, "On Embeddings for
          Numerical Features", eq. 1)

The network sees, in this order: s(z) of numbers and dates; 1 where one of them is missing, for columns with gaps; e(x)
of numbers and dates, where there are rows enough to learn from them; sine
and cosine of every period of every date; 1 at a category's place, one column after the other, and at its hash bucket
where there are too many. A category that fit never saw has no place: all zeros. `autonas.export.tables` does the same
in Keras layers.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.utils.validation import check_array

from autonas.data.columns import ENOUGH, STEPS, STEPS_IN_ALL, Column, Content, describe_column, find_edges, read_values
from autonas.data.doors.tables import arrive_table, enter_table
from autonas.data.hashing import buckets_of
from autonas.data.rows import Rows, count
from autonas.data.schema import Reader
from autonas.errors import DataError, message

LARGEST = 1e4  # z beyond is clipped first, so that no square is infinite
BOUND = 3.0
_RESERVED = re.compile(  # what layers and outputs of exported models are called
    r"numbers|features|centre|scale|above_edges|steps|(category|hash)_\d+|probabilities|values|labels|classes"
)
_SAME = "Give the columns that were given to fit"
DENSEST = 2e8  # numbers that a sparse matrix may come to when it is made dense


@dataclasses.dataclass(frozen=True)
class TableSchema:
    """What a table looked like at fit: later ones are checked against it, and encoded by it.

    Attributes:
        columns: the columns, in order.
        form: ``array``: the exported model takes one array (n, d); ``columns``: it takes a dict of arrays (n, 1).
    """

    kind: ClassVar[str] = "table"

    columns: tuple[Column, ...]
    form: Literal["array", "columns"]

    @property
    def numbers(self) -> tuple[Column, ...]:
        """The columns of numbers, then those of dates: what is centred and scaled."""
        order = [*self._with("number"), *self._with("date")]
        return tuple(order)

    @property
    def dates(self) -> tuple[Column, ...]:
        """The columns of dates."""
        return self._with("date")

    @property
    def categories(self) -> tuple[Column, ...]:
        """The columns of categories."""
        return self._with("category")

    @property
    def gaps(self) -> list[int]:
        """Which of `numbers` have gaps."""
        return [place for place, column in enumerate(self.numbers) if column.gaps]

    @property
    def steps(self) -> tuple[list[int], NDArray[np.float32], NDArray[np.float32]]:
        """Of every step: which of `numbers` it cuts, its lower edge b_t, and one over its width."""
        places = [place for place, column in enumerate(self.numbers) for _ in column.edges[1:]]
        edges = [np.array(column.edges) for column in self.numbers]
        lows = np.concatenate([np.zeros(0), *(each[:-1] for each in edges)])
        widths = np.concatenate([np.zeros(0), *(np.diff(each) for each in edges)])
        return places, lows.astype(np.float32), (1 / np.maximum(widths, 1e-30)).astype(np.float32)

    @property
    def input_names(self) -> dict[str, str]:
        """What the exported model calls its input for each column: the column's name, as far as Keras allows it."""
        names: dict[str, str] = {}
        for column in self.columns:
            name = re.sub("/", "_", column.name) or "unnamed"
            while name in names.values() or _RESERVED.fullmatch(name):
                name += "_"
            names[column.name] = name
        return names

    @property
    def shape(self) -> tuple[int]:
        """Shape of one example as the network sees it: (features,)."""
        cycles = sum(2 * len(column.periods) for column in self.dates)
        places = sum(len(column.vocabulary) + column.buckets for column in self.categories)
        return (len(self.numbers) + len(self.gaps) + len(self.steps[0]) + cycles + places,)

    def check(self, x: Any, *, name: str = "x") -> Rows:
        """Return x as rows if it has the columns that fit saw; raise DataError if not."""
        if is_frame(x):
            x = self._in_order(x, name)
        read = _read(x, name, [column.content for column in self.columns])
        if self.form == "array":
            return read if isinstance(read, np.ndarray) else np.stack(read, axis=1)
        parts = read.T if isinstance(read, np.ndarray) else read
        return {column.name: values[:, np.newaxis] for column, values in zip(self.columns, parts, strict=True)}

    def encode(self, rows: Rows) -> NDArray[np.float32]:
        """Return what the network sees, (n, features)."""
        parts = [self._numbers(rows)]
        if self.form == "columns":
            parts += [_cycles(rows[column.name], column) for column in self.dates]
            parts += [_places(rows[column.name][:, 0], column) for column in self.categories]
        return np.concatenate(parts, axis=1)

    def feed(self, rows: Rows) -> Rows:
        """Return rows as the exported model takes them: all numbers in float32."""
        if self.form == "array":
            return rows
        names = self.input_names
        held = {names[name]: values for name, values in rows.items()}
        return {name: v if v.dtype == object else v.astype(np.float32) for name, v in held.items()}

    def to_json(self) -> dict[str, Any]:
        """Return the schema as JSON-able values."""
        return {"kind": self.kind, "form": self.form, "columns": [dataclasses.asdict(each) for each in self.columns]}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> "TableSchema":
        """Return the schema that `to_json` wrote."""
        columns = (
            Column(**{name: tuple(value) if isinstance(value, list) else value for name, value in each.items()})
            for each in state["columns"]
        )
        return cls(tuple(columns), state["form"])

    def _in_order(self, x: Any, name: str) -> Any:
        """Return a data frame with the columns of fit in their order; their names count where fit saw names."""
        held, wanted = [str(column) for column in x.columns], [column.name for column in self.columns]
        if self.form == "array":
            return x
        lost = [column for column in wanted if column not in held]
        if lost:
            raise DataError(message(name, f"a table with the columns that fit saw, such as {lost[0]!r}", held, _SAME))
        if len(set(held)) < len(held):
            raise DataError(message(name, "a table with one column a name", held, _SAME))
        return x.iloc[:, [held.index(column) for column in wanted]]

    def _with(self, content: str) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.content == content)

    def _numbers(self, rows: Rows) -> NDArray[np.float32]:
        """Return s(z), what is missing, and e(x)."""
        if not self.numbers:
            return np.zeros((count(rows), 0), np.float32)
        held = rows if self.form == "array" else np.concatenate([rows[each.name] for each in self.numbers], axis=1)
        x = held.astype(np.float32)
        centre = np.array([column.centre for column in self.numbers], np.float32)
        scale = np.array([column.scale for column in self.numbers], np.float32)
        with np.errstate(over="ignore"):
            z = np.nan_to_num(np.clip((x - centre) * scale, -LARGEST, LARGEST))
        squashed = z / np.sqrt(1 + np.square(z / np.float32(BOUND)))
        return np.concatenate([squashed, np.isnan(x[:, self.gaps]), self._stepped(x)], axis=1, dtype=np.float32)

    def _stepped(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return e of numbers (n, m)."""
        places, lows, rates = self.steps
        with np.errstate(over="ignore"):
            return np.nan_to_num(np.clip((x[:, places] - lows) * rates, 0, 1))


def check_table(x: Any, *, name: str = "x") -> Rows:
    """Return a table as rows: (n, d) float32 of numbers in an array, else a dict of columns.

    Raises:
        DataError: x is no table, or empty, or holds what cannot be learned from.
    """
    read = _read(x, name)
    if isinstance(read, np.ndarray):
        return read
    names = [str(column) for column in x.columns] if is_frame(x) else [f"x{place}" for place in range(len(read))]
    repeated = sorted({each for each in names if names.count(each) > 1})
    if repeated:
        raise DataError(f"{name} must have one column a name. Received: {repeated} twice. Rename or drop them.")
    return {each: values[:, np.newaxis] for each, values in zip(names, read, strict=True)}


def is_frame(x: Any) -> bool:
    """Say whether x is a data frame."""
    return hasattr(x, "columns") and hasattr(x, "iloc")


def describe_table(x: Any, rows: Rows) -> TableSchema:
    """Return what the training part ``rows`` of x shows."""
    if isinstance(rows, dict):
        held = {name: values[:, 0] for name, values in rows.items()}
        return TableSchema(_described(held), "columns")
    return TableSchema(_described({f"x{place}": values for place, values in enumerate(rows.T)}), "array")


def _described(held: Mapping[str, NDArray[Any]]) -> tuple[Column, ...]:
    """Return the columns; where there are rows enough, numbers are cut into steps: the more columns, the fewer."""
    columns = [describe_column(name, values) for name, values in held.items()]
    numbers = [column for column in columns if column.content != "category"]
    enough = bool(numbers) and len(held[numbers[0].name]) >= ENOUGH
    steps = min(STEPS, STEPS_IN_ALL // len(numbers)) if enough else 0
    return tuple(
        column
        if column.content == "category"
        else dataclasses.replace(column, edges=find_edges(held[column.name], steps))
        for column in columns
    )


TABLES = Reader(check=check_table, describe=describe_table, example="row", enter=enter_table, arrivals=arrive_table)
"""How tables are read."""


def _read(x: Any, name: str, contents: Sequence[Content] | None = None) -> NDArray[np.float32] | list[NDArray[Any]]:
    """Return an array of numbers (n, d), or a list of columns (n,), of the given contents or those that are found."""
    if is_frame(x):
        _check_size(x.shape, name)
        _check_width(x.shape, contents, name)
        called = [f"column {str(column)!r} of {name}" for column in x.columns]
        columns = [x.iloc[:, place] for place in range(x.shape[1])]
    else:
        x = _array(_dense(x, name) if scipy.sparse.issparse(x) else x, name)
        _check_width(x.shape, contents, name)
        if x.dtype.kind in "biuf" and (contents is None or set(contents) == {"number"}):
            return read_values(x, name)
        called = [f"column {place} of {name}" for place in range(x.shape[1])]
        columns = list(x.T)
    wanted = contents or [None] * len(columns)
    read = [read_values(each, said, content) for each, said, content in zip(columns, called, wanted, strict=True)]
    if not is_frame(x) and contents is None and all(values.dtype == np.float32 for values in read):
        return np.stack(read, axis=1)
    return read


def _array(x: Any, name: str) -> NDArray[Any]:
    """Return x as an array (n, d) of numbers, texts or objects; scikit-learn knows what to refuse."""
    try:
        array = np.asarray(x)
        if array.dtype.kind in "OUST":
            array = array.astype(object)
        return np.asarray(check_array(array, dtype=None, ensure_all_finite=False, input_name=name))
    except ValueError as error:
        said = f"{name} must be a table of shape (n, columns). Received: {_brief(error)}."
        raise DataError(f"{said} Give a data frame or a two-dimensional array.") from error


def _brief(error: Exception, width: int = 400) -> str:
    """Return what an error says on one line, without the numbers of a whole array."""
    text = " ".join(str(error).split())
    return (text if len(text) <= width else f"{text[:60]} ... {text[60 - width :]}").rstrip(".")


def _dense(x: Any, name: str) -> NDArray[Any]:
    if np.prod(x.shape, dtype=float) > DENSEST:
        expected = f"of at most {DENSEST:.0e} numbers where it is sparse, as it is made dense"
        raise DataError(message(name, expected, x.shape, "Use TextClassifier for texts, or TruncatedSVD first"))
    return x.toarray()


def _check_size(shape: tuple[int, ...], name: str) -> None:
    if 0 in shape:
        raise DataError(message(name, "at least one row of at least one column", shape, "Give a table"))


def _check_width(shape: tuple[int, ...], contents: Sequence[Content] | None, name: str) -> None:
    if contents is not None and shape[1] != len(contents):
        raise DataError(message(name, f"a table of {len(contents)} columns, as at fit", shape, _SAME))


def _cycles(days: NDArray[Any], column: Column) -> NDArray[np.float32]:
    """Return sine and cosine of days (n, 1) for every period, (n, 2 * periods); 0 where the date is missing."""
    x = days.astype(np.float32) - np.float32(column.centre)  # so that angles are small and exact
    angles = [x * np.float32(2 * np.pi / period) for period in column.periods]
    waves = [np.nan_to_num(wave(angle)) for angle in angles for wave in (np.sin, np.cos)]
    return np.concatenate([np.zeros((len(x), 0), np.float32), *waves], axis=1)


def _places(texts: NDArray[Any], column: Column) -> NDArray[np.float32]:
    """Return 1 at the place of each of n categories, and at its bucket, (n, places)."""
    places = {text: place for place, text in enumerate(column.vocabulary)}
    found = np.array([places.get(text, -1) for text in texts.tolist()], dtype=np.int64)
    one_hot = np.zeros((len(texts), len(column.vocabulary) + column.buckets), np.float32)
    known = np.nonzero(found >= 0)[0]
    one_hot[known, found[known]] = 1.0
    if column.buckets:
        one_hot[np.arange(len(texts)), len(column.vocabulary) + buckets_of(texts, column.buckets)] = 1.0
    return one_hot

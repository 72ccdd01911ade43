"""One column of a table: what it holds, and what is measured of it on the training part.

Columns travel as arrays (n, 1): numbers as float32, NaN where one is missing; categories as objects that are all `str`,
"" where one is missing; dates as float64 days since 1970-01-01 UTC, NaN where one is missing. The dtype says which.
"""

import datetime
import numbers
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autonas.errors import DataError, message

Content = Literal["number", "category", "date"]

MOST = 1000  # categories that have a place of their own; more are hashed besides
BUCKETS = 256  # for columns with more
STEPS, STEPS_IN_ALL = 8, 1024  # that numbers are cut into: a column, and all columns of a table
ENOUGH = 2_000  # rows for steps to be learned from
DAY, WEEK, YEAR = 1.0, 7.0, 365.2425  # periods, days
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?Z?")
_MISSING_TYPES = ("NAType", "NaTType")  # pandas' own, without importing pandas
_ORDINARY = 1.349  # interquartile range of a standard normal


@dataclass(frozen=True)
class Column:
    """A column, and what the training part showed of it.

    Attributes:
        name: as in the table.
        content: what it holds.
        centre: median of numbers, or of days.
        scale: what numbers less the centre are multiplied by.
        gaps: whether any number or date was missing: that is then a feature of its own.
        vocabulary: categories that have a place of their own, the most frequent first.
        buckets: hashed places for all categories, where there are too many; else 0.
        periods: cycles of dates that the data can show, in days.
        edges: quantiles between which numbers or days are cut into steps, one more than there are steps, or none.
    """

    name: str
    content: Content
    centre: float = 0.0
    scale: float = 1.0
    gaps: bool = False
    vocabulary: tuple[str, ...] = ()
    buckets: int = 0
    periods: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()


def describe_column(name: str, values: NDArray[Any]) -> Column:
    """Return what the training part's values (n,) show."""
    if values.dtype == object:
        return _describe_categories(name, values)
    date = values.dtype == np.float64
    held = values[~np.isnan(values)].astype(np.float64)
    centre, scale = _centre_and_scale(held)
    periods = _periods(held) if date else ()
    return Column(name, "date" if date else "number", centre, scale, len(held) < len(values), periods=periods)


def find_edges(values: NDArray[Any], steps: int) -> tuple[float, ...]:
    """Return the edges of at most ``steps`` steps with about as many of the values (n,) in each; none for a single one.

    They differ in float32, so that no step is without width.
    """
    held = values[~np.isnan(values)].astype(np.float64)
    if steps < 2 or not len(held):
        return ()
    edges = np.unique(np.quantile(held, np.linspace(0, 1, steps + 1)).astype(np.float32))
    return tuple(edges.tolist()) if len(edges) > 2 else ()


def read_values(values: Any, name: str, content: Content | None = None) -> NDArray[Any]:
    """Return one column as (n,) in the dtype of its content (module docstring): the one given, or the one found.

    ``values`` is a NumPy array, or what has a dtype and `to_numpy` as a column of pandas does.

    Raises:
        DataError: a number is infinite, or the column does not hold what it should.
    """
    if content == "category" or (content is None and str(values.dtype) == "category"):
        return np.array([_text(value) for value in _plain(values, object).tolist()], dtype=object)
    found = _read_any(values, name)
    wanted = {"number": np.float32, "date": np.float64}.get(str(content), found.dtype)
    if found.dtype == wanted:
        return found
    if found.dtype == object and not any(found):  # all are missing: anything may be
        return np.full(len(found), np.nan, wanted)
    said = {"number": "numbers", "date": "dates"}[str(content)]
    raise DataError(message(name, f"{said}, as at fit", found[:3].tolist(), "Convert the column"))


def _read_any(values: Any, name: str) -> NDArray[Any]:
    kind = getattr(values.dtype, "kind", "O")
    if kind == "M":
        return _days(_plain(values, "datetime64[ns]"))
    if kind == "m":
        return _days(_plain(values, "timedelta64[ns]")).astype(np.float32)
    if kind == "c":
        raise DataError(f"{name} must hold real numbers. Received: complex. Complex data not supported. Convert it.")
    if kind in "biuf":
        return _finite(_floats(values), name)
    held = _plain(values, object) if kind != "O" or hasattr(values, "to_numpy") else values
    return _read_objects(held, name)


def _describe_categories(name: str, values: NDArray[Any]) -> Column:
    counts = Counter(values.tolist())
    ranked = sorted(counts, key=lambda text: (-counts[text], text))
    return Column(name, "category", vocabulary=tuple(ranked[:MOST]), buckets=BUCKETS if len(ranked) > MOST else 0)


def _centre_and_scale(held: NDArray[np.float64]) -> tuple[float, float]:
    """Return the median, and the factor that gives the middle half of the numbers the spread of a standard normal's.

    Where half of the numbers are equal, all of them come into [-2, 2] (Holzmueller et al. 2024, appendix on RealMLP).
    """
    if not len(held):
        return 0.0, 1.0
    low, centre, high = np.quantile(held, (0.25, 0.5, 0.75))
    spread = (high - low) / _ORDINARY if high > low else float(np.ptp(held)) / 2
    scale = 1.0 / spread if spread > 0 else 1.0
    return float(centre), float(np.clip(scale, 1e-30, 1e30))


def _periods(days: NDArray[np.float64]) -> tuple[float, ...]:
    span = float(np.ptp(days)) if len(days) else 0.0
    timed = bool(len(days)) and not np.allclose(days, np.round(days), atol=1e-6)
    shown = ((DAY, timed), (WEEK, span >= 2 * WEEK), (YEAR, span >= YEAR / 4))
    return tuple(period for period, visible in shown if visible)


def _plain(values: Any, dtype: Any) -> NDArray[Any]:
    return np.asarray(values.to_numpy(dtype=dtype) if hasattr(values, "to_numpy") else values.astype(dtype))


def _floats(values: Any) -> NDArray[np.float64]:
    if hasattr(values, "to_numpy"):
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
    return values.astype(np.float64)


def _finite(values: NDArray[np.float64], name: str) -> NDArray[np.float32]:
    """Return numbers as float32; infinite ones, and those too large for it, are refused."""
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    bad = int(np.isinf(single).sum())
    if bad:
        said = f"{name} must hold numbers that are finite in float32, or missing. Received: {bad} that are infinity."
        raise DataError(f"{said} Replace them by NaN if they are missing.")
    return single


def _days(moments: NDArray[Any]) -> NDArray[np.float64]:
    """Return datetimes or spans of time as days; NaT is NaN."""
    nanoseconds = moments.astype(np.int64)
    return np.where(np.isnat(moments), np.nan, nanoseconds / 86_400e9)


def _read_objects(values: NDArray[Any], name: str) -> NDArray[Any]:
    """Return objects as the first content that all of them have: numbers, dates, or texts."""
    held = values.tolist()
    known = [value for value in held if not is_missing(value)]
    if known and all(isinstance(value, numbers.Real | np.bool_) or _is_decimal(value) for value in known):
        return _finite(np.array([np.nan if is_missing(value) else float(value) for value in held]), name)
    if known and all(_is_date(value) for value in known):
        return _days(np.array([None if is_missing(value) else _iso(value) for value in held], "datetime64[ns]"))
    strangers = sorted({type(value).__name__ for value in known if not _is_category(value)})
    if strangers:
        raise DataError(message(name, "numbers, texts or dates", strangers, "Convert the column, or drop it"))
    return np.array([_text(value) for value in held], dtype=object)


def _is_category(value: object) -> bool:
    """Say whether a value has a text of its own: no container, no bytes, nothing whose text is its place in memory."""
    kind = type(value)
    plain = kind.__str__ is object.__str__ and kind.__repr__ is object.__repr__
    return not plain and not isinstance(value, list | tuple | set | frozenset | dict | np.ndarray | bytes | complex)


def is_missing(value: object) -> bool:
    """Say whether a value of a column is none."""
    if value is None or type(value).__name__ in _MISSING_TYPES or (isinstance(value, str) and value == ""):
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def _is_decimal(value: object) -> bool:
    return type(value).__name__ == "Decimal"


def _is_date(value: object) -> bool:
    return isinstance(value, datetime.date) or (isinstance(value, str) and _ISO.fullmatch(value) is not None)


def _iso(value: Any) -> str:
    """Return a date, or the text of one, as NumPy reads it: in UTC and without saying so."""
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        value = value.astimezone(datetime.UTC).replace(tzinfo=None)
    text = value.isoformat() if isinstance(value, datetime.date) else value
    return text.removesuffix("Z").replace(" ", "T")


def _text(value: Any) -> str:
    """Return a category as text: 3 and 3.0 are one, as numbers become floats where one is missing."""
    if is_missing(value):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)

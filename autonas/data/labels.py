"""Class labels as an array of one kind, checked, and as JSON."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autonas.errors import DataError, message

_STRING_DTYPE = "StringDType"  # NumPy's variable-width strings: their dtype has no name that np.dtype reads
_MISSING = "Remove those samples, or give them a class of their own"


def label_array(y: ArrayLike, name: str) -> NDArray[Any]:
    """Return y as (n,) labels or (n, k > 1) rows of bool, integer, float, string, or object holding only strings.

    Raises DataError for empty y, a wrong rank, missing labels, labels of several kinds, and floats with a fraction.
    """
    labels = _one_kind(_as_array(y, name), name)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim not in (1, 2) or labels.size == 0:
        raise DataError(
            message(name, "at least one label, (n,) or one-hot (n, k)", labels.shape, "Give a label an example")
        )
    if labels.dtype.kind == "f":
        _check_floats(labels, name)
    return labels


def label_state(classes: NDArray[Any]) -> dict[str, Any]:
    """Return classes (k,) as JSON-able values."""
    dtype = _STRING_DTYPE if classes.dtype.kind == "T" else classes.dtype.str
    return {"classes": classes.tolist(), "dtype": dtype}


def labels_from_state(state: Mapping[str, Any]) -> NDArray[Any]:
    """Return the classes that `label_state` wrote, in the same dtype."""
    dtype = np.dtypes.StringDType() if state["dtype"] == _STRING_DTYPE else np.dtype(state["dtype"])
    return np.array(state["classes"], dtype=dtype)


def _as_array(y: ArrayLike, name: str) -> NDArray[Any]:
    """Return y as an array; a list first as objects, because NumPy would turn None or NaN beside strings into text."""
    try:
        return np.asarray(y) if hasattr(y, "__array__") else np.asarray(y, dtype=object)
    except ValueError as error:
        said = f"{name} must be labels (n,) or one-hot rows (n, k). Received: rows of different lengths."
        raise DataError(f"{said} Give one label an example.") from error


def _one_kind(labels: NDArray[Any], name: str) -> NDArray[Any]:
    """Return labels in a dtype that NumPy can sort; objects become numbers, or stay objects where all are strings."""
    if labels.dtype.kind in "biufUT":
        return labels
    if labels.dtype.kind != "O":
        remedy = "Convert y, for bytes y.astype(str)"
        raise DataError(message(name, "int, bool or string labels", labels.dtype.name, remedy))
    values = labels.ravel().tolist()
    missing = sum(map(_is_missing, values))
    if missing:
        raise DataError(f"{name} must hold no missing labels. Received: {missing} of {len(values)}. {_MISSING}.")
    if values and all(isinstance(value, str) for value in values):
        return _texts(labels)
    return _numbers(values, name).reshape(labels.shape)


def _numbers(values: list[Any], name: str) -> NDArray[Any]:
    """Return numbers and bools, which came as objects, as an array (n,)."""
    numbers = np.asarray(values) if all(isinstance(v, Real | np.bool_) for v in values) else np.array(None)
    if numbers.dtype.kind not in "biuf":
        kinds = sorted({type(value).__name__ for value in values})
        raise DataError(message(name, "int, bool or string labels, all of one kind", kinds, "Convert y to one kind"))
    return numbers


def _texts(labels: NDArray[Any]) -> NDArray[Any]:
    """Return an object array of plain str, as np.str_ would not travel as JSON."""
    texts = np.empty(labels.size, dtype=object)
    texts[:] = [str(value) for value in labels.ravel()]
    return texts.reshape(labels.shape)


def _check_floats(labels: NDArray[Any], name: str) -> None:
    if not np.isfinite(labels).all():
        bad = int(np.count_nonzero(~np.isfinite(labels)))
        raise DataError(f"{name} must hold no missing labels. Received: {bad} NaN or infinite. {_MISSING}.")
    if labels.ndim == 1 and (labels != np.floor(labels)).any():
        remedy = "Use ImageRegressor for continuous targets"
        raise DataError(message(name, "class labels", labels[labels != np.floor(labels)][:3].tolist(), remedy))


def _is_missing(value: object) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):  # pandas' own, without importing pandas
        return True
    return isinstance(value, float | np.floating) and bool(np.isnan(value))

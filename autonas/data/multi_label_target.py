"""Several labels a sample to rows of 0 and 1 and back: what a classifier's y may be besides one label a sample.

y is multi-hot rows (n, k) of 0 and 1, where not every row holds exactly one 1; or a list, or an object array, of sets,
tuples or lists of labels, some of which may be empty. Codes are float32 (n, k), in the order of the sorted labels.
`decode` gives what came: rows of 0 and 1 in the dtype that came, or a list of sets, tuples or lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import MultiLabelBinarizer

from autonas.data.labels import label_array, label_state, labels_from_state
from autonas.errors import DataError, message

_CONTAINERS: dict[str, type] = {"set": set, "frozenset": frozenset, "tuple": tuple, "list": list}
_REMEDY = "Give rows of 0 and 1, or a list of sets of labels"
THRESHOLD = 0.5  # of a probability, from which on a label counts as there


def is_multi_label(y: Any) -> bool:
    """Say whether y is several labels a sample. One-hot rows are not: they are one label each."""
    if _are_sets(y):
        return True
    rows = np.asarray(y) if hasattr(y, "__array__") else _rows_or_none(y)
    if rows is None or rows.ndim != 2 or rows.shape[1] < 2 or rows.dtype.kind not in "biuf" or not rows.size:
        return False
    return bool(((rows == 0) | (rows == 1)).all() and (rows.sum(axis=1) != 1).any())


@dataclass(frozen=True, eq=False)
class MultiLabelTarget:
    """The labels seen at fit, and the form in which they came."""

    classes_: NDArray[Any]  # (k,), sorted; column numbers where y came as rows
    form: str  # "rows", or what a sample's labels came in: "set", "frozenset", "tuple", "list"
    dtype: str = "int64"  # of rows

    @classmethod
    def fit(cls, y: Any, *, name: str = "y") -> "MultiLabelTarget":
        """Learn the labels of y. Raises DataError for what is neither rows nor sets, and for fewer than two labels."""
        if _are_sets(y):
            labels = sorted_labels(y, name)
            return cls(labels, type(next(iter(y))).__name__)
        rows = _checked_rows(y, None, name)
        return cls(np.arange(rows.shape[1]), "rows", np.asarray(y).dtype.name)

    @property
    def n_classes(self) -> int:
        """How many labels there are, k."""
        return len(self.classes_)

    def encode(self, y: Any, *, name: str = "y") -> NDArray[np.float32]:
        """Return rows (n, k), float32; raise DataError for labels that fit did not see."""
        if self.form == "rows":
            return _checked_rows(y, self.n_classes, name).astype(np.float32)
        if not _are_sets(y):
            raise DataError(message(name, "a list of sets of labels, as at fit", type(y).__name__, _REMEDY))
        unseen = sorted({repr(label) for labels in y for label in labels} - set(map(repr, self.classes_.tolist())))
        if unseen:
            expected = f"labels that fit saw, such as {self.classes_.tolist()[0]!r}"
            raise DataError(message(name, expected, unseen[:5], "Remove those labels, or fit with data that has them"))
        binarizer = MultiLabelBinarizer(classes=self.classes_.tolist())
        return binarizer.fit_transform([list(labels) for labels in y]).astype(np.float32)

    def decode(self, rows: Any) -> Any:
        """Return rows of 0 and 1 (n, k) as they came to fit; probabilities count from `THRESHOLD` on."""
        held = np.asarray(rows) >= THRESHOLD
        if self.form == "rows":
            return held.astype(self.dtype)
        container, labels = _CONTAINERS[self.form], np.array(self.classes_.tolist(), dtype=object)
        return [container(labels[row].tolist()) for row in held]

    def to_json(self) -> dict[str, Any]:
        """Return the labels as JSON-able values."""
        return {"kind": "multi_label", "form": self.form, "rows_dtype": self.dtype, **label_state(self.classes_)}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> "MultiLabelTarget":
        """Return the target that `to_json` wrote."""
        return cls(labels_from_state(state), str(state["form"]), str(state["rows_dtype"]))


def sorted_labels(y: Any, name: str) -> NDArray[Any]:
    """Return the distinct labels of sets of labels; raise DataError for labels of several kinds or fewer than two."""
    every = [label for labels in y for label in labels]
    if not every or any(isinstance(label, list | tuple | set | frozenset | np.ndarray) for label in every):
        raise DataError(message(name, "a list of sets of labels", y, _REMEDY))
    labels = np.unique(label_array(every, name))
    if len(labels) < 2:
        said = f"{name} must hold at least two labels. Received: one, {labels.tolist()[0]!r}."
        raise DataError(f"{said} Add samples with another label.")
    return labels


def _are_sets(y: Any) -> bool:
    """Say whether y is a list, or an object array, of containers of labels and not of equal rows."""
    listed = isinstance(y, list | tuple) or (getattr(getattr(y, "dtype", None), "kind", "") == "O" and np.ndim(y) == 1)
    entries = list(y) if listed else []
    if not entries or not all(type(entry) in _CONTAINERS.values() for entry in entries):
        return False
    return any(isinstance(entry, set | frozenset) for entry in entries) or _rows_or_none(entries) is None


def _rows_or_none(y: Any) -> NDArray[Any] | None:
    """Return nested lists as rows (n, k) of numbers, or as labels (n, 1); None where they are neither."""
    try:
        rows = np.asarray(y)
    except ValueError:  # of unequal length
        return None
    return rows if rows.ndim == 2 and (rows.dtype.kind in "biuf" or rows.shape[1] == 1) else None


def _checked_rows(y: Any, columns: int | None, name: str) -> NDArray[Any]:
    rows = np.asarray(y) if hasattr(y, "__array__") else _rows_or_none(y)
    if rows is None or rows.ndim != 2 or rows.dtype.kind not in "biuf" or columns not in (None, rows.shape[1]):
        wanted = f"rows of 0 and 1 of {columns or 'two or more'} columns"
        raise DataError(message(name, wanted, np.shape(y) if rows is not None else type(y).__name__, _REMEDY))
    if not ((rows == 0) | (rows == 1)).all():
        raise DataError(message(name, "rows of 0 and 1", rows[:3].tolist(), _REMEDY))
    if columns is None and rows.shape[1] < 2:
        raise DataError(message(name, "rows of at least two columns", rows.shape, _REMEDY))
    return rows

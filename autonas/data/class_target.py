"""Labels to codes and back: what a classifier's y may be.

Labels are int, bool, string, or float without a fraction, (n,) or (n, 1); or one-hot rows (n, k) of 0 and 1. Codes
are int32, 0..k-1, in the order of the sorted labels. `decode` gives labels in the dtype that came; one-hot rows have
no labels of their own, so theirs are the column numbers, and predictions for them are integers (n,), not rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autonas.data.labels import label_array, label_state, labels_from_state
from autonas.errors import DataError, message


@dataclass(frozen=True, eq=False)
class ClassTarget:
    """The classes seen at fit."""

    classes_: NDArray[Any]  # (k,), sorted, in the dtype of y
    one_hot: bool = False  # y came as rows (n, k)

    @classmethod
    def fit(cls, y: ArrayLike, *, name: str = "y") -> "ClassTarget":
        """Learn the classes of y. Raises DataError for a single class and for what is no label."""
        labels = label_array(y, name)
        if labels.ndim == 2:
            seen = np.unique(_one_hot_codes(labels, name))
            target = cls(np.arange(labels.shape[1]), one_hot=True)
        else:
            seen = np.unique(labels)
            target = cls(seen)
        if len(seen) < 2:
            said = f"{name} must hold at least two classes. Received: one class, {seen[:1].tolist()[0]!r}."
            raise DataError(f"{said} Add images of another class, or check that {name} is the right column.")
        return target

    @property
    def n_classes(self) -> int:
        """How many classes there are, k."""
        return len(self.classes_)

    def encode(self, y: ArrayLike, *, name: str = "y") -> NDArray[np.int32]:
        """Return codes (n,), int32, of labels or, where fit saw one-hot rows, of such rows or their column numbers."""
        labels = label_array(y, name)
        if labels.ndim == 2:
            return self._encode_rows(labels, name)
        # A dict, because scikit-learn's LabelEncoder casts labels to the classes' dtype first: "catfish" to "cat".
        codes = {label: code for code, label in enumerate(self.classes_.tolist())}
        try:
            return np.array([codes[label] for label in labels.tolist()], dtype=np.int32)
        except KeyError as error:
            raise self._unseen(labels, name) from error

    def decode(self, codes: ArrayLike) -> NDArray[Any]:
        """Return the labels of codes (n,), in the dtype of the labels given to fit."""
        return np.asarray(self.classes_[np.asarray(codes)])

    def to_json(self) -> dict[str, Any]:
        """Return the classes as JSON-able values."""
        return {"kind": "class", "one_hot": self.one_hot, **label_state(self.classes_)}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> "ClassTarget":
        """Return the target that `to_json` wrote."""
        return cls(labels_from_state(state), one_hot=bool(state["one_hot"]))

    def _encode_rows(self, rows: NDArray[Any], name: str) -> NDArray[np.int32]:
        if not self.one_hot or rows.shape[1] != self.n_classes:
            expected = f"one-hot rows of {self.n_classes} columns" if self.one_hot else "labels of shape (n,)"
            raise DataError(message(name, f"{expected}, as at fit", rows.shape, "Give labels in the form given to fit"))
        return _one_hot_codes(rows, name)

    def _unseen(self, labels: NDArray[Any], name: str) -> DataError:
        known = set(self.classes_.tolist())
        unseen = sorted({repr(label) for label in labels.tolist() if label not in known})
        what = f"{', '.join(unseen[:5])} ({labels.dtype})"
        said = f"{name} must hold labels that fit saw, such as {self.classes_.tolist()[0]!r}. Received: {what}."
        return DataError(f"{said} Remove those samples, or fit with data that has them.")


def _one_hot_codes(rows: NDArray[Any], name: str) -> NDArray[np.int32]:
    """Return the column of the one in each row; raise DataError where a row is not one-hot."""
    numeric = rows.dtype.kind in "biuf"
    if not numeric or not (((rows == 0) | (rows == 1)).all() and (rows.sum(axis=1) == 1).all()):
        remedy = "Give class labels of shape (n,); several labels a sample and soft labels are not taken here"
        raise DataError(message(name, "one-hot rows, exactly one 1 in each", rows.tolist()[:3], remedy))
    return np.asarray(rows.argmax(axis=1), dtype=np.int32)

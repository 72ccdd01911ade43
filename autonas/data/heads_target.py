"""Several targets of one example, and the way back: what the y of a network with several heads may be.

y is a list of the heads' own y, or a dict of them by name. Encoded they stand side by side in one array (n, k) float32,
head after head: classes as one-hot rows, several labels as rows of 0 and 1, numbers standardised. The network's
outputs stand in the same order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autonas.data.class_target import ClassTarget
from autonas.data.multi_label_target import MultiLabelTarget, is_multi_label
from autonas.data.regression_target import RegressionTarget
from autonas.errors import DataError, message

Head = ClassTarget | MultiLabelTarget | RegressionTarget
KINDS: dict[str, type[ClassTarget] | type[MultiLabelTarget] | type[RegressionTarget]] = {
    "class": ClassTarget,
    "multi_label": MultiLabelTarget,
    "regression": RegressionTarget,
}


class HeadsOf(Sequence[tuple[Any, ...]]):
    """The y of all heads by name, as long as any one of them, and each head's task."""

    def __init__(self, ys: Mapping[str, Any], tasks: Mapping[str, str]) -> None:
        self.ys, self.tasks = dict(ys), dict(tasks)
        lengths = {name: len(y) if hasattr(y, "__len__") else 0 for name, y in self.ys.items()}
        if len(set(lengths.values())) != 1:
            raise DataError(
                message("y", "of one length for all heads", lengths, "Give every head one target an example")
            )
        self._length = next(iter(lengths.values()))

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: Any) -> Any:
        return tuple(y[place] for y in self.ys.values())


@dataclass(frozen=True, eq=False)
class HeadsTarget:
    """The targets of the heads by name, in the order of the outputs."""

    heads: Mapping[str, Head]

    @classmethod
    def fit(cls, y: HeadsOf) -> "HeadsTarget":
        """Learn each head's target. Raises DataError, with the head's name."""
        return cls({name: _fit(y.ys[name], task, f"y[{name!r}]") for name, task in y.tasks.items()})

    @property
    def n_outputs(self) -> int:
        """How many numbers a sample has, k."""
        return sum(width(head) for head in self.heads.values())

    @property
    def slices(self) -> dict[str, slice]:
        """Where in the outputs each head's stand."""
        ends = np.cumsum([width(head) for head in self.heads.values()]).tolist()
        return {name: slice(end - width(self.heads[name]), end) for name, end in zip(self.heads, ends, strict=True)}

    def encode(self, y: HeadsOf, *, name: str = "y") -> NDArray[np.float32]:
        """Return all targets side by side, (n, k)."""
        parts = []
        for head, target in self.heads.items():
            codes = target.encode(y.ys[head], name=f"{name}[{head!r}]")
            parts.append(np.eye(target.n_classes)[codes] if isinstance(target, ClassTarget) else codes)
        return np.concatenate(parts, axis=1).astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """Return the targets as JSON-able values."""
        return {"kind": "heads", "heads": {name: head.to_json() for name, head in self.heads.items()}}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> "HeadsTarget":
        """Return the target that `to_json` wrote."""
        return cls({name: KINDS[held["kind"]].from_json(held) for name, held in state["heads"].items()})


def width(head: Head) -> int:
    """Return how many outputs a head has."""
    return head.n_outputs if isinstance(head, RegressionTarget) else head.n_classes


def own_codes(head: Head, rows: NDArray[Any]) -> NDArray[Any]:
    """Return a head's part of the encoded targets as its own task has them: codes (n,) of classes, else (n, k)."""
    return rows.argmax(axis=1).astype(np.int32) if isinstance(head, ClassTarget) else rows


def _fit(y: Any, task: str, name: str) -> Head:
    if task == "regression":
        return RegressionTarget.fit(y, name=name)
    return MultiLabelTarget.fit(y, name=name) if is_multi_label(y) else ClassTarget.fit(y, name=name)

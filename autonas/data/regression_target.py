"""Numbers to standardised outputs and back: what a regressor's y may be.

y is (n,) or (n, k) finite numbers. A network learns (y - mean) / scale, (n, k) float32: on one scale the same
learning rate and the same loss serve all targets, and a constant column (scale 1) does no harm.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.preprocessing import StandardScaler

from autonas.errors import DataError, message


@dataclass(frozen=True)
class RegressionTarget:
    """Mean and scale of the targets seen at fit, and the form they came in."""

    mean: tuple[float, ...]  # (k,)
    scale: tuple[float, ...]  # (k,), positive
    rank: int  # of y as given: 1 or 2
    dtype: str  # of predictions: float32 where y was, else float64

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.scale) or not all(scale > 0 for scale in self.scale):
            raise DataError(message("scale", "positive, one an output", self.scale, "Fit the target again"))

    @classmethod
    def fit(cls, y: ArrayLike, *, name: str = "y") -> "RegressionTarget":
        """Measure mean and scale of y, best of its training part. Raises DataError for what is no finite number."""
        values, rank = _values(y, name)
        with np.errstate(over="ignore", invalid="ignore"):
            scaler = StandardScaler().fit(values)
        if not np.isfinite(scaler.var_).all():
            largest = float(np.abs(values).max())
            raise DataError(
                message(name, "of a scale that float64 can square", largest, f"Divide {name} by a constant")
            )
        dtype = "float32" if np.asarray(y).dtype == np.float32 else "float64"
        return cls(tuple(scaler.mean_.tolist()), tuple(scaler.scale_.tolist()), rank, dtype)

    @property
    def n_outputs(self) -> int:
        """How many numbers a sample has, k."""
        return len(self.mean)

    def encode(self, y: ArrayLike, *, name: str = "y") -> NDArray[np.float32]:
        """Return standardised targets (n, k), float32."""
        values, _ = _values(y, name)
        if values.shape[1] != self.n_outputs:
            expected = f"of {self.n_outputs} column(s), as at fit"
            raise DataError(message(name, expected, np.shape(y), "Give targets in the form given to fit"))
        return ((values - self.mean) / self.scale).astype(np.float32)

    def decode(self, outputs: ArrayLike) -> NDArray[Any]:
        """Return outputs (n, k) on the scale of y, in its rank: (n,) where y was (n,)."""
        values = np.asarray(outputs, dtype=np.float64).reshape(-1, self.n_outputs) * self.scale + self.mean
        return (values[:, 0] if self.rank == 1 else values).astype(self.dtype)

    def to_json(self) -> dict[str, Any]:
        """Return the target as JSON-able values."""
        return {"kind": "regression", **asdict(self)}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> "RegressionTarget":
        """Return the target that `to_json` wrote."""
        mean, scale = tuple(map(float, state["mean"])), tuple(map(float, state["scale"]))
        return cls(mean, scale, rank=int(state["rank"]), dtype=str(state["dtype"]))


def _values(y: ArrayLike, name: str) -> tuple[NDArray[np.float64], int]:
    """Return y as finite float64 (n, k), and its rank; raise DataError where it is anything else."""
    values = _numbers(y, name)
    if values.ndim not in (1, 2) or values.size == 0:
        raise DataError(message(name, "numbers of shape (n,) or (n, k)", values.shape, "Give a target an example"))
    bad = int(np.count_nonzero(~np.isfinite(values)))
    if bad:
        said = f"{name} must hold finite numbers. Received: {bad} that are NaN or infinite."
        raise DataError(f"{said} Remove those samples.")
    return values.reshape(len(values), -1), values.ndim


def _numbers(y: ArrayLike, name: str) -> NDArray[np.float64]:
    """Return y as float64 of any shape. Text, bool and ragged lists are refused, not guessed at."""
    try:
        array = np.asarray(y)
        if array.dtype.kind == "O":  # pandas columns and Python numbers may come as objects
            array = np.asarray(array.tolist(), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(message(name, "numbers", type(y).__name__, "Convert y to floats")) from error
    if array.dtype.kind not in "iuf":
        raise DataError(
            message(name, "numbers", array.dtype.name, "Use ImageClassifier for labels, or convert y to floats")
        )
    return array.astype(np.float64)

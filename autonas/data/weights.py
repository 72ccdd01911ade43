"""Sample weights: what may be given, and class weights turned into them.

Class weights count in training only: they say what to learn, while validation measures what the user measures.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.class_weight import compute_class_weight

from autonas.data.class_target import ClassTarget
from autonas.errors import DataError, SettingError, message

ClassWeight = Mapping[Any, float] | str | None


def check_weights(weight: ArrayLike | None, n: int, *, name: str = "sample_weight") -> NDArray[np.float32] | None:
    """Return weights as (n,) float32, or None. Raises DataError for a wrong shape and for no finite weights >= 0."""
    if weight is None:
        return None
    try:
        weights = np.asarray(weight, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise DataError(message(name, "numbers", weight, "Give one weight a sample")) from error
    if weights.shape != (n,):
        raise DataError(
            message(name, f"of shape ({n},), one weight a sample", weights.shape, "Give one weight a sample")
        )
    if not np.isfinite(weights).all() or weights.min() < 0 or weights.max() == 0:
        lowest, highest = float(weights.min()), float(weights.max())
        said = f"{name} must hold finite weights of 0 or more, not all of them zero."
        raise DataError(f"{said} Received: from {lowest:g} to {highest:g}. Correct them, or use None.")
    return weights


def class_weights(
    class_weight: ClassWeight, target: ClassTarget, codes: NDArray[np.int32]
) -> NDArray[np.float32] | None:
    """Return a weight a class, (k,), by code: from a dict {label: weight} (1 where absent) or "balanced"; or None.

    "balanced" makes all classes present in `codes` weigh the same together. Raises SettingError for anything else.
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, Mapping):
        table = _from_dict(class_weight, target)
        if not table[np.unique(codes)].any():
            raise SettingError(message("class_weight", "above 0 for a class that y has", class_weight, "Correct it"))
        return table
    if class_weight != "balanced":
        remedy = "Use a dict {label: weight}, or sample_weight"
        raise SettingError(message("class_weight", 'None, a dict or "balanced"', class_weight, remedy))
    table = np.ones(target.n_classes, np.float32)
    present = np.unique(codes)
    table[present] = compute_class_weight("balanced", classes=present, y=codes)
    return table


def weigh_classes(
    weight: NDArray[np.float32] | None, table: NDArray[np.float32] | None, codes: NDArray[np.int32]
) -> NDArray[np.float32] | None:
    """Return sample weights (n,) times the weights of the samples' classes; None where neither is given."""
    if table is None:
        return weight
    per_sample = table[codes]
    return per_sample if weight is None else per_sample * weight


def _from_dict(given: Mapping[Any, float], target: ClassTarget) -> NDArray[np.float32]:
    codes = {label: code for code, label in enumerate(target.classes_.tolist())}
    table = np.ones(target.n_classes, np.float32)
    for label, value in given.items():
        if label not in codes:
            known = f"a dict whose keys are labels of y, such as {target.classes_.tolist()[:3]}"
            raise SettingError(message("class_weight", known, label, "Use the labels as they are in y"))
        if not (isinstance(value, int | float | np.number) and np.isfinite(value) and value >= 0):
            raise SettingError(message(f"class_weight[{label!r}]", "a finite number of 0 or more", value, "Correct it"))
        table[codes[label]] = value
    return table

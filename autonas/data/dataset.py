"""From what a user gives to `fit` to one checked dataset: the front door of the room.

Everything that can be wrong with x, y, weights and split is found here, before anything is trained.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autonas.data.class_target import ClassTarget
from autonas.data.disk import joined
from autonas.data.doors import Entered, enter, is_stream
from autonas.data.images import ImageSchema, check_images, image_schema
from autonas.data.regression_target import RegressionTarget
from autonas.data.splits import Part, Share, held, split
from autonas.data.targets import Target
from autonas.data.weights import ClassWeight, check_weights, class_weights, weigh_classes
from autonas.errors import DataError, SettingError, message

Task = Literal["classification", "regression"]
SAMPLES = 8  # raw images kept with a fitted estimator: exports are checked on them


@dataclass(frozen=True, eq=False)
class Dataset:
    """What a search learns from, with what is needed to read new images and write predictions."""

    train: Part  # weights include class weights
    validation: Part  # weights are the user's alone
    schema: ImageSchema
    target: Target
    class_weights: NDArray[np.float32] | None = None  # (k,), already in train's weights
    sample: NDArray[Any] | None = None  # the first few of x, as they came

    def everything(self) -> Part:
        """Return both parts as one to train on: class weights count for all, and x is copied."""
        parts = self.train, replace(self.validation, weight=self._training_weight(self.validation))
        if parts[0].weight is None and parts[1].weight is None:
            weight = None
        else:
            weight = np.concatenate([_ones(p) if p.weight is None else p.weight for p in parts])
        return Part(joined(parts[0].x, parts[1].x), np.concatenate([p.y for p in parts]), weight)

    def _training_weight(self, part: Part) -> NDArray[np.float32] | None:
        return weigh_classes(part.weight, self.class_weights, part.y)


def image_dataset(
    x: Any,
    y: ArrayLike | None = None,
    *,
    task: Task,
    validation_data: Any = None,
    validation_split: Share = 0.2,
    sample_weight: ArrayLike | None = None,
    class_weight: ClassWeight = None,
    seed: int | None = None,
) -> Dataset:
    """Check, encode and split. x may be whatever `autonas.data.doors.enter` takes; so may `validation_data`, (x, y) or
    (x, y, weights) of arrays among it, and then nothing is split off.

    Raises DataError for data that cannot be learned from, SettingError for settings that cannot work.
    """
    entered = enter(x, y, sample_weight)
    x, y, sample_weight = entered.x, entered.y, entered.weight
    images = check_images(x)
    check_lengths(images, y)
    target = _fit_target(y, task)
    whole = Part(images, target.encode(y), check_weights(sample_weight, len(images)))
    stratify = task == "classification"
    if validation_data is None:
        parts = split(whole.x, whole.y, whole.weight, validation_split=validation_split, stratify=stratify, seed=seed)
        schema = image_schema(x, parts[0].x)
    else:
        schema = image_schema(x, images)
        parts = whole, held(_given_validation(validation_data, schema, target), stratify=stratify, seed=seed)
    table = _class_table(class_weight, target, parts[0].y)
    train = replace(parts[0], weight=weigh_classes(parts[0].weight, table, parts[0].y))
    return Dataset(train, parts[1], schema, target, table, np.asarray(x[:SAMPLES]))


def check_lengths(x: NDArray[Any], y: ArrayLike, *, names: tuple[str, str] = ("x", "y")) -> None:
    """Raise DataError where x and y do not have one entry a sample."""
    shape = np.shape(y) if hasattr(y, "__array__") else (len(y),) if isinstance(y, Sequence) else ()
    if not shape or shape[0] != len(x):
        received = f"{len(x)} and {shape[0] if shape else 'a single value'}"
        said = f"{names[0]} and {names[1]} must have the same length. Received: {received}."
        raise DataError(f"{said} Give one target an image.")


def _fit_target(y: ArrayLike, task: Task) -> Target:
    if task == "classification":
        return ClassTarget.fit(y)
    if task == "regression":
        return RegressionTarget.fit(y)
    raise SettingError(message("task", '"classification" or "regression"', task, "Use one of them"))


def _given_validation(given: Any, schema: ImageSchema, target: Target) -> Part:
    entered = _entered_validation(given, schema)
    images = schema.check(entered.x, name="validation x")
    check_lengths(images, entered.y, names=("validation x", "validation y"))
    codes = target.encode(entered.y, name="validation y")
    return Part(images, codes, check_weights(entered.weight, len(images), name="validation sample_weight"))


def _entered_validation(given: Any, schema: ImageSchema) -> Entered:
    if isinstance(given, str | Path) or is_stream(given):
        return enter(given, schema=schema)
    if not isinstance(given, tuple | list) or len(given) not in (2, 3):
        remedy = "Give both as arrays, or use validation_split"
        raise SettingError(message("validation_data", "a tuple (x, y) or (x, y, sample_weight)", type(given), remedy))
    return enter(*given, schema=schema)


def _class_table(given: ClassWeight, target: Target, codes: NDArray[Any]) -> NDArray[np.float32] | None:
    if isinstance(target, ClassTarget):
        return class_weights(given, target, codes)
    if given is not None:
        raise SettingError(message("class_weight", "None for a regressor", given, "Use sample_weight"))
    return None


def _ones(part: Part) -> NDArray[np.float32]:
    return np.ones(len(part), np.float32)

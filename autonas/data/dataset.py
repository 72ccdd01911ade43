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
from autonas.data.doors import IMAGES, is_stream
from autonas.data.entered import Entered
from autonas.data.heads_target import HeadsOf
from autonas.data.multi_label_target import is_multi_label
from autonas.data.regression_target import RegressionTarget
from autonas.data.rows import Rows, count, join, take
from autonas.data.schema import Reader, Schema
from autonas.data.splits import Part, Share, held, split
from autonas.data.targets import HeadsTarget, MultiLabelTarget, Target
from autonas.data.weights import ClassWeight, check_weights, class_weights, weigh_classes
from autonas.errors import DataError, SettingError, message

Task = Literal["classification", "regression", "heads"]
SAMPLES = 8  # raw examples kept with a fitted estimator: exports are checked on them


@dataclass(frozen=True, eq=False)
class Dataset:
    """What a search learns from, with what is needed to read new examples and write predictions."""

    train: Part  # weights include class weights
    validation: Part  # weights are the user's alone
    schema: Schema
    target: Target
    class_weights: NDArray[np.float32] | None = None  # (k,), already in train's weights
    sample: Rows = None  # the first few of x, as `Schema.feed` gives them

    def everything(self) -> Part:
        """Return both parts as one to train on: class weights count for all, and x is copied."""
        parts = self.train, replace(self.validation, weight=self._training_weight(self.validation))
        if parts[0].weight is None and parts[1].weight is None:
            weight = None
        else:
            weight = np.concatenate([_ones(p) if p.weight is None else p.weight for p in parts])
        return Part(join([p.x for p in parts]), np.concatenate([p.y for p in parts]), weight)

    def _training_weight(self, part: Part) -> NDArray[np.float32] | None:
        return weigh_classes(part.weight, self.class_weights, part.y)


def make_dataset(
    x: Any,
    y: ArrayLike | None = None,
    *,
    reader: Reader = IMAGES,
    task: Task,
    validation_data: Any = None,
    validation_split: Share = "auto",
    sample_weight: ArrayLike | None = None,
    class_weight: ClassWeight = None,
    multi_label: bool | None = None,
    seed: int | None = None,
) -> Dataset:
    """Check, split and encode what `reader` reads.

    x may be whatever `reader.enter` takes; so may `validation_data`, (x, y) or (x, y, weights) of arrays among it, and
    then nothing is split off. `multi_label` says whether y is several labels an example; None looks at y.

    Raises DataError for data that cannot be learned from, SettingError for settings that cannot work.
    """
    entered = reader.enter(x, y, sample_weight)
    x, y, sample_weight = entered.x, entered.y, entered.weight
    rows = reader.check(x)
    check_lengths(rows, y, example=reader.example)
    target = _fit_target(y, task, multi_label)
    whole = Part(rows, target.encode(y), check_weights(sample_weight, count(rows)))
    stratify = isinstance(target, ClassTarget)
    if validation_data is None:
        parts = split(whole.x, whole.y, whole.weight, validation_split=validation_split, stratify=stratify, seed=seed)
        schema = reader.describe(x, parts[0].x)
    else:
        schema = reader.describe(x, rows)
        parts = whole, held(_given_validation(validation_data, schema, target, reader), stratify=stratify, seed=seed)
    table = _class_table(class_weight, target, parts[0].y)
    train = Part(schema.encode(parts[0].x), parts[0].y, weigh_classes(parts[0].weight, table, parts[0].y))
    validation = replace(parts[1], x=schema.encode(parts[1].x))
    return Dataset(train, validation, schema, target, table, schema.feed(take(rows, slice(SAMPLES))))


def image_dataset(x: Any, y: ArrayLike | None = None, **settings: Any) -> Dataset:
    """Return the dataset of images; arguments are those of `make_dataset`."""
    return make_dataset(x, y, reader=IMAGES, **settings)


def check_lengths(x: Rows, y: ArrayLike, *, names: tuple[str, str] = ("x", "y"), example: str = "example") -> None:
    """Raise DataError where x and y do not have one entry a sample."""
    shape = np.asarray(y).shape if hasattr(y, "__array__") else (len(y),) if isinstance(y, Sequence) else ()
    if not shape or shape[0] != count(x):
        received = f"{count(x)} and {shape[0] if shape else 'a single value'}"
        said = f"{names[0]} and {names[1]} must have the same length. Received: {received}."
        raise DataError(f"{said} Give one target an {example}.")


def _fit_target(y: Any, task: Task, multi_label: bool | None) -> Target:
    if isinstance(y, HeadsOf):
        return HeadsTarget.fit(y)
    if task == "classification":
        several = is_multi_label(y) if multi_label is None else multi_label
        if several is False and multi_label is False and is_multi_label(y):
            received = "several labels an example"
            raise DataError(message("y", "one label an example, as multi_label=False asks", received, "Use None"))
        return MultiLabelTarget.fit(y) if several else ClassTarget.fit(y)
    if task == "regression":
        return RegressionTarget.fit(y)
    raise SettingError(message("task", '"classification" or "regression"', task, "Use one of them"))


def _given_validation(given: Any, schema: Schema, target: Target, reader: Reader) -> Part:
    entered = _entered_validation(given, schema, reader)
    rows = schema.check(entered.x, name="validation x")
    check_lengths(rows, entered.y, names=("validation x", "validation y"), example=reader.example)
    codes = target.encode(entered.y, name="validation y")
    return Part(rows, codes, check_weights(entered.weight, count(rows), name="validation sample_weight"))


def _entered_validation(given: Any, schema: Schema, reader: Reader) -> Entered:
    alone = isinstance(given, str | Path) or is_stream(given)
    if not alone and (not isinstance(given, tuple | list) or len(given) not in (2, 3)):
        remedy = "Give both as arrays, or use validation_split"
        raise SettingError(message("validation_data", "a tuple (x, y) or (x, y, sample_weight)", type(given), remedy))
    try:
        return reader.enter(given, schema=schema) if alone else reader.enter(*given, schema=schema)
    except DataError as error:
        raise DataError(f"In validation_data, {error}") from error


def _class_table(given: ClassWeight, target: Target, codes: NDArray[Any]) -> NDArray[np.float32] | None:
    if isinstance(target, ClassTarget):
        return class_weights(given, target, codes)
    if given is not None:
        expected = "None for a regressor, and for several labels an example"
        raise SettingError(message("class_weight", expected, given, "Use sample_weight"))
    return None


def _ones(part: Part) -> NDArray[np.float32]:
    return np.ones(len(part), np.float32)

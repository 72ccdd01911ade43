"""Estimators for structured data: tables."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy.typing as npt
from sklearn.utils import Tags
from sklearn.utils.validation import validate_data

from autonas.arch.starters import dropout_perceptron, linear, residual_perceptron
from autonas.data import TABLES, Dataset
from autonas.data.doors import is_stream
from autonas.data.doors.table_file import is_table_file
from autonas.estimators.base import Estimator
from autonas.estimators.classifier import Classifier
from autonas.estimators.kind import Family, Kind
from autonas.estimators.regressor import Regressor

WIDTHS = (16, 32, 64, 128, 256)


def _families(data: Dataset, outputs: int) -> tuple[Family, ...]:
    shape = data.schema.shape
    return (
        Family(lambda width: dropout_perceptron(shape, outputs, width=width), WIDTHS, default=64),
        Family(lambda width: residual_perceptron(shape, outputs, width=width), WIDTHS, default=64),
        Family(lambda width: linear(shape, outputs), (1,), default=1),
    )


TABLE = Kind(reader=TABLES, families=_families)
"""Tables: a linear model, perceptrons and residual perceptrons."""


class Structured(Estimator):
    """What the pair for tables has beyond other estimators: names and number of its columns, as scikit-learn wants."""

    kind: ClassVar[Kind] = TABLE

    def fit(self, x: Any, y: npt.ArrayLike | None = None, **settings: Any) -> Self:
        came = self.kind.reader.enter(x, y, settings.pop("sample_weight", None))
        validate_data(self, came.x, skip_check_array=True)
        return super().fit(came.x, came.y, sample_weight=came.weight, **settings)

    def _outputs_for(self, x: Any) -> npt.NDArray[Any]:
        self._check_fitted()
        if not is_table_file(x) and not is_stream(x):
            validate_data(self, x, skip_check_array=True, reset=False)
        return super()._outputs_for(x)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = tags.input_tags.sparse = True
        return tags


class StructuredDataClassifier(Structured, Classifier):
    """Finds a network that tells classes of rows apart."""


class StructuredDataRegressor(Structured, Regressor):
    """Finds a network that tells one number, or several, of a row."""

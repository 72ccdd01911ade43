"""Estimators for structured data: tables."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Self

import numpy.typing as npt
from sklearn.utils import Tags
from sklearn.utils.validation import column_or_1d, validate_data

from autonas.arch.starters import dropout_perceptron, linear, residual_perceptron
from autonas.data import TABLES, Dataset
from autonas.data.doors import is_stream
from autonas.data.doors.table_file import is_table_file
from autonas.estimators.base import Estimator
from autonas.estimators.classifier import Classifier
from autonas.estimators.kind import Family, Kind
from autonas.estimators.regressor import Regressor
from autonas.runtime.plan import Effort
from autonas.runtime.train import Recipe

WIDTHS = (16, 32, 64, 128, 256)
FEW, MANY = 2_000, 10_000  # training rows that widths above 64, and above 128, ask for


def _families(data: Dataset, outputs: int) -> tuple[Family, ...]:
    shape, n = data.schema.shape, len(data.train)
    widths = tuple(width for width in WIDTHS if width <= 64 or n >= MANY or (width <= 128 and n >= FEW))
    return (
        Family(lambda width: dropout_perceptron(shape, outputs, width=width), widths, default=64),
        Family(lambda width: residual_perceptron(shape, outputs, width=width), widths, default=64),
        Family(lambda width: linear(shape, outputs), (1,), default=1),
    )


def _recipe(recipe: Recipe, data: Dataset) -> Recipe:
    return dataclasses.replace(
        recipe,
        optimizer="adam",
        rate=1e-2,
        warm_rate=2e-3,
        finish_rate=3e-3,
        weight_decay=1e-2,
        smoothing=0.0,
        together=8,
        validations=15,
        keep_best=True,
        patience=5,
    )


def _batch_size(examples: int) -> int:
    return next((size for size, least in ((256, 32_768), (128, 4_096), (32, 64)) if examples >= least), 16)


TABLE = Kind(
    reader=TABLES,
    families=_families,
    recipe=_recipe,
    batch_size=_batch_size,
    effort=Effort(epochs=(60.0, 20.0, 60.0), steps=(600, 200, 600), finish_share=0.2),
    objective="val_loss",
    precisions=("float32",),
    blend=True,
)
"""Tables: a linear model, perceptrons and residual perceptrons, trained by Adam with decoupled weight decay
(Loshchilov & Hutter 2019), stopped where they validate best, and blended in the end.

Networks are compared by validation loss: tables are often small, and accuracy on some thirty rows cannot tell two
networks apart.
"""


class Structured(Estimator):
    """What the pair for tables has beyond other estimators: names and number of its columns, as scikit-learn wants."""

    kind: ClassVar[Kind] = TABLE

    def fit(
        self,
        x: Any,
        y: npt.ArrayLike | str | None = None,
        *,
        sample_weight: npt.ArrayLike | None = None,  # by its name, as scikit-learn looks for it
        **settings: Any,
    ) -> Self:
        """Search a network for the table ``x`` and its targets ``y``.

        Args:
            x: a data frame, an array (n, d) or a sparse matrix; a CSV file, or several in a list; a stream of batches
                of rows with their targets. Numbers, booleans, texts, categories and dates may stand side by side, and
                any of them may be missing (NaN, None, NaT).
            y: targets, as other estimators take them, or the name of their column in ``x``.
            sample_weight: (n,) weights of the rows, in training and in validation.
            settings: see `autonas.ImageClassifier.fit`.
        """
        came = self.kind.reader.enter(x, y, sample_weight)
        validate_data(self, came.x, skip_check_array=True)
        column = getattr(came.y, "shape", ())[1:] == (1,)
        y = column_or_1d(came.y, warn=True) if column and self.task == "classification" else came.y
        return super().fit(came.x, y, sample_weight=came.weight, **settings)

    def _outputs_for(self, x: Any) -> npt.NDArray[Any]:
        self._check_fitted()
        # What has not two axes is no table, and the schema says so better.
        if not is_table_file(x) and not is_stream(x) and getattr(x, "ndim", 2) == 2:
            validate_data(self, x, skip_check_array=True, reset=False)
        return super()._outputs_for(x)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = tags.input_tags.sparse = True
        return tags


class StructuredDataClassifier(Structured, Classifier):
    """Finds a network that tells classes of rows of a table apart.

    ```python
    clf = autonas.StructuredDataClassifier(time_limit=120, seed=0)
    clf.fit(frame, "kind")
    clf.predict_proba(new_rows)
    ```

    What stands before the network (scaling, looking up categories, marking what is missing) is measured on the training
    part, and part of the exported model: that takes one array where `fit` was given numbers in an array, else a dict of
    arrays (n, 1) by column name: numbers; strings; dates as days since 1970-01-01 UTC. A category that `fit` never saw
    counts as none.

    Arguments and attributes are those of `ImageClassifier`, but for ``objective``: ``"auto"`` is ``"val_loss"``, as
    accuracy on the few rows that validate hardly tells networks apart. And there are ``n_features_in_`` and, of data
    frames, ``feature_names_in_``.
    """


class StructuredDataRegressor(Structured, Regressor):
    """Finds a network that tells one number, or several, of each row of a table.

    Arguments and attributes are those of `StructuredDataClassifier`, without ``classes_``; ``objective`` may be
    ``"auto"``, ``"val_loss"``, ``"val_mse"`` (all the mean squared error) or ``"val_mae"``, of the standardised target.
    """

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

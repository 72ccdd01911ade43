"""Estimators for text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import ClassVar

from sklearn.utils import Tags

from autonas.arch import Architecture
from autonas.arch.text_starters import TEXT_STARTERS
from autonas.data import TEXTS, Dataset
from autonas.estimators.base import Estimator
from autonas.estimators.classifier import Classifier
from autonas.estimators.designs import CELLS
from autonas.estimators.kind import Family, Kind
from autonas.estimators.regressor import Regressor
from autonas.runtime.plan import Effort
from autonas.runtime.train import Recipe

WIDTHS: dict[str, tuple[tuple[int, ...], int]] = {
    "ngram_linear": ((1,), 1),
    "ngram_mlp": ((8, 16, 32), 16),
    "text_cnn": ((8, 16, 32, 48, 64), 32),
    "transformer": ((16, 32, 48, 64), 32),
    "text_rnn": ((8, 16, 32), 16),
}
"""Widths that the first network of a design may have, and the largest where no time limit says what can be afforded."""


def _families(data: Dataset, outputs: int) -> tuple[Family, ...]:
    def make(name: str) -> Callable[[int], Architecture]:
        return lambda width: TEXT_STARTERS[name](data.schema.sizes, outputs, width)

    return tuple(Family(make(name), widths, default) for name, (widths, default) in WIDTHS.items())


def _recipe(recipe: Recipe, data: Dataset) -> Recipe:
    """Adam, as embeddings of rare words get few gradients, and an end before the texts are known by heart."""
    return dataclasses.replace(
        recipe,
        optimizer="adam",
        rate=4e-3,
        warm_rate=1e-3,
        finish_rate=5e-4,
        weight_decay=1e-2,
        clip=1.0,
        smoothing=0.0,
        validations=5,
        keep_best=True,
    )


def _batch_size(examples: int) -> int:
    return next((size for size, least in ((64, 8_192), (32, 1_024)) if examples >= least), 16)


TEXT = Kind(
    reader=TEXTS,
    families=_families,
    recipe=_recipe,
    batch_size=_batch_size,
    effort=Effort(epochs=(4.0, 2.0, 2.0), steps=(200, 60, 60)),
    precisions=("float32",),
    blend=True,
    designs={"decided": CELLS},
)
"""Text: from a linear model of words and pairs of words to convolutions, attention and recurrence."""


class _Text(Estimator):
    """What the pair for text has beyond other estimators: scikit-learn is told that x is strings."""

    kind: ClassVar[Kind] = TEXT

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.one_d_array, tags.input_tags.string = False, True, True
        return tags


class TextClassifier(_Text, Classifier):
    """Finds a network that tells classes of texts apart.

    ```python
    clf = autonas.TextClassifier(time_limit=600, seed=0)
    clf.fit(reviews, labels)
    clf.predict(["What a film!"])
    clf.export("model", format="tf_saved_model")  # takes strings
    ```

    Texts are strings: a list, an array, or a column of a table. How many words are known and how long a text may be
    follows the training texts.

    The first network is linear, over tf-idf weights of words and pairs of words, and solved to its optimum: logistic
    regression, with a penalty chosen on the validation data. Then come a hidden layer over the same weights,
    convolutions, attention and an LSTM over embedded words, and edits of what scores best. In the end the best networks
    of different designs are blended into one, where that is better on the validation data; with ``refit="all"``
    the best of them is trained on all data instead.

    ``oracle="rl"`` searches recurrent cells instead, trees that a policy writes node by node (Zoph & Le 2016), each
    trained from scratch. Keras brings no such layer: such a network is exported as a SavedModel and not as a
    ``.keras`` file.

    Arguments and attributes are those of `ImageClassifier`; ``source_`` may also be ``blend``.
    """


class TextRegressor(_Text, Regressor):
    """Finds a network that tells one number, or several, of a text.

    Arguments and attributes are those of `TextClassifier`, without ``classes_``; the linear network is ridge
    regression. ``objective`` may be ``"auto"``, ``"val_loss"``, ``"val_mse"`` (both the mean squared error) or
    ``"val_mae"``, all of the standardised target.
    """

"""Several inputs and several heads in one network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal

import keras_tuner
import numpy as np
import numpy.typing as npt
from scipy.special import logit
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from autonas.arch import Architecture
from autonas.arch.joining import joined
from autonas.arch.starters import STARTERS, dropout_perceptron, residual_cnn
from autonas.arch.text_starters import TEXT_STARTERS
from autonas.data import IMAGES, TABLES, TEXTS, Dataset, Part, Reader
from autonas.data.class_target import ClassTarget
from autonas.data.many import many_reader
from autonas.data.regression_target import RegressionTarget
from autonas.data.rows import Rows
from autonas.data.targets import Target
from autonas.data.weights import check_weights
from autonas.errors import SettingError, message
from autonas.estimators.base import Estimator
from autonas.estimators.classifier import LEAST
from autonas.estimators.job import Found
from autonas.estimators.kind import Family, Kind
from autonas.estimators.text import TEXT
from autonas.runtime.head_scoring import check_head_scored, make_heads_scoring
from autonas.runtime.metrics import validation_metrics
from autonas.runtime.plan import Effort
from autonas.runtime.scoring import Scoring
from autonas.search import Strategy
from autonas.tuner.choosing import Workers

INPUTS: dict[str, Reader] = {"image": IMAGES, "table": TABLES, "text": TEXTS}
"""What an input may be, and how it is read."""

HEADS = ("classification", "regression")
TEXT_PARTS = ("ngram_mlp", "text_cnn")  # designs for a text among the inputs; a search begins with a network of each
_TAKEN = {"probabilities", "values", "labels"}  # names that exported models give to other things

Names = Sequence[str] | Mapping[str, str]
Block = Callable[[Any, int, int], Architecture]
"""A part of the network for one input: (its shape, of a text its sizes; features to give; width) -> the network."""


class AutoModel(Estimator):
    """Finds one network for several inputs of an example (images, texts, tables) and several things to tell of it.

    ```python
    model = autonas.AutoModel(["image", "text"], ["classification", "regression"], time_limit=600)
    model.fit([photos, descriptions], [categories, prices])
    categories, prices = model.predict([photos, descriptions])

    model = autonas.AutoModel({"photo": "image", "facts": "table"}, {"price": "regression"})
    model.fit({"photo": photos, "facts": frame}, {"price": prices})
    ```

    Each input has a part of the network that suits it; their last layers stand side by side, and one dense layer gives
    all outputs. Edits reach all of it. What is trained for is the sum of the heads' losses:

    ```python
    model = autonas.AutoModel(
        ["image", "text"],
        {"kind": "classification", "price": "regression"},
        loss={"price": "mean_absolute_error"},
        metrics={"kind": ["f1", "auc"], "price": "mae"},
        loss_weights={"price": 0.5},
        objective="val_price_mae",
    )
    ```

    Args:
        inputs: what the inputs are, ``"image"``, ``"text"`` or ``"table"``, in a list, or a dict by names of your own.
        outputs: what is to be told: ``"classification"`` (one or several labels) or ``"regression"``; a list or a dict.
        blocks: by input (in a list, by what it is), the part of the network where the search begins: a starter's name
            (`autonas.arch.starters.STARTERS`, for texts `autonas.arch.text_starters.TEXT_STARTERS`) or a function
            ``(shape, features, width) -> Architecture`` that gives (features,). None: what suits each input.
        objective: ``"auto"`` or ``"val_loss"`` (the sum), or a head's metric, ``"val_<head>_accuracy"``, ``..._loss``,
            ``..._mse``, ``..._mae`` (of y scaled to a variance of 1, unless ``metrics`` asks for it), or one of yours.
            Names of heads in a list are their kind, then with ``_2``, ``_3``, ...
        loss: a head's own loss, as of `ImageClassifier`: a dict by head, which may leave heads out, a list in their
            order, with None for the usual one, or a single one for all heads. In the sum, one of numbers is divided by
            what predicting the mean costs; ``val_<head>_loss`` is in the units of y.
        metrics: by head in the same way, each a metric or a list of them. A single one is reported of every head that
            it can be computed for.
        loss_weights: what each head's loss counts in the sum, a dict or a list; 1 where nothing is said.
        others: as of `ImageClassifier`, by name.

    It has the attributes of `ImageClassifier`; these mean something else here.

    Attributes:
        model_: the ``keras.Model``: a dict of raw inputs in, a dict of the heads' probabilities or values out. Labels
            of a head stand in ``model_.get_layer("<head>.probabilities").bias_initializer.value``.
        target_: the heads' targets; ``target_.heads["classification"].classes_`` are its labels.
        loss_units_: by head, what its loss is divided by in the sum.
    """

    task: ClassVar[Literal["heads"]] = "heads"
    project_name = max_model_size = tuner = num_classes = multi_label = output_dim = None

    def __init__(
        self,
        inputs: Names,
        outputs: Names,
        *,
        blocks: Mapping[str, str | Block] | None = None,
        oracle: str | Strategy[Any] = "bayesian",
        time_limit: float | None = None,
        max_trials: int | None = None,
        objective: str | keras_tuner.Objective = "auto",
        max_params: int | None = None,
        workers: Workers = 1,
        distribution: Any = "auto",
        max_disk_mb: float | None = 4000,
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Mapping[str, float] | Sequence[float | None] | None = None,
        refit: Literal["all"] | None = None,
        directory: str | Path | None = None,
        overwrite: bool = False,
        seed: int | None = None,
        verbose: int = 1,
        tensorboard: bool = False,
    ):
        self.inputs = inputs
        self.outputs = outputs
        self.blocks = blocks
        self.oracle = oracle
        self.time_limit = time_limit
        self.max_trials = max_trials
        self.objective = objective
        self.max_params = max_params
        self.workers = workers
        self.distribution = distribution
        self.max_disk_mb = max_disk_mb
        self.loss = loss
        self.metrics = metrics
        self.loss_weights = loss_weights
        self.refit = refit
        self.directory = directory
        self.overwrite = overwrite
        self.seed = seed
        self.verbose = verbose
        self.tensorboard = tensorboard

    @property
    def kind(self) -> Kind:  # type: ignore[override]
        """How the inputs are read, and where the search begins."""
        inputs = _named("inputs", self.inputs, tuple(INPUTS))
        heads = _named("outputs", self.outputs, HEADS)
        reader = many_reader({name: INPUTS[kind] for name, kind in inputs.items()}, heads)
        effort = Effort(epochs=(16.0, 6.0, 12.0), steps=(300, 90, 200))
        families = partial(_families, blocks=_blocks(self.blocks, inputs))
        return Kind(reader=reader, families=families, recipe=TEXT.recipe, effort=effort)

    def predict(self, x: Any) -> Any:
        """Return what is told of each example, head by head: a list, or a dict where ``outputs`` is one; of a single
        head in a list, its predictions alone. Each is in the form of the head's ``y``."""
        given = self._outputs_for(x)
        return self._in_form(
            {name: _decoded(self.target_.heads[name], given[:, where]) for name, where in self._slices}
        )

    def predict_proba(self, x: Any) -> Any:
        """Return probabilities (n, k) of the heads that tell classes, in the form of `predict`; None of the others."""
        given = self._outputs_for(x)
        numbers = {name for name, head in self.target_.heads.items() if isinstance(head, RegressionTarget)}
        return self._in_form({name: None if name in numbers else given[:, where] for name, where in self._slices})

    def evaluate(self, x: Any, y: Any, sample_weight: npt.ArrayLike | None = None) -> dict[str, float]:
        """Return ``loss``, as it is trained for, and each head's metrics: ``<head>_accuracy`` and ``<head>_loss``, or
        ``<head>_mse``, ``<head>_mae`` and ``<head>_r2`` in the units of its y; and the user's own."""
        came = self._entered(x, y, sample_weight)
        given = self._outputs_for(came.x)
        codes, weight = self.target_.encode(came.y), check_weights(came.weight, len(given))
        raw = np.concatenate([_raw(self.target_.heads[name], given[:, where]) for name, where in self._slices], axis=1)
        scoring = self._scoring(self.target_, codes, self.loss_units_)
        metrics = validation_metrics(raw, Part(np.empty(len(codes)), codes, weight), "heads", scoring)
        found = {name.removeprefix("val_"): value for name, value in metrics.items()}
        for name, where in self._slices:
            if isinstance(self.target_.heads[name], RegressionTarget):
                truth = np.asarray(came.y.ys[name], np.float64).reshape(given[:, where].shape)
                own = scoring.heads[name]
                usual = {} if own.loss is not None else {f"{name}_loss"}  # on the standardised scale
                told = {f"{name}_{metric}" for metric, _ in own.metrics}
                errors = {
                    f"{name}_{metric}": value for metric, value in _errors(truth, given[:, where], weight).items()
                }
                found = {key: value for key, value in found.items() if key not in usual}
                found.update({key: value for key, value in errors.items() if key not in told})
        return found

    def _check_scored(self) -> None:
        names = list(_named("outputs", self.outputs, HEADS))
        check_head_scored(names, self.loss, self.metrics, self.loss_weights)

    def _scoring(self, target: Target, codes: npt.NDArray[Any], units: Mapping[str, float] | None = None) -> Scoring:
        return make_heads_scoring(target, self.loss, self.metrics, self.loss_weights, codes, units)

    def _wrap_up(self, found: Found, data: Dataset) -> dict[str, Any]:
        scoring = self._scoring(data.target, data.train.y)
        self.loss_units_ = {name: head.unit for name, head in scoring.heads.items()}
        return super()._wrap_up(found, data)

    @property
    def _slices(self) -> list[tuple[str, slice]]:
        return list(self.target_.slices.items())

    def _predicted(self, batch: Rows) -> npt.NDArray[np.float32]:
        outputs = self.model_.predict_on_batch(batch)
        return np.concatenate([outputs[name] for name in self.target_.heads], axis=1)

    def _settings(self) -> dict[str, Any]:
        absent = ("project_name", "max_model_size", "tuner", "num_classes", "multi_label", "output_dim")
        return {**dict.fromkeys(absent), **self.get_params(deep=False)}

    def _in_form(self, by_head: dict[str, Any]) -> Any:
        if isinstance(self.outputs, Mapping):
            return by_head
        return list(by_head.values()) if len(by_head) > 1 else next(iter(by_head.values()))


def _named(what: str, given: object, known: tuple[str, ...]) -> dict[str, str]:
    """Return kinds by name; raise SettingError for what is none."""
    listed = isinstance(given, list | tuple)
    values = list(given) if listed else list(given.values()) if isinstance(given, Mapping) else []
    if not values or not all(value in known for value in values):
        expected = f"a list, or a dict by name, of {', '.join(map(repr, known))}"
        raise SettingError(message(what, expected, given, f"Use {what}=[{known[0]!r}]"))
    if not listed:
        names = list(given)  # type: ignore[call-overload]
        wrong = [name for name in names if not (isinstance(name, str) and name.isidentifier()) or name in _TAKEN]
        if wrong:
            expected = f"a dict by names that are identifiers, and none of {sorted(_TAKEN)}"
            raise SettingError(message(what, expected, wrong, "Use other names"))
        return dict(zip(names, values, strict=True))
    counts: dict[str, int] = {}
    found = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
        found[value if counts[value] == 1 else f"{value}_{counts[value]}"] = value
    return found


def _blocks(given: object, inputs: Mapping[str, str]) -> dict[str, Block]:
    """Return the user's blocks as functions, by input; raise SettingError for what is none."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not set(given) <= set(inputs):
        remedy = "Use blocks=None for what suits each input"
        raise SettingError(message("blocks", f"a dict by inputs, of {sorted(inputs)}", given, remedy))
    found: dict[str, Block] = {}
    for name, block in given.items():
        known: Mapping[str, Block] = TEXT_STARTERS if inputs[name] == "text" else STARTERS
        if not callable(block) and block not in known:
            expected = f"a function (shape, features, width) or one of {sorted(known)}"
            raise SettingError(message(f"blocks[{name!r}]", expected, block, "Use one of them"))
        found[name] = block if callable(block) else known[block]
    return found


def _families(data: Dataset, outputs: int, *, blocks: Mapping[str, Block]) -> tuple[Family, ...]:
    parts = data.schema.parts

    def family(design: str) -> Family:
        def make(width: int) -> Architecture:
            made = {
                name: _own(blocks[name], name, part, width) if name in blocks else _part(part, width, design)
                for name, part in parts.items()
            }
            return joined(made, outputs, name_input)

        return Family(make, (8, 16, 32, 48), 16)

    def name_input(name: str, id: str) -> str:
        return f"{name}.{id}" if isinstance(parts[name].shape, dict) else name

    texts = any(part.kind == "text" for name, part in parts.items() if name not in blocks)
    return tuple(map(family, TEXT_PARTS if texts else TEXT_PARTS[:1]))


def _own(block: Block, name: str, schema: Any, width: int) -> Architecture:
    """Return the network of one input that a user's block makes; raise SettingError where it gives no features."""
    features, given = 2 * width, schema.sizes if schema.kind == "text" else schema.shape
    made: object = block(given, features, width)
    shapes = [made.shapes[id] for id in made.outputs] if isinstance(made, Architecture) else made
    if not isinstance(made, Architecture) or shapes != [(features,)]:
        expected = f"a function that returns an Architecture with one output of shape {(features,)}"
        raise SettingError(message(f"blocks[{name!r}]", expected, shapes, "See autonas.arch.starters for examples"))
    return made


def _part(schema: Any, width: int, design: str) -> Architecture:
    """Return the network of one input, which gives twice ``width`` features."""
    if schema.kind == "image":
        return residual_cnn(schema.shape, 2 * width, width=width)
    if schema.kind == "text":
        return TEXT_STARTERS[design](schema.sizes, 2 * width, width)
    return dropout_perceptron(schema.shape, 2 * width, width=2 * width)


def _decoded(head: Any, given: npt.NDArray[Any]) -> Any:
    """Return predictions of one head from its probabilities, or from its values in the units of y."""
    if isinstance(head, RegressionTarget):
        return (given[:, 0] if head.rank == 1 else given).astype(head.dtype)
    return head.decode(given.argmax(axis=1) if isinstance(head, ClassTarget) else given)


def _raw(head: Any, given: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return what a network would have given: logits, or values on the standardised scale."""
    if isinstance(head, RegressionTarget):
        return head.encode(given)
    chances = np.clip(given.astype(np.float64), LEAST, 1 - LEAST)
    return np.log(chances) if isinstance(head, ClassTarget) else logit(chances)


def _errors(truth: npt.NDArray[Any], predicted: npt.NDArray[Any], weight: Any) -> dict[str, float]:
    scores = {"mse": mean_squared_error, "mae": mean_absolute_error, "r2": r2_score}
    return {name: float(score(truth, predicted, sample_weight=weight)) for name, score in scores.items()}

"""Saving and loading fitted estimators: one zip of JSON, arrays and a ``.keras`` file; no pickle in it.

================ ==========================================================================
member           what it holds
================ ==========================================================================
estimator.json   format, version, class, parameters, schema, target, architecture, rows, ...
model.keras      the assembled network
sample.npy       the raw images that exports are checked on
================ ==========================================================================
"""

from __future__ import annotations

import importlib
import io
import json
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from autonas.arch import from_json, to_json
from autonas.data import ImageSchema, target_from_json
from autonas.errors import SettingError, message
from autonas.report import Leaderboard, Row
from autonas.runtime.files import replacing

if TYPE_CHECKING:
    from autonas.estimators.base import ImageEstimator

FORMAT, VERSION = "autonas.estimator", 1
_DOCUMENT, _MODEL, _SAMPLE = "estimator.json", "model.keras", "sample.npy"
_CLASSES = ("ImageClassifier", "ImageRegressor")
_LOST = ("tuner_", "plan_")  # live objects; the search itself stays in its directory
_PLAIN = ("validation_metrics_", "best_trial_", "source_", "timing_")


def save(estimator: ImageEstimator, path: Path, overwrite: bool) -> Path:
    """Write a fitted estimator to ``path``, whole or not at all, and return the path.

    Raises:
        SettingError: something stands at ``path`` already.
    """
    if path.exists() and not (overwrite and path.is_file()):
        raise SettingError(message("path", "free", str(path), "Use another path, or overwrite=True to replace a file"))
    sample = io.BytesIO()
    np.save(sample, estimator.sample_, allow_pickle=False)
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as file:
        file.writestr(_DOCUMENT, json.dumps(_document(estimator)))
        file.writestr(_MODEL, model_bytes(estimator.model_))
        file.writestr(_SAMPLE, sample.getvalue())
    return path


def load(path: str | Path) -> ImageEstimator:
    """Return the fitted estimator that ``save`` wrote. It predicts and exports; ``tuner_`` is not part of it.

    Raises:
        SettingError: ``path`` is no such file, or a later autonas wrote it.
    """
    try:
        with zipfile.ZipFile(path) as file:
            document = json.loads(file.read(_DOCUMENT))
            model, sample = file.read(_MODEL), file.read(_SAMPLE)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        remedy = "Give a file that an estimator's save wrote"
        raise SettingError(message("path", f"a saved estimator ({error})", str(path), remedy)) from error
    if document.get("format") != FORMAT or document.get("version") != VERSION or document.get("class") not in _CLASSES:
        received = {name: document.get(name) for name in ("format", "version", "class")}
        raise SettingError(
            message("the saved estimator", f"{FORMAT} of version {VERSION}", received, "Use the autonas that wrote it")
        )
    kind = getattr(importlib.import_module("autonas.estimators.image"), document["class"])
    estimator: ImageEstimator = kind(**document["params"])
    estimator.schema_ = ImageSchema.from_json(document["schema"])
    estimator.target_ = target_from_json(document["target"])
    estimator.architecture_ = from_json(document["architecture"])
    estimator.leaderboard_ = Leaderboard(tuple(Row(**row) for row in document["rows"]), document["objective"])
    for name in _PLAIN:
        setattr(estimator, name, document[name])
    estimator.sample_ = np.load(io.BytesIO(sample), allow_pickle=False)
    estimator.model_ = model_from_bytes(model)
    return estimator


def picklable(state: dict[str, Any]) -> dict[str, Any]:
    """Return an estimator's state with its Keras model as bytes and without what lives in this process alone."""
    kept = {name: value for name, value in state.items() if name not in _LOST}
    if "model_" in kept:
        kept["model_"] = model_bytes(kept["model_"])
    return kept


def unpickled(state: dict[str, Any]) -> dict[str, Any]:
    """Return what `picklable` was given, as far as it was kept."""
    if isinstance(state.get("model_"), bytes):
        return {**state, "model_": model_from_bytes(state["model_"])}
    return state


def model_bytes(model: keras.Model) -> bytes:
    """Return ``model`` as the content of a ``.keras`` file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _MODEL
        model.save(path)
        return path.read_bytes()


def model_from_bytes(content: bytes) -> keras.Model:
    """Return the model that `model_bytes` wrote."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _MODEL
        path.write_bytes(content)
        return keras.models.load_model(path, compile=False)


def _document(estimator: ImageEstimator) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "class": type(estimator).__name__,
        "params": _plain_params(estimator),
        "schema": estimator.schema_.to_json(),
        "target": estimator.target_.to_json(),
        "architecture": to_json(estimator.architecture_),
        "objective": estimator.leaderboard_.objective,
        "rows": estimator.leaderboard_.to_dicts(),
        **{name: getattr(estimator, name) for name in _PLAIN},
    }


def _plain_params(estimator: ImageEstimator) -> dict[str, Any]:
    """The parameters that JSON can hold; who passed a strategy or an Objective gets the default back, and is told."""
    params = {name: str(value) if isinstance(value, Path) else value for name, value in estimator.get_params().items()}
    plain = {
        name: value for name, value in params.items() if value is None or isinstance(value, bool | int | float | str)
    }
    lost = sorted(params.keys() - plain.keys())
    if lost:
        said = f"{', '.join(lost)} cannot be saved and will have the default value in the loaded estimator."
        warnings.warn(f"{said} The network itself is saved in full.", UserWarning, stacklevel=4)
    return plain

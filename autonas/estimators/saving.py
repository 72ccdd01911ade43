"""Saving fitted estimators (`autonas.estimators.loading` reads them): one zip of JSON, arrays and a ``.keras`` file; no
pickle in it.

================ ==========================================================================
member           what it holds
================ ==========================================================================
estimator.json   format, version, class, parameters, schema, target, architecture, rows, ...
model.keras      the assembled network
sample.npz       the raw examples that exports are checked on
================ ==========================================================================
"""

from __future__ import annotations

import io
import json
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from sklearn.base import BaseEstimator

from autonas.arch import to_json
from autonas.data.rows import Rows
from autonas.errors import SettingError, message
from autonas.runtime.files import replacing

FORMAT, VERSION = "autonas.estimator", 1
DOCUMENT, MODEL, SAMPLE = "estimator.json", "model.keras", "sample.npz"
_LOST = ("tuner_", "plan_")  # live objects; the search itself stays in its directory
COLUMNS = ("n_features_in_", "feature_names_in_", "loss_units_")  # where the estimator knows them
PLAIN = ("validation_metrics_", "best_trial_", "source_", "timing_")


def save(estimator: BaseEstimator, path: Path, overwrite: bool) -> Path:
    """Write a fitted estimator to ``path``, whole or not at all, and return the path.

    Raises:
        SettingError: something stands at ``path`` already.
    """
    if path.exists() and not (overwrite and path.is_file()):
        raise SettingError(message("path", "free", str(path), "Use another path, or overwrite=True to replace a file"))
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as file:
        file.writestr(DOCUMENT, json.dumps(_document(estimator)))
        file.writestr(MODEL, model_bytes(estimator.model_))
        file.writestr(SAMPLE, _sample_bytes(estimator.sample_))
    return path


def picklable(state: dict[str, Any]) -> dict[str, Any]:
    """Return an estimator's state with its Keras model as bytes and without what lives in this process alone."""
    kept = {name: value for name, value in state.items() if name not in _LOST}
    if isinstance(kept.get("distribution"), tf.distribute.Strategy):  # devices of this process
        kept["distribution"] = "auto"
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
        path = Path(folder) / MODEL
        model.save(path)
        return path.read_bytes()


def model_from_bytes(content: bytes) -> keras.Model:
    """Return the model that `model_bytes` wrote."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / MODEL
        path.write_bytes(content)
        return keras.models.load_model(path, compile=False)


def _sample_bytes(sample: Rows) -> bytes:
    """Return raw examples as the content of an ``.npz`` file; strings, which are objects, as text of one width."""
    names, held = ([*sample], [*sample.values()]) if isinstance(sample, dict) else ([], [sample])
    plain = [array.astype(str) if array.dtype.kind == "O" else array for array in held]
    content = io.BytesIO()
    np.savez(content, np.asarray(names, dtype=str), *plain)
    return content.getvalue()


def sample_from_bytes(content: bytes) -> Rows:
    """Return the raw examples that a file holds."""
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        names, *held = (stored[f"arr_{place}"] for place in range(len(stored.files)))
    plain = [array.astype(object) if array.dtype.kind == "U" else array for array in held]
    return dict(zip(names.tolist(), plain, strict=True)) if len(names) else plain[0]


def _document(estimator: BaseEstimator) -> dict[str, Any]:
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
        **{name: getattr(estimator, name) for name in PLAIN},
        "facts": estimator.facts_,
        "columns": {name: _listed(getattr(estimator, name)) for name in COLUMNS if hasattr(estimator, name)},
    }


def _listed(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _plain_params(estimator: BaseEstimator) -> dict[str, Any]:
    """The parameters that JSON can hold; who passed a strategy or an Objective gets the default back, and is told."""
    params = {name: str(value) if isinstance(value, Path) else value for name, value in estimator.get_params().items()}
    plain = {name: value for name, value in params.items() if _is_plain(value)}
    lost = sorted(params.keys() - plain.keys())
    if lost:
        said = f"{', '.join(lost)} cannot be saved and will have the default value in the loaded estimator."
        warnings.warn(f"{said} The network itself is saved in full.", UserWarning, stacklevel=4)
    return plain


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(name, str) and _is_plain(each) for name, each in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)

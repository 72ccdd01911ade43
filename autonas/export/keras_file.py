"""The `.keras` file: a zip of configuration and weights, read by `keras.models.load_model` on any Keras backend.

To it we add `labels.json`, which Keras leaves alone. The labels are in the configuration too: see labels.py.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
from numpy.typing import NDArray

from autonas.data.rows import Rows
from autonas.errors import ExportError, message
from autonas.export.format import Format, stacked
from autonas.export.labels import LABELS_FILE, Label, class_labels, labels_from_json, labels_json

_CONFIG = "config.json"  # Keras's own name, in the zip
_FUNCTIONS = ("function", "__lambda__")  # Keras writes its own by name alone, so these are somebody's


def write(model: keras.Model, path: Path, _sample: Rows) -> None:
    """Write the model, its labels included."""
    model.save(path)
    labels = class_labels(model)
    if labels is not None:
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(LABELS_FILE, labels_json(labels))


def read(path: Path, sample: Rows) -> dict[str, NDArray]:
    """Return what the loaded model predicts; raise ExportError if loading needs more than Keras."""
    foreign = sorted(set(_foreign(_config(path))))
    if foreign:
        remedy = "Use format='tf_saved_model', or build the network of plain Keras layers"
        raise ExportError(message("every object in a .keras file", "one of Keras's own", foreign, remedy))
    return {"load_model": stacked(keras.models.load_model(path).predict_on_batch(sample))}


def labels(path: Path) -> list[Label] | None:
    """Return the labels that the zip holds."""
    with zipfile.ZipFile(path) as archive:
        return labels_from_json(archive.read(LABELS_FILE).decode()) if LABELS_FILE in archive.namelist() else None


def owns(path: Path) -> bool:
    """Say whether a Keras file stands there."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return _CONFIG in archive.namelist()


def _config(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(_CONFIG))


def _foreign(config: Any) -> Iterator[str]:
    """Yield the names of objects that Keras does not bring: here they are registered, elsewhere loading would fail."""
    children = config.values() if isinstance(config, dict) else config if isinstance(config, list) else ()
    if isinstance(config, dict) and "class_name" in config and "module" in config:
        package = str(config["module"]).split(".")[0]
        registered = str(config.get("registered_name"))
        if package not in ("keras", "builtins") or ">" in registered or config["class_name"] in _FUNCTIONS:
            yield registered
    for child in children:
        yield from _foreign(child)


KERAS = Format(suffixes=(".keras",), write=write, read=read, labels=labels, owns=owns)

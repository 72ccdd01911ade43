"""Exporting: write beside the place, read back, compare, and only then move into place."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from autonas.data.rows import Rows, count
from autonas.errors import AutonasError, ExportError, SettingError, message
from autonas.export.assemble import VALUES
from autonas.export.format import Format, stacked
from autonas.export.keras_file import KERAS
from autonas.export.labels import PROBABILITIES, class_labels
from autonas.export.litert_file import LITERT
from autonas.export.onnx_file import ONNX
from autonas.export.placing import placed
from autonas.export.python_source import PYTHON
from autonas.export.saved_model import TF_SAVED_MODEL

FORMATS: Mapping[str, Format] = {
    "keras": KERAS,
    "litert": LITERT,
    "onnx": ONNX,
    "python": PYTHON,
    "tf_saved_model": TF_SAVED_MODEL,
}

_REMEDY = "Nothing was written; report it to autonas with the summary of the model"
TOLERANCE = 1e-4  # of a probability, or of the spread of the values: what float32 sums in another order stay well below


def export(model: keras.Model, path: str | PathLike, format: str, *, sample: Rows, overwrite: bool = False) -> Path:
    """Write a model that `assemble` made, and return its path once what was written predicts as the model does.

    `sample` is a few raw examples, an array or a dict of arrays by input name, as `Schema.feed` gives them: the
    comparison is made on them, and the default signature of a SavedModel takes their dtype. `overwrite` replaces an
    earlier export at `path`, never anything else.
    Raises SettingError for an unknown format or a path that is taken, and ExportError where the file does not load or
    predicts something else; then nothing is left behind, and what stood at `path` still does.
    """
    chosen = _format(format)
    path = Path(path)
    _check_path(path, format, chosen, overwrite)
    _check_sample(sample, model)
    with placed(path, chosen.beside(path)) as temporary:
        chosen.write(model, temporary, sample)
        _check_file(chosen, format, temporary, model, sample)
    return path


def _format(name: str) -> Format:
    if name not in FORMATS:
        raise SettingError(message("format", f"one of {sorted(FORMATS)}", name, "Use one of these"))
    return FORMATS[name]


def _check_path(path: Path, name: str, chosen: Format, overwrite: bool) -> None:
    """Raise SettingError where the path does not fit the format, or something stands there that must stay."""
    _check_suffix(path, name, chosen)
    taken = [each for each in (path, *chosen.beside(path)) if each.exists() or each.is_symlink()]
    if not taken:
        return
    if not overwrite:
        raise SettingError(message("path", "free", str(taken[0]), "Use another path, or overwrite=True"))
    if not chosen.owns(path) or path.resolve() in (Path.cwd(), *Path.cwd().parents):  # nor pull away the ground
        expected = f"free or hold an earlier {name} export and nothing else"
        raise SettingError(f"path must be {expected}. Received: {str(path)!r}. Use another path.")


def _check_suffix(path: Path, name: str, chosen: Format) -> None:
    """Raise SettingError where the path ends as that of another format, or not as one of this."""
    if path.suffix in chosen.suffixes:
        return
    others = [other for other, known in FORMATS.items() if path.suffix and path.suffix in known.suffixes]
    if others:
        expected = (
            f"one of {name}, which ends in {chosen.suffixes[0]}" if chosen.suffixes[0] else f"a folder for {name}"
        )
        raise SettingError(message("path", expected, str(path), f"Use format={others[0]!r}"))
    if "" not in chosen.suffixes:
        suffix = chosen.suffixes[0]
        raise SettingError(message("path", f"one that ends in {suffix}", str(path), f"Add {suffix} to it"))


def _check_sample(sample: Rows, model: keras.Model) -> None:
    """Raise SettingError unless the sample is what the model takes, one example at least."""
    wanted, received = _shapes_of(model.input), _shapes_of(sample)
    if wanted != received or count(sample) == 0:
        expected = f"raw examples, one at least, of shape {wanted}"
        raise SettingError(message("sample", expected, received, "Give a few of the examples given to fit"))


def _shapes_of(held: Any) -> Any:
    """Return the shape of an example, by input name where there are several."""
    if isinstance(held, Mapping):
        return {name: _shapes_of(each) for name, each in held.items()}
    return tuple(held.shape[1:])


def _check_file(chosen: Format, name: str, path: Path, model: keras.Model, sample: Rows) -> None:
    """Raise ExportError unless every way into the file gives what the model predicts, and the labels are its own."""
    reference, tolerance = stacked(model.predict_on_batch(sample)), _tolerance(model)
    try:
        readings, labels = chosen.read(path, sample), chosen.labels(path)
    except AutonasError:
        raise
    except Exception as error:  # whatever the foreign loader has to say, it means the file is no good
        raise ExportError(f"The {name} export must load again. Received: {error!r}. {_REMEDY}.") from error
    for entry, outputs in readings.items():
        _compare(f"{name} export ({entry})", outputs, reference, tolerance)
    if labels != class_labels(model):
        raise ExportError(message(f"labels of the {name} export", f"{class_labels(model)}", labels, _REMEDY))


def _compare(what: str, outputs: NDArray, reference: NDArray, tolerance: NDArray) -> None:
    """Raise ExportError unless outputs (n, k) equal the reference within the tolerance (k,), rounding apart."""
    if outputs.shape != reference.shape:
        raise ExportError(message(f"{what}: its predictions", f"of shape {reference.shape}", outputs.shape, _REMEDY))
    rounding = 8 * np.finfo(np.float32).eps * np.abs(reference)
    difference = np.abs(outputs - reference)
    if not (difference <= tolerance + rounding).all():  # written so that NaN is a difference
        share = float((difference / tolerance).max()) * TOLERANCE
        expected = f"predict as the model does, within {TOLERANCE:g}"
        raise ExportError(f"The {what} must {expected}. Received: a difference of {share:.3g}. {_REMEDY}.")


def _tolerance(model: keras.Model) -> NDArray:
    """Return the largest difference allowed in each output, (k,): values are held to their own scale."""
    if isinstance(model.output, dict):
        return np.concatenate([_tolerance_of(model, f"{name}.") for name in sorted(model.output)])
    return _tolerance_of(model, "")


def _tolerance_of(model: keras.Model, prefix: str) -> NDArray:
    names = {layer.name for layer in model.layers}
    if prefix + PROBABILITIES in names:
        return np.full(model.get_layer(prefix + PROBABILITIES).output.shape[-1], TOLERANCE)
    return TOLERANCE * np.abs(np.asarray(model.get_layer(prefix + VALUES).scale, dtype=np.float64))

"""The LiteRT (TensorFlow Lite) file: checked by the interpreter. Needs `pip install "autonas[litert]"`.

    runner = Interpreter("m.tflite").get_signature_runner()
    runner(images=x.astype("float32"))["probabilities"]

Inputs are named as in a SavedModel: float32, or strings, which the graph looks up. Texts are split into words outside
of it: see `beside_texts`. The labels of a classifier are appended as `labels.json` in a zip, as TensorFlow Lite has it
for metadata: `unzip -p m.tflite labels.json`.
"""

import contextlib
import re
import zipfile
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from autonas.data.rows import Rows
from autonas.errors import ExportError, message
from autonas.export import beside_texts
from autonas.export.extras import extra
from autonas.export.format import Format
from autonas.export.labels import LABELS_FILE, Label, class_labels, labels_from_json, labels_json
from autonas.export.numbers import numbered
from autonas.export.outputs import arguments, input_forms, named_outputs, only_outputs
from autonas.runtime.quiet import quiet_logs

_NAME = "litert"
_MAGIC = b"TFL3"  # bytes 4 to 7 of the file


def write(model: keras.Model, path: Path, _sample: Rows) -> None:
    """Write the model, and beside it what its texts need."""
    extra("ai_edge_litert.interpreter", _NAME)  # before the work, not after it
    numbers = numbered(model, look_up=True)
    path.write_bytes(_converted(numbers.model))
    labels = class_labels(model)
    if labels is not None:
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(LABELS_FILE, labels_json(labels))
    beside_texts.write(path, numbers.vocabularies, arguments(numbers.model.input) if numbers.vocabularies else {})


def read(path: Path, sample: Rows) -> dict[str, NDArray]:
    """Return what the interpreter gives."""
    runner = extra("ai_edge_litert.interpreter", _NAME).Interpreter(str(path)).get_signature_runner()
    given = beside_texts.encoded(path, sample)
    wanted = runner.get_input_details()
    feed = {name: _fed(each, given[name] if isinstance(given, Mapping) else given) for name, each in wanted.items()}
    return {"interpreter": only_outputs(runner(**feed))}


def labels(path: Path) -> list[Label] | None:
    """Return the labels that the zip at the file's end holds."""
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        return labels_from_json(archive.read(LABELS_FILE).decode())


def owns(path: Path) -> bool:
    """Say whether a LiteRT file stands there, and beside it nothing else of that name."""
    ours = path.is_file() and not path.is_symlink() and beside_texts.are_ours(path)
    return ours and path.read_bytes()[4:8] == _MAGIC


def _converted(model: keras.Model) -> bytes:
    """Return the file's bytes. Raises ExportError for an op that LiteRT has not."""
    with TemporaryDirectory(prefix="autonas-") as folder, quiet_logs("tensorflow", "absl"):
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint("serve", named_outputs(model), input_signature=[input_forms(model)])
        with contextlib.redirect_stdout(StringIO()):
            archive.write_out(folder, verbose=False)
        try:
            return tf.lite.TFLiteConverter.from_saved_model(folder).convert()
        except Exception as error:  # whatever the converter stumbles over
            raise ExportError(
                message(
                    "every op of a LiteRT export", "one of LiteRT", _ops(error, model), "Use format='tf_saved_model'"
                )
            ) from error


def _ops(error: Exception, model: keras.Model) -> list[str] | Exception:
    """Return the ops that the converter names, and the recurrent layers that lists are of; or its error."""
    listed = re.findall(r"(?:TF Select|Custom|Flex) ops: ([\w, ]+)", str(error))
    named = re.findall(r"failed to legalize operation 'tf\.(\w+)'", str(error))
    ops = sorted({name.strip() for line in listed for name in line.split(",")} | set(named))
    loops = [each.name for each in model.layers if isinstance(each, keras.layers.RNN)]
    return [f"{op} (of {', '.join(loops)})" if op.startswith("TensorList") and loops else op for op in ops] or error


def _fed(wanted: Mapping[str, Any], held: NDArray) -> NDArray:
    if wanted["dtype"] is np.bytes_:
        return np.char.encode(held.astype(str), "utf-8")
    return np.asarray(held, np.float32)


LITERT = Format(suffixes=(".tflite",), write=write, read=read, labels=labels, owns=owns, beside=beside_texts.beside)

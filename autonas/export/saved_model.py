"""The TensorFlow SavedModel: a folder with the graph, for TensorFlow Serving and every TensorFlow runtime.

    loaded = tf.saved_model.load("dir")                      # keep the reference, or its variables are gone
    loaded.serve(x)                                          # numbers: uint8, float32 or float64, arrays or tensors
    loaded.serve({"age": [[34.0]], "city": tf.constant([["Rome"]])})    # where x had named columns: (n, 1) of each
    loaded.serve(tf.constant(["a text", "another"]))         # where x was texts: strings (n,)
    loaded.signatures["serving_default"](tf.constant(x))     # x: the dtype given to fit, uint8 or float32
    loaded.serve_bytes(tf.constant([picture]))               # where x was uint8 images: bytes of JPEG or PNG files (n,)
        -> {"probabilities": (n, k), "labels": (n,)}         # of a classifier: labels of the highest probability
        -> {"probabilities": (n, k)}                         # of a classifier of several labels
        -> {"values": (n, k)}                                # of a regressor
        -> {"<head>": (n, k), ...}                           # of several heads: probabilities or values of each
    loaded.classes()["classes"]                              # (k,) all labels, in the order of the probabilities

`assets.extra/labels.json` holds the labels once more, for who reads no graph. The graph is traced with training=False,
stated here and not left to Keras, whose `model.export` can write one that drops out and uses batch statistics.
"""

from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from autonas.data.rows import Rows, each
from autonas.export.format import Format
from autonas.export.labels import LABELS_FILE, PROBABILITIES, Label, class_labels, has_several_labels, labels_json
from autonas.export.outputs import arguments, input_forms, named_outputs, only_outputs
from autonas.export.picture_bytes import IMAGE_BYTES, SERVE_BYTES, as_png, serve_bytes, takes_pictures

_EXTRA = "assets.extra"  # TensorFlow's own name for files beside the graph, which it leaves alone
_DTYPES = ("uint8", "float32", "float64")  # what `serve` takes where x is one array of numbers
_PARTS = {"saved_model.pb", "fingerprint.pb", "variables", "assets", _EXTRA}


def write(model: keras.Model, path: Path, sample: Rows) -> None:
    """Write the model; the default signature takes the dtype of the sample, uint8 or float32."""
    labels = class_labels(model)
    archive = keras.export.ExportArchive()
    archive.track(model)
    answer = _answer(model, labels)
    archive.add_endpoint("serve", _serve(model, answer, _signatures(model, sample)))
    if takes_pictures(model, sample):
        form = tf.TensorSpec((None,), tf.string, name=IMAGE_BYTES)
        archive.add_endpoint(SERVE_BYTES, serve_bytes(model, answer), input_signature=[form])
    if labels is not None:
        archive.add_endpoint("classes", lambda: {"classes": _constant(labels)}, input_signature=[])
    with redirect_stdout(StringIO()):  # Keras 3.8 prints its endpoints whatever `verbose` says
        archive.write_out(str(path), verbose=False)
    if labels is not None:
        (path / _EXTRA).mkdir()
        (path / _EXTRA / LABELS_FILE).write_text(labels_json(labels), "utf-8")


def read(path: Path, sample: Rows) -> dict[str, NDArray]:
    """Return what the default signature gives for the sample, and `serve` in each dtype that holds it unchanged."""
    loaded = tf.saved_model.load(str(path))
    default = loaded.signatures["serving_default"]
    given = {"serving_default": default(**_by_argument(default, _default_tensors(sample)))}
    if isinstance(sample, dict) or sample.dtype.kind == "O":
        given["serve"] = loaded.serve(_default_tensors(sample))
    else:
        for dtype in _DTYPES:
            if np.can_cast(sample.dtype, dtype, "safe"):
                given[f"serve {dtype}"] = loaded.serve(sample.astype(dtype))
    if SERVE_BYTES in loaded.signatures:
        given[SERVE_BYTES] = loaded.signatures[SERVE_BYTES](as_png(sample))
    return {name: only_outputs(answer) for name, answer in given.items()}


def labels(path: Path) -> list[Label] | None:
    """Return the labels that the graph holds."""
    loaded = tf.saved_model.load(str(path))
    if "classes" not in loaded.signatures:
        return None
    classes = loaded.signatures["classes"]()["classes"].numpy().tolist()
    return [label.decode() if isinstance(label, bytes) else label for label in classes]


def owns(path: Path) -> bool:
    """Say whether a SavedModel stands there, or an empty folder; one with files of another's is not ours to replace."""
    if path.is_symlink() or not path.is_dir():
        return False
    held = {entry.name for entry in path.iterdir()}
    return not held or ("saved_model.pb" in held and held <= _PARTS)


def _default_tensors(sample: Rows) -> Any:
    """Return a sample as the default signature takes it: strings, float32, or uint8 where it is one array of that."""
    keep = "OU" if isinstance(sample, dict) or sample.dtype != np.uint8 else "OUu"
    return each(lambda held: tf.constant(held if held.dtype.kind in keep else held.astype(np.float32)), sample)


def _by_argument(signature: Callable, tensors: Any) -> dict[str, tf.Tensor]:
    """Return the arguments of a signature, which TensorFlow names after the inputs, odd characters replaced."""
    if not isinstance(tensors, dict):
        (name,) = signature.structured_input_signature[1]
        return {name: tensors}
    called = arguments(tensors)
    return {called[name]: tensor for name, tensor in tensors.items()}


def _signatures(model: keras.Model, sample: Rows) -> list[Any]:
    """Return the forms that `serve` takes, the default first."""
    if not isinstance(model.input, dict) and model.input.dtype == "float32":
        first = "uint8" if sample.dtype == np.uint8 else "float32"
        ordered = sorted(_DTYPES, key=lambda dtype: dtype != first)
        return [tf.TensorSpec(model.input_shape, dtype, name=model.input.name) for dtype in ordered]
    return [input_forms(model)]


def _serve(model: keras.Model, answer: Callable, forms: list[Any]) -> Callable:
    """Return a tf.function traced for every form, in order: the first trace becomes the default signature."""
    dtypes = each(lambda spec: spec.dtype, input_forms(model))

    def cast(x: Any) -> Any:
        if isinstance(x, dict):
            return {name: _as_dtype(held, dtypes[name]) for name, held in x.items()}
        return _as_dtype(x, dtypes)

    serve = tf.function(lambda model_input: answer(cast(model_input)), autograph=False)
    for form in forms:
        serve.get_concrete_function(form)
    return serve


def _as_dtype(x: Any, dtype: Any) -> tf.Tensor:
    return x if x.dtype == dtype else tf.cast(x, dtype)  # strings cannot be cast, not even to strings


def _answer(model: keras.Model, labels: list[Label] | None) -> Callable:
    """Return the one graph behind every form: x in the model's own dtypes to named outputs."""
    given = named_outputs(model)

    @tf.function(autograph=False, input_signature=[input_forms(model)])
    def answer(model_input: Any) -> dict[str, tf.Tensor]:
        outputs = given(model_input)
        if labels is None or has_several_labels(model):
            return outputs
        best = tf.argmax(outputs[PROBABILITIES], axis=-1)
        return {**outputs, "labels": tf.gather(_constant(labels), best)}

    return answer


def _constant(labels: list[Label]) -> tf.Tensor:
    """Return the labels as a tensor (k,): strings, int64, float64 or bool."""
    return tf.constant(labels if isinstance(labels[0], str) else np.asarray(labels))


TF_SAVED_MODEL = Format(suffixes=("",), write=write, read=read, labels=labels, owns=owns)

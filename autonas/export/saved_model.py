"""The TensorFlow SavedModel: a folder with the graph, for TensorFlow Serving and every TensorFlow runtime.

    loaded = tf.saved_model.load("dir")                      # keep the reference, or its variables are gone
    loaded.serve(x)                                          # x: uint8, float32 or float64, as arrays or tensors
    loaded.signatures["serving_default"](tf.constant(x))     # x: the dtype given to fit, uint8 or float32
        -> {"probabilities": (n, k), "labels": (n,)}         # of a classifier: labels of the highest probability
        -> {"values": (n, k)}                                # of a regressor
    loaded.classes()["classes"]                              # (k,) all labels, in the order of the probabilities

`assets.extra/labels.json` holds the labels once more, for who reads no graph. The graph is traced with training=False,
stated here and not left to Keras, whose `model.export` can write one that drops out and uses batch statistics.
"""

from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from autonas.export.format import Format
from autonas.export.labels import LABELS_FILE, PROBABILITIES, Label, class_labels, labels_json

_EXTRA = "assets.extra"  # TensorFlow's own name for files beside the graph, which it leaves alone
_DTYPES = ("uint8", "float32", "float64")  # what `serve` takes
_PARTS = {"saved_model.pb", "fingerprint.pb", "variables", "assets", _EXTRA}


def write(model: keras.Model, path: Path, sample: NDArray) -> None:
    """Write the model; the default signature takes the dtype of the sample, uint8 or float32."""
    labels = class_labels(model)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", _serve(model, labels, first=_default_dtype(sample)))
    if labels is not None:
        archive.add_endpoint("classes", lambda: {"classes": _constant(labels)}, input_signature=[])
    with redirect_stdout(StringIO()):  # Keras 3.8 prints its endpoints whatever `verbose` says
        archive.write_out(str(path), verbose=False)
    if labels is not None:
        (path / _EXTRA).mkdir()
        (path / _EXTRA / LABELS_FILE).write_text(labels_json(labels), "utf-8")


def read(path: Path, sample: NDArray) -> dict[str, NDArray]:
    """Return what the default signature gives for the sample, and `serve` in each dtype that holds it unchanged."""
    loaded = tf.saved_model.load(str(path))
    default = loaded.signatures["serving_default"]
    given = {"serving_default": default(tf.constant(sample.astype(_default_dtype(sample))))}
    for dtype in _DTYPES:
        if np.can_cast(sample.dtype, dtype, "safe"):
            given[f"serve {dtype}"] = loaded.serve(sample.astype(dtype))
    return {name: outputs.get("probabilities", outputs.get("values")).numpy() for name, outputs in given.items()}


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


def _default_dtype(sample: NDArray) -> str:
    return "uint8" if sample.dtype == np.uint8 else "float32"


def _serve(model: keras.Model, labels: list[Label] | None, *, first: str) -> Callable:
    """Return a tf.function traced for every dtype, `first` first: that trace becomes the default signature."""
    answer = _answer(model, labels)
    serve = tf.function(lambda images: answer(tf.cast(images, tf.float32)), autograph=False)
    for dtype in sorted(_DTYPES, key=lambda dtype: dtype != first):
        serve.get_concrete_function(tf.TensorSpec(model.input_shape, dtype, name="images"))
    return serve


def _answer(model: keras.Model, labels: list[Label] | None) -> Callable:
    """Return the one graph behind every dtype: float32 images to named outputs."""

    @tf.function(autograph=False, input_signature=[tf.TensorSpec(model.input_shape, tf.float32, name="images")])
    def answer(images: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = model(images, training=False)
        if labels is None:
            return {"values": outputs}
        return {PROBABILITIES: outputs, "labels": tf.gather(_constant(labels), tf.argmax(outputs, axis=-1))}

    return answer


def _constant(labels: list[Label]) -> tf.Tensor:
    """Return the labels as a tensor (k,): strings, int64, float64 or bool."""
    return tf.constant(labels if isinstance(labels[0], str) else np.asarray(labels))


TF_SAVED_MODEL = Format(suffix="", write=write, read=read, labels=labels, owns=owns)

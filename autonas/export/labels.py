"""How class labels travel with a model, so that who has no autonas reads them.

In a Keras model, and so in every `.keras` file made of it, they stand in the configuration of the output layer:

    model = keras.models.load_model("m.keras")
    labels = model.get_layer("probabilities").bias_initializer.value      # ["cat", "dog"]; [0, 1, 2]; [False, True]

Keras has no layer whose configuration carries free strings and that every backend runs (`StringLookup` needs
TensorFlow and stops XLA). An initializer's value is free, and one that is never called changes nothing: the output
layer has no bias. A `.keras` file holds them once more as `labels.json`, for who only unzips it.
"""

import json
from collections.abc import Sequence

import keras
from numpy.typing import NDArray

PROBABILITIES = "probabilities"  # the output layer of a classifier
LABELS_FILE = "labels.json"

Label = str | int | float | bool


def plain_labels(classes: NDArray) -> list[Label]:
    """Return the classes (k,) as Python values: what JSON and Keras configurations can hold."""
    return classes.tolist()


def probabilities_layer(
    labels: Sequence[Label], activation: str = "softmax", name: str = PROBABILITIES
) -> keras.layers.Layer:
    """Return the layer from logits (n, k) to probabilities (n, k) that knows its labels; "sigmoid" for several labels.

    It is softmax(logits * 1): a factor a class, all 1 and frozen, is what gives an unused bias to keep the labels in.
    """
    return keras.layers.EinsumDense(
        "nk,k->nk",
        output_shape=(len(labels),),
        activation=activation,
        kernel_initializer="ones",
        bias_axes=None,
        bias_initializer=keras.initializers.Constant(list(labels)),
        trainable=False,
        dtype="float32",
        name=name,
    )


def has_several_labels(model: keras.Model) -> bool:
    """Say whether the probabilities of a classifier made by `assemble` are each for itself."""
    return model.get_layer(PROBABILITIES).activation is keras.activations.sigmoid


def class_labels(model: keras.Model) -> list[Label] | None:
    """Return the labels of a classifier made by `assemble`, in the order of its outputs; None for a regressor."""
    if PROBABILITIES not in {layer.name for layer in model.layers}:
        return None
    return list(model.get_layer(PROBABILITIES).bias_initializer.value)


def labels_json(labels: Sequence[Label]) -> str:
    """Return the text of a labels file: {"labels": [...]}, in the order of the outputs."""
    return json.dumps({"labels": list(labels)}, ensure_ascii=False, indent=1) + "\n"


def labels_from_json(text: str) -> list[Label]:
    """Return the labels that a labels file holds."""
    return json.loads(text)["labels"]

"""A Keras layer as the text of the call that makes it: what its settings are by themselves is left out."""

import inspect
import re
from collections.abc import Set
from typing import Any

import keras

from autonas.errors import ExportError, message
from autonas.export.labels import PROBABILITIES
from autonas.export.source.text import Constants

_BESIDES = {"name", "trainable", "dtype", "seed", "vocabulary", "idf_weights"}  # said otherwise, or not at all
_MIXED = ("mixed_bfloat16", "mixed_float16", "bfloat16", "float16", "float64")


def constructor(layer: keras.layers.Layer, constants: Constants, counted: Set[str]) -> tuple[str, list[str]]:
    """Return the class of a layer and its arguments as text: ``("layers.Dense", ["10", 'name="dense"'])``.

    Initializers and seeds are left out: the weights are loaded. ``counted`` are names of `keras.ops` in the model, by
    which Keras calls its own numbered sums and the like. Raises ExportError for a layer that is not Keras's, or
    has a setting that is an object.
    """
    if is_probabilities(layer):
        return _output_layer(layer, constants)
    cls = type(layer)
    if getattr(keras.layers, cls.__name__, None) is not cls:
        remedy = "Use format='tf_saved_model', or build the network of plain Keras layers"
        raise ExportError(message("every layer in Python source", "one of Keras's own", cls.__name__, remedy))
    config = layer.get_config()
    required, optional = _parameters(cls, config)
    arguments = [_setting(layer, name, value, constants) for name, value in required.items()]
    usual = cls(**required).get_config()
    changed = {name: value for name, value in optional.items() if value not in (usual.get(name), [usual.get(name)])}
    arguments += [f"{name}={_setting(layer, name, value, constants)}" for name, value in changed.items()]
    return f"layers.{cls.__name__}", [*arguments, *_common(layer, constants, counted)]


def is_probabilities(layer: Any) -> bool:
    """Say whether a layer is the output layer of a classifier that `assemble` made."""
    ends = layer.name == PROBABILITIES or layer.name.endswith(f".{PROBABILITIES}")
    return ends and isinstance(layer, keras.layers.EinsumDense)


def _output_layer(layer: Any, constants: Constants) -> tuple[str, list[str]]:
    """Return softmax or sigmoid by itself: the labels stand in the module, and need no layer to carry them."""
    activation = keras.activations.serialize(layer.activation)
    name = f"name={constants.text(layer.name + ' name', layer.name)}"
    return ("layers.Softmax", [name]) if activation == "softmax" else ("layers.Activation", [f'"{activation}"', name])


def _parameters(cls: type, config: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings without a default, and those with one, in the order of the signature."""
    required, optional = {}, {}
    for name, each in inspect.signature(cls.__init__).parameters.items():
        if name in config and name not in _BESIDES and not name.endswith("_initializer"):
            (required if each.default is inspect.Parameter.empty else optional)[name] = config[name]
    return required, optional


def _setting(layer: keras.layers.Layer, name: str, value: Any, constants: Constants) -> str:
    if isinstance(value, dict):
        remedy = "Use format='tf_saved_model'"
        received = value.get("class_name", value)
        raise ExportError(message(f"{name} of {layer.name} in Python source", "a plain value", received, remedy))
    if name in ("kernel_size", "strides", "pool_size") and len(set(value)) == 1:
        value = value[0]
    return constants.text(f"{layer.name} {name}", value)


def _common(layer: keras.layers.Layer, constants: Constants, counted: Set[str]) -> list[str]:
    """Return the arguments that any layer may have."""
    said = []
    name = source_name(layer, counted)
    if isinstance(layer, keras.layers.TextVectorization | keras.layers.StringLookup):
        words = [str(word) for word in layer.get_vocabulary(include_special_tokens=False)]
        said.append(f"vocabulary={constants.text(f'{layer.name} vocabulary', words)}")
    if not layer.trainable:
        said.append("trainable=False")
    if layer.dtype_policy.name in _MIXED:
        said.append(f'dtype="{layer.dtype_policy.name}"')
    return [*said, f"name={constants.text(f'{layer.name} name', name)}"]


def source_name(layer: keras.layers.Layer, counted: Set[str]) -> str:
    """Return what a layer is called in source: as it is, or "add_8_layer" instead of "add_8" where there are sums.

    Keras gives a name like that to the ninth sum of a process, and two of one name in a model are an error.
    """
    kind = re.sub(r"_\d+$", "", layer.name)
    return f"{layer.name}_layer" if kind in counted and not layer.weights else layer.name

"""A model that takes numbers alone, for runtimes without strings, and what makes these numbers of strings.

Layers that read strings are taken out of the model, and what they give becomes an input:

==================== ================== ===================================================
layer                the new input      what makes it
==================== ================== ===================================================
TextVectorization    ids of words       `text_encoding`, with a vocabulary beside the file
TextVectorization    counts of terms    the same
StringLookup         place (n, 1)       the format, from the vocabulary: ONNX can look up
==================== ================== ===================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from autonas.errors import ExportError, message
from autonas.export.copying import copied


@dataclass(frozen=True)
class Numbered:
    """A model of numbers.

    Attributes:
        model: the model; layers and weights are copies.
        vocabularies: how texts become inputs, by input name, as `text_encoding` reads it.
        lookups: categories by place, the unknown one first, by the name of the input, which is that of the raw one.
    """

    model: keras.Model
    vocabularies: Mapping[str, dict[str, Any]]
    lookups: Mapping[str, tuple[str, ...]]


def numbered(model: keras.Model, look_up: bool) -> Numbered:
    """Return a model without layers that read texts and, where `look_up` is false, without those that look up strings.

    A model without such layers comes back as it is. Raises ExportError for layers that hash strings where
    these must go.
    """
    texts = [each for each in model.layers if isinstance(each, keras.layers.TextVectorization)]
    categories = [] if look_up else [each for each in model.layers if isinstance(each, keras.layers.StringLookup)]
    hashes = [each.name for each in model.layers if isinstance(each, keras.layers.Hashing)]
    if hashes and not look_up:
        remedy = "Use format='tf_saved_model', or leave out the column of so many kinds"
        raise ExportError(message("every layer", "one of numbers or of looking up", f"Hashing {hashes}", remedy))
    if not texts and not categories:
        return Numbered(model, {}, {})
    kept = {each.name: keras.Input(each.shape[1:], dtype=each.dtype, name=each.name) for each in model.inputs}
    for each in (*texts, *categories):
        kept.pop(each.input.name, None)
    words = {each.name: keras.Input(each.output.shape[1:], dtype="float32", name=each.name) for each in texts}
    places = {each.input.name: keras.Input((1,), dtype="int64", name=each.input.name) for each in categories}
    looked_up = {each.name: _one_hot(places[each.input.name], each) for each in categories}
    unread = {each.name: None for each in model.inputs if each.name not in kept}
    tensors = copied(model, {**kept, **unread, **words, **looked_up})
    outputs = keras.tree.map_structure(lambda tensor: tensors[id(tensor)], model._outputs_struct)
    return Numbered(
        keras.Model({**kept, **words, **places}, outputs, name=model.name),
        {each.name: _vocabulary(each) for each in texts},
        {each.input.name: tuple(map(str, each.get_vocabulary())) for each in categories},
    )


def _one_hot(place: Any, layer: Any) -> Any:
    return keras.ops.one_hot(place[:, 0], layer.output.shape[-1], dtype=layer.output.dtype)


def _vocabulary(layer: Any) -> dict[str, Any]:
    """Return how a text becomes what a layer gives; see `text_encoding`."""
    size = {"length": layer.output.shape[1]} if layer.get_config()["output_mode"] == "int" else {}
    ngrams = layer.get_config()["ngrams"]
    longest = 1 if ngrams is None else ngrams if isinstance(ngrams, int) else max(ngrams)
    return {"reads": layer.input.name, **size, "ngrams": longest, "vocabulary": list(layer.get_vocabulary())}

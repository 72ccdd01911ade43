"""What stands before and behind a network of several inputs and heads in an exported model."""

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np

from autonas.data.heads_target import HeadsTarget, width
from autonas.data.many import ManySchema, flat
from autonas.export.copying import copied


def many_preprocessing(schema: ManySchema, by_kind: Mapping[str, Callable[[Any], tuple[Any, Any]]]) -> tuple[Any, Any]:
    """Return the raw inputs by name, and what the network takes of them: each part's own, layers named after it."""
    raw, read = {}, {}
    for name, part in schema.parts.items():
        inputs, outputs = by_kind[part.kind](part)
        raw[name], read[name] = _renamed(inputs, outputs, name)
    return flat(raw), flat(read)


def _renamed(inputs: Any, outputs: Any, name: str) -> tuple[Any, Any]:
    """Return copies of Keras inputs and of what is made of them, every layer with the name before its own."""
    model = keras.Model(inputs, outputs)
    alone = not isinstance(inputs, dict)
    held = {"": inputs} if alone else inputs
    copies = {
        key: keras.Input(each.shape[1:], dtype=each.dtype, name=f"{name}.{key}" if key else name)
        for key, each in held.items()
    }
    tensors = copied(model, {held[key].name: copy for key, copy in copies.items()}, f"{name}.")
    made = keras.tree.map_structure(lambda tensor: tensors[id(tensor)], outputs)
    return (copies[""] if alone else copies), made


def part_of(outputs: Any, target: HeadsTarget, name: str) -> Any:
    """Return one head's share of a network's outputs (n, k), by a dense layer that picks its columns."""
    where, total = target.slices[name], target.n_outputs
    layer = keras.layers.Dense(
        width(target.heads[name]), use_bias=False, trainable=False, dtype="float32", name=f"{name}_outputs"
    )
    picked = layer(outputs)
    layer.set_weights([np.eye(total, dtype=np.float32)[:, where]])
    return picked

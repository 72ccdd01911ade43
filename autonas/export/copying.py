"""Copies of a Keras model's layers, weights included, on other inputs."""

from collections.abc import Iterator, Set
from typing import Any

import keras


def copied(model: keras.Model, inputs: Any, prefix: str = "", taken: Set[str] = frozenset()) -> dict[int, Any]:
    """Return what copies of a functional model's layers give, by the id of the tensor that the original gives.

    `inputs` stands in for the model's only input layer, or, in a dict, for its input layers, and for layers that are
    not to be copied, by their names. Copies are named as the originals are, with a prefix before; those whose names
    would be ``taken`` are called "..._layer".
    """
    tensors: dict[int, Any] = {}
    copies: dict[int, Any] = {}  # a layer that is called several times, as in an unrolled loop, stays one layer
    for call in calls(model):
        operation = call.operation
        alone = isinstance(operation, keras.layers.InputLayer) and not isinstance(inputs, dict)
        if alone or (isinstance(inputs, dict) and operation.name in inputs):
            tensors[id(operation.output)] = inputs if alone else inputs[operation.name]
            continue
        copy = copies.get(id(operation)) or _copy(operation, prefix, taken)
        # The arguments as they were given: masks and constants are among them.
        args, kwargs = call.arguments.fill_in(tensors)
        tensors[id(call.outputs[0])] = copy(*args, **kwargs)
        if isinstance(operation, keras.layers.Layer) and id(operation) not in copies:
            copy.set_weights(operation.get_weights())
        copies[id(operation)] = copy
    return tensors


def calls(model: keras.Model) -> Iterator[Any]:
    """Yield the calls that a model consists of, of layers and of what stands between them, in order."""
    for depth in sorted(model._nodes_by_depth, reverse=True):
        yield from model._nodes_by_depth[depth]


def _copy(operation: Any, prefix: str, taken: Set[str]) -> Any:
    config, name = operation.get_config(), prefix + operation.name
    while name in taken:
        name += "_layer"
    # An op of Keras 3.8 takes no name, and gives itself a new one.
    named = {**config, "name": name} if name != operation.name and "name" in config else config
    return operation.__class__.from_config(named)

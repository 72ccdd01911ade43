"""Copies of a Keras model's layers, weights included, on other inputs."""

from typing import Any

import keras


def copied(model: keras.Model, inputs: Any, prefix: str = "") -> dict[int, Any]:
    """Return what copies of a functional model's layers give, by the id of the tensor that the original gives.

    `inputs` stands in for the model's only input layer, or, in a dict, for its input layers, and for layers that are
    not to be copied, by their names. Copies are named as the originals are, with a prefix before.
    """
    tensors: dict[int, Any] = {}
    for operation in model.operations:  # in the order they are called; layers, and what stands between them
        alone = isinstance(operation, keras.layers.InputLayer) and not isinstance(inputs, dict)
        if alone or (isinstance(inputs, dict) and operation.name in inputs):
            tensors[id(operation.output)] = inputs if alone else inputs[operation.name]
            continue
        config = operation.get_config()
        # An op of Keras 3.8 takes no name, and gives itself a new one.
        named = {**config, "name": prefix + operation.name} if prefix and "name" in config else config
        copy = operation.__class__.from_config(named)
        # The arguments as they were given: masks and constants are among them.
        args, kwargs = operation._inbound_nodes[0].arguments.fill_in(tensors)
        tensors[id(operation.output)] = copy(*args, **kwargs)
        if isinstance(operation, keras.layers.Layer):
            copy.set_weights(operation.get_weights())
    return tensors

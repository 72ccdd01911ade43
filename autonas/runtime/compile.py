"""Architecture to a functional `keras.Model` of plain Keras layers, named after the nodes, so that it loads without
autonas."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any, Literal

import keras

from autonas.arch import Architecture, Node
from autonas.errors import ArchitectureError

BATCH_NORM_MOMENTUM = 0.9
"""Keras's 0.99 needs about 500 steps to forget its start; searched networks often see fewer."""

Tensor = Any
Precision = Literal["float32", "mixed_bfloat16"]
Builder = Callable[[Node, Sequence[Tensor], str], Tensor]


def compile_architecture(
    architecture: Architecture, name: str = "network", precision: Precision = "float32"
) -> keras.Model:
    """Return an untrained ``keras.Model`` that computes ``architecture``: raw outputs, one tensor a head.

    Several inputs are taken as a dict by node id.

    With ``mixed_bfloat16`` layers compute in bfloat16; weights, inputs and outputs stay float32.

    Raises:
        ArchitectureError: an op has no Keras form (`BUILDERS`).
    """
    tensors: dict[str, Tensor] = {}
    for each in architecture.nodes:
        if each.op not in BUILDERS:
            raise ArchitectureError(
                f"An op must have a Keras form. Received: '{each.op}'. Add one to autonas.runtime.BUILDERS."
            )
        tensors[each.id] = BUILDERS[each.op](
            each,
            [tensors[source] for source in each.inputs],
            "float32" if each.id in architecture.outputs else precision,
        )
    outputs = [tensors[id] for id in architecture.outputs]
    inputs = {id: tensors[id] for id in architecture.inputs}
    only = next(iter(inputs.values())) if len(inputs) == 1 else None
    return keras.Model(inputs if only is None else only, outputs if len(outputs) > 1 else outputs[0], name=name)


def _input(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    return keras.Input(each["shape"], name=each.id)


def _conv(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    layer = keras.layers.Conv2D(
        each["filters"], each["kernel"], each["stride"], "same", use_bias=each["bias"], dtype=dtype, name=each.id
    )
    return layer(inputs[0])


def _depthwise_conv(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    layer = keras.layers.DepthwiseConv2D(
        each["kernel"], each["stride"], "same", use_bias=each["bias"], dtype=dtype, name=each.id
    )
    return layer(inputs[0])


def _separable_conv(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    layer = keras.layers.SeparableConv2D(
        each["filters"], each["kernel"], each["stride"], "same", use_bias=each["bias"], dtype=dtype, name=each.id
    )
    return layer(inputs[0])


def _dense(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    return keras.layers.Dense(each["units"], use_bias=each["bias"], dtype=dtype, name=each.id)(inputs[0])


def _batch_norm(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    layer = keras.layers.BatchNormalization(
        momentum=BATCH_NORM_MOMENTUM, epsilon=each["epsilon"], dtype=dtype, name=each.id
    )
    return layer(inputs[0])


def _relu(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    return keras.layers.ReLU(dtype=dtype, name=each.id)(inputs[0])


def _dropout(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    # A seed of its own, from its name: repeatable without touching anybody's global seed.
    return keras.layers.Dropout(each["rate"], seed=zlib.crc32(each.id.encode()), dtype=dtype, name=each.id)(inputs[0])


def _pool(layer: Callable[..., Any]) -> Builder:
    return lambda each, inputs, dtype: layer(each["size"], each["stride"], each["padding"], dtype=dtype, name=each.id)(
        inputs[0]
    )


def _plain(layer: Callable[..., Any]) -> Builder:
    return lambda each, inputs, dtype: layer(dtype=dtype, name=each.id)(inputs[0])


def _joined(layer: Callable[..., Any]) -> Builder:
    return lambda each, inputs, dtype: layer(dtype=dtype, name=each.id)(list(inputs))


def _factorized_reduction(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    """Two 1x1 convs of stride 2, the second on the image shifted by one pixel, side by side."""
    even, odd = (
        keras.layers.Conv2D(filters, 1, 2, "valid", use_bias=False, dtype=dtype, name=f"{each.id}_{half}")
        for half, filters in (("even", each["filters"] - each["filters"] // 2), ("odd", each["filters"] // 2))
    )
    shifted = keras.layers.ZeroPadding2D(((0, 1), (0, 1)), dtype=dtype, name=f"{each.id}_pad")(inputs[0])
    shifted = keras.layers.Cropping2D(((1, 0), (1, 0)), dtype=dtype, name=f"{each.id}_shift")(shifted)
    return keras.layers.Concatenate(dtype=dtype, name=each.id)([even(inputs[0]), odd(shifted)])


BUILDERS: dict[str, Builder] = {
    "input": _input,
    "conv": _conv,
    "depthwise_conv": _depthwise_conv,
    "separable_conv": _separable_conv,
    "dense": _dense,
    "batch_norm": _batch_norm,
    "relu": _relu,
    "dropout": _dropout,
    "max_pool": _pool(keras.layers.MaxPooling2D),
    "avg_pool": _pool(keras.layers.AveragePooling2D),
    "global_avg_pool": _plain(keras.layers.GlobalAveragePooling2D),
    "global_max_pool": _plain(keras.layers.GlobalMaxPooling2D),
    "flatten": _plain(keras.layers.Flatten),
    "add": _joined(keras.layers.Add),
    "concat": _joined(keras.layers.Concatenate),
    "factorized_reduction": _factorized_reduction,
}
"""The Keras form of every op: ``(node, input tensors, dtype policy) -> output tensor``. An op of your own is one more
entry."""

PARTS: dict[str, tuple[str, ...]] = {"factorized_reduction": ("{id}_even", "{id}_odd")}
"""Names of the layers that hold an op's arrays, in order, where that is not one layer of the node's own name."""

"""Architecture to a functional `keras.Model` of plain Keras layers, named after the nodes, so that it loads without
autonas."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Any, Literal

import keras

from autonas.arch import Architecture, Node
from autonas.arch.ops.rectangles import padding
from autonas.errors import ArchitectureError
from autonas.runtime import cell
from autonas.runtime.tree_cell import TreeCell

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


def input_names(model: keras.Model) -> tuple[str, ...]:
    """Return the ids of the input nodes of what `compile_architecture` made."""
    return tuple(tensor.name for tensor in model.inputs)


def _input(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    return keras.Input(each["shape"], name=each.id)


def _conv(layer: Callable[..., Any]) -> Builder:
    def build(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
        filters = () if "filters" not in each.attributes else (each["filters"],)
        settings = {"use_bias": each["bias"], "dtype": dtype, "name": each.id}
        return layer(*filters, each["kernel"], each["stride"], "same", **settings)(inputs[0])

    return build


def _rect_conv(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    window, stride = (each["kernel_height"], each["kernel_width"]), (each["stride_height"], each["stride_width"])
    settings = {"use_bias": each["bias"], "dtype": dtype, "name": each.id}
    return keras.layers.Conv2D(each["filters"], window, stride, "same", **settings)(inputs[0])


def _pad_to(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    around = padding(each.attributes, inputs[0].shape[1:])
    return keras.layers.ZeroPadding2D(around, dtype=dtype, name=each.id)(inputs[0])


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


def _global_avg_pool1d(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    return keras.layers.GlobalAveragePooling1D(dtype=dtype, name=each.id)(inputs[0], mask=_real(inputs))


def _mask(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    kept = keras.ops.expand_dims(_real(inputs), -1)
    return keras.layers.Multiply(dtype=dtype, name=each.id)([inputs[0], keras.ops.cast(kept, "float32")])


def _real(inputs: Sequence[Tensor]) -> Tensor | None:
    """Return where there is text and no padding, bool (n, length), where the ids are the second input."""
    return keras.ops.not_equal(inputs[1], 0) if len(inputs) > 1 else None


def _embedding(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    return keras.layers.Embedding(each["tokens"], each["width"], dtype=dtype, name=each.id)(inputs[0])


def _vocabulary(each: Node, inputs: Sequence[Tensor], dtype: str) -> keras.layers.Layer:
    """The layer itself, which those who read the node call: a matrix of weights is no tensor of a functional model."""
    return keras.layers.Embedding(each["tokens"], each["width"], dtype=dtype, name=each.id)


def _word_vectors(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    return _called(each, inputs[1])(inputs[0])


def _word_logits(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    """Compare with the vectors of all words, which the embedding gives of the ids 0, 1, 2, ..."""
    layer = _called(each, inputs[1])
    one = keras.ops.ones_like(inputs[0][:1, :1, 0], dtype="int32")
    every = keras.ops.cumsum(keras.ops.repeat(one, layer.input_dim, axis=1), axis=1) - 1
    matrix = keras.ops.reshape(layer(every), (layer.input_dim, layer.output_dim))
    exact = keras.ops.cast(inputs[0], "float32"), keras.ops.cast(matrix, "float32")
    return keras.ops.matmul(exact[0], keras.ops.transpose(exact[1]))


def _called(each: Node, layer: Any) -> Any:
    if not isinstance(layer, keras.layers.Embedding):
        raise ArchitectureError(
            f"The second input of op '{each.op}' must be a vocabulary. "
            f"Received: {each.inputs[1]!r} at node {each.id!r}."
        )
    return layer


def _position_embedding(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    places = keras.ops.cumsum(keras.ops.ones_like(inputs[0], dtype="int32"), axis=1) - 1
    return keras.layers.Embedding(inputs[0].shape[1], each["width"], dtype=dtype, name=each.id)(places)


def _layer_norm(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    return keras.layers.LayerNormalization(epsilon=each["epsilon"], dtype=dtype, name=each.id)(inputs[0])


def _self_attention(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    layer = keras.layers.MultiHeadAttention(
        each["heads"], each["key"], output_shape=each["units"], dtype=dtype, name=each.id
    )
    return layer(inputs[0], inputs[0], value_mask=_real(inputs))


def _lstm(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    layer = keras.layers.LSTM(
        each["units"],
        return_sequences=each["sequences"],
        go_backwards=each["backwards"],
        dtype=dtype,
        name=each.id,
    )
    given = layer(inputs[0], mask=_real(inputs))
    return keras.ops.flip(given, axis=1) if each["backwards"] and each["sequences"] else given


def _tree_rnn(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    cell = TreeCell(each["units"], each["nodes"], each["inject"], each["indices"], dtype=dtype)
    layer = keras.layers.RNN(cell, return_sequences=each["sequences"], dtype=dtype, name=each.id)
    return layer(inputs[0], mask=_real(inputs))


def _enas_rnn(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    step = cell.EnasCell(each["units"], each["previous"], each["activations"], each["mean"], dtype=dtype)
    layer = keras.layers.RNN(step, return_sequences=each["sequences"], dtype=dtype, name=each.id)
    return layer(inputs[0], mask=_real(inputs))


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
    "conv": _conv(keras.layers.Conv2D),
    "depthwise_conv": _conv(keras.layers.DepthwiseConv2D),
    "separable_conv": _conv(keras.layers.SeparableConv2D),
    "conv1d": _conv(keras.layers.Conv1D),
    "depthwise_conv1d": _conv(keras.layers.DepthwiseConv1D),
    "separable_conv1d": _conv(keras.layers.SeparableConv1D),
    "rect_conv": _rect_conv,
    "pad_to": _pad_to,
    "dense": _dense,
    "batch_norm": _batch_norm,
    "relu": _relu,
    "dropout": _dropout,
    "max_pool": _pool(keras.layers.MaxPooling2D),
    "avg_pool": _pool(keras.layers.AveragePooling2D),
    "global_avg_pool": _plain(keras.layers.GlobalAveragePooling2D),
    "global_max_pool": _plain(keras.layers.GlobalMaxPooling2D),
    "max_pool1d": _pool(keras.layers.MaxPooling1D),
    "avg_pool1d": _pool(keras.layers.AveragePooling1D),
    "global_avg_pool1d": _global_avg_pool1d,
    "global_max_pool1d": _plain(keras.layers.GlobalMaxPooling1D),
    "mask": _mask,
    "embedding": _embedding,
    "position_embedding": _position_embedding,
    "vocabulary": _vocabulary,
    "word_vectors": _word_vectors,
    "word_logits": _word_logits,
    "layer_norm": _layer_norm,
    "self_attention": _self_attention,
    "lstm": _lstm,
    "tree_rnn": _tree_rnn,
    "enas_cell": cell.unrolled,
    "enas_rnn": _enas_rnn,
    "flatten": _plain(keras.layers.Flatten),
    "add": _joined(keras.layers.Add),
    "concat": _joined(keras.layers.Concatenate),
    "factorized_reduction": _factorized_reduction,
}
"""The Keras form of every op: ``(node, input tensors, dtype policy) -> output tensor``. An op of your own is one more
entry."""

PARTS: dict[str, Callable[[Node], tuple[str, ...]]] = {
    "factorized_reduction": lambda each: (f"{each.id}_even", f"{each.id}_odd"),
    "enas_cell": cell.parts,
}
"""Names of the layers that hold a node's arrays, in order, where that is not one layer of the node's own name."""

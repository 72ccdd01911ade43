"""The cell of `autonas.arch.ops.tree_rnn` in Keras, for `keras.layers.RNN`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from autonas.arch.ops.tree_rnn import tree


@keras.saving.register_keras_serializable(package="autonas")
class TreeCell(keras.layers.Layer):
    """A cell that is a binary tree; see `autonas.arch.ops.tree_rnn` for the arguments.

    States are h and c, (n, units) each.
    """

    def __init__(self, units: int, nodes: Sequence[str], inject: str, indices: Sequence[int], **settings: Any) -> None:
        super().__init__(**settings)
        self.units, self.nodes, self.inject, self.indices = units, tuple(nodes), inject, tuple(indices)
        self.state_size, self.output_size = [units, units], units

    def build(self, shape: tuple[int | None, ...]) -> None:
        wide = (len(self.nodes) + 1) // 2 * self.units
        self.kernel = self.add_weight(shape=(shape[-1], wide), name="kernel")
        self.recurrent_kernel = self.add_weight(shape=(self.units, wide), name="recurrent_kernel")
        self.built = True

    def call(self, inputs: Any, states: Sequence[Any], training: bool = False) -> tuple[Any, list[Any]]:
        """Return h_t, and h_t and c_t."""
        hidden, memory = states
        base = (len(self.nodes) + 1) // 2
        read = ops.split(ops.matmul(inputs, self.kernel), base, axis=-1)
        own = ops.split(ops.matmul(hidden, self.recurrent_kernel), base, axis=-1)
        leaves = list(zip(read, own, strict=True))
        hidden, memory = tree(self.nodes, self.inject, self.indices, leaves, memory, _activate)
        return hidden, [hidden, memory]

    def get_config(self) -> dict[str, Any]:
        """Return what makes the cell again."""
        named = {"units": self.units, "nodes": self.nodes, "inject": self.inject, "indices": self.indices}
        return {**super().get_config(), **named}


def _activate(name: str, x: Any) -> Any:
    return x if name == "identity" else {"tanh": ops.tanh, "sigmoid": ops.sigmoid, "relu": ops.relu}[name](x)

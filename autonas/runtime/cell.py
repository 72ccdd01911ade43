"""The recurrent cell of ENAS in Keras: unrolled into plain layers for a network that stands alone, as a cell of
`keras.layers.RNN` where the state goes on from batch to batch, and as a loop for a supernet. See
`autonas.arch.ops.cell` for the notation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
from keras import ops

from autonas.arch import Node
from autonas.arch.ops.cell import ACTIVATIONS, ends

Tensor = Any
KERAS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": ops.tanh,
    "relu": ops.relu,
    "identity": lambda z: z,
    "sigmoid": ops.sigmoid,
}
assert KERAS.keys() == ACTIVATIONS.keys()


def highway(before: Tensor, pair: Tensor, activate: Callable[[Tensor], Tensor]) -> Tensor:
    """Return sigmoid(g) a(z) + (1 - sigmoid(g)) h of ``pair``, which is g and z side by side."""
    units = before.shape[-1]
    gate = ops.sigmoid(pair[:, :units])
    return gate * activate(pair[:, units:]) + (1.0 - gate) * before


def parts(each: Node) -> tuple[str, ...]:
    """Return the names of the layers that hold the arrays of a cell."""
    return tuple(f"{each.id}_{name}" for name in ("kernel", "state", *range(2, len(each["activations"]) + 1)))


def unrolled(each: Node, inputs: Sequence[Tensor], dtype: str) -> Tensor:
    """Return a cell over all places of a sequence, in layers that load without autonas."""
    units = each["units"]
    read, moved, *others = (
        keras.layers.Dense(2 * units, use_bias=False, dtype=dtype, name=name) for name in parts(each)
    )
    x = read(inputs[0])
    state = ops.zeros_like(x[:, 0, :units])
    outputs = []
    for step in range(x.shape[1]):
        new = _stepped(each, x[:, step] + moved(state), state, others)
        if len(inputs) > 1:
            kept = ops.cast(ops.not_equal(inputs[1][:, step : step + 1], 0), new.dtype)
            new = kept * new + (1.0 - kept) * state
        state = new
        outputs.append(state)
    return ops.stack(outputs, axis=1) if each["sequences"] else state


def _stepped(
    each: Node | Mapping[str, Any], pair: Tensor, state: Tensor, others: Sequence[Callable[[Tensor], Tensor]]
) -> Tensor:
    nodes = [highway(state, pair, KERAS[each["activations"][0]])]
    for place, own in enumerate(others):
        before = nodes[each["previous"][place] - 1]
        nodes.append(highway(before, own(before), KERAS[each["activations"][place + 1]]))
    last = [nodes[place] for place in ends(each["previous"], each["mean"])]
    return sum(last[1:], last[0]) / float(len(last))


@keras.saving.register_keras_serializable(package="autonas")
class EnasCell(keras.layers.Layer):
    """One step of the cell, for `keras.layers.RNN`; its only state is h, (n, units)."""

    def __init__(
        self, units: int, previous: Sequence[int], activations: Sequence[str], mean: str, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self.units, self.previous, self.activations, self.mean = units, tuple(previous), tuple(activations), mean
        self.state_size = self.output_size = units

    def build(self, shape: tuple[int | None, ...]) -> None:
        names = ("kernel", "recurrent_kernel", *(f"kernel_{node}" for node in range(2, len(self.activations) + 1)))
        widths = (shape[-1], *[self.units] * len(self.activations))
        self.kernels = [
            self.add_weight(shape=(width, 2 * self.units), name=name) for name, width in zip(names, widths, strict=True)
        ]
        self.built = True

    def call(self, inputs: Tensor, states: Sequence[Tensor], training: bool = False) -> tuple[Tensor, list[Tensor]]:
        """Return h_t twice: as output and as state."""
        (state,), (read, moved, *others) = states, self.kernels
        pair = ops.matmul(inputs, read) + ops.matmul(state, moved)
        new = _stepped(self.get_config(), pair, state, [_multiplied(own) for own in others])
        return new, [new]

    def get_config(self) -> dict[str, Any]:
        """Return what makes the cell again."""
        named = {"units": self.units, "previous": self.previous, "activations": self.activations, "mean": self.mean}
        return {**super().get_config(), **named}


def _multiplied(kernel: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda x: ops.matmul(x, kernel)


def looped(
    x: Tensor,
    weights: Sequence[Tensor],
    previous: Sequence[Tensor | int],
    activations: Sequence[Tensor],
    weighed: Tensor,
    state: Tensor | None = None,
) -> Tensor:
    """Return a cell whose choices are tensors over all places of a sequence, (n, length, units).

    Args:
        x: (n, length, d).
        weights: Wx, Wh and W_l of every other node.
        previous: what node 2 and those after it read, counted from 0.
        activations: a number into `KERAS` a node.
        weighed: share of each node in the new state, (nodes,).
        state: what it begins with, (n, units); None: zeros.
    """
    kernel, recurrent, *others = weights
    units = recurrent.shape[0]
    read = ops.transpose(ops.matmul(x, kernel), (1, 0, 2))  # (length, n, 2 units)

    first = ops.zeros_like(read[0, :, :units]) if state is None else state

    def step(state: Tensor, entered: Tensor) -> tuple[Tensor, Tensor]:
        nodes = [highway(state, entered + ops.matmul(state, recurrent), _chosen(activations[0]))]
        for place, own in enumerate(others):
            before = nodes[0] if place == 0 else ops.take(ops.stack(nodes), previous[place], axis=0)
            nodes.append(highway(before, ops.matmul(before, own), _chosen(activations[place + 1])))
        new = ops.tensordot(weighed, ops.stack(nodes), axes=1)
        return new, new

    _, outputs = ops.scan(step, first, read)
    return ops.transpose(outputs, (1, 0, 2))


def _chosen(number: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the activation of that number; no other is computed."""

    def activate(z: Tensor) -> Tensor:
        return ops.switch(number, [_applied(function, z) for function in KERAS.values()])

    return activate


def _applied(function: Callable[[Tensor], Tensor], z: Tensor) -> Callable[[], Tensor]:
    return lambda: function(z)

"""The recurrent cell of ENAS in Keras: unrolled into plain layers for a network that stands alone, and as a loop for a
supernet. See `autonas.arch.ops.cell` for the notation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def _stepped(each: Node, pair: Tensor, state: Tensor, others: Sequence[Callable[[Tensor], Tensor]]) -> Tensor:
    nodes = [highway(state, pair, KERAS[each["activations"][0]])]
    for place, own in enumerate(others):
        before = nodes[each["previous"][place] - 1]
        nodes.append(highway(before, own(before), KERAS[each["activations"][place + 1]]))
    last = [nodes[place] for place in ends(each["previous"], each["mean"])]
    return sum(last[1:], last[0]) / float(len(last))


def looped(
    x: Tensor,
    weights: Sequence[Tensor],
    previous: Sequence[Tensor | int],
    activations: Sequence[Tensor],
    weighed: Tensor,
) -> Tensor:
    """Return a cell whose choices are tensors over all places of a sequence, (n, length, units).

    Args:
        x: (n, length, d).
        weights: Wx, Wh and W_l of every other node.
        previous: what node 2 and those after it read, counted from 0.
        activations: a number into `KERAS` a node.
        weighed: share of each node in the new state, (nodes,).
    """
    kernel, recurrent, *others = weights
    units = recurrent.shape[0]
    read = ops.transpose(ops.matmul(x, kernel), (1, 0, 2))  # (length, n, 2 units)

    def step(state: Tensor, entered: Tensor) -> tuple[Tensor, Tensor]:
        nodes = [highway(state, entered + ops.matmul(state, recurrent), _chosen(activations[0]))]
        for place, own in enumerate(others):
            before = nodes[0] if place == 0 else ops.take(ops.stack(nodes), previous[place], axis=0)
            nodes.append(highway(before, ops.matmul(before, own), _chosen(activations[place + 1])))
        new = ops.tensordot(weighed, ops.stack(nodes), axes=1)
        return new, new

    _, outputs = ops.scan(step, ops.zeros_like(read[0, :, :units]), read)
    return ops.transpose(outputs, (1, 0, 2))


def _chosen(number: Tensor) -> Callable[[Tensor], Tensor]:
    """Return the activation of that number; no other is computed."""

    def activate(z: Tensor) -> Tensor:
        return ops.switch(number, [_applied(function, z) for function in KERAS.values()])

    return activate


def _applied(function: Callable[[Tensor], Tensor], z: Tensor) -> Callable[[], Tensor]:
    return lambda: function(z)

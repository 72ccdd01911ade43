"""A recurrent layer whose cell is a binary tree (Zoph & Le 2016, arXiv 1611.01578, section 3.4).

======== ==============================================================================================
symbol   meaning
======== ==============================================================================================
base     leaves; the tree has 2 base - 1 nodes: leaves first, then each node that joins two, the root last
o        how a node joins two values: ``add`` or ``elem_mult``
act      ``identity``, ``tanh``, ``sigmoid`` or ``relu``
c        the cell's memory
======== ==============================================================================================

A leaf is act(W x_t o U h_{t-1}), a node above act(left o right); only leaves have weights. At node ``indices[1]`` the
memory is injected: its value a becomes act'(a o' c_{t-1}), with ``inject`` = "o' act'". The new memory is what stands
before the activation at node ``indices[0]``, and the root is h_t.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autonas.arch.op import Array, Attribute, Attrs, Op, Shape, WeightSpec, flag, positive_int, register
from autonas.arch.ops.masking import check_ids, real

COMBINES = ("add", "elem_mult")
ACTIVATIONS = ("identity", "tanh", "sigmoid", "relu")


def children(base: int) -> Iterator[tuple[int, int]]:
    """Yield the two nodes that each node above the leaves joins: always the two oldest that nothing joins yet."""
    return iter([(2 * at, 2 * at + 1) for at in range(base - 1)])


def is_rule(text: object) -> bool:
    """Whether ``text`` is a way to join and an activation, such as ``add tanh``."""
    parts = str(text).split(" ")
    return len(parts) == 2 and parts[0] in COMBINES and parts[1] in ACTIVATIONS


def tree(
    nodes: Sequence[str],
    inject: str,
    indices: Sequence[int],
    inputs: Sequence[tuple[Any, Any]],
    memory: Any,
    activate: Callable[[str, Any], Any],
) -> tuple[Any, Any]:
    """Return h_t and c_t, in NumPy or in tensors.

    Args:
        nodes: ``o act`` of every node.
        inject, indices: see the module.
        inputs: W x_t and U h_{t-1} of every leaf.
        memory: c_{t-1}.
        activate: name of an activation, and values, to values.
    """
    values: list[Any] = []
    kept = None
    pairs = [*inputs, *((None, None) for _ in range(len(inputs) - 1))]
    above = children(len(inputs))
    for number, (rule, (left, right)) in enumerate(zip(nodes, pairs, strict=True)):
        if number >= len(inputs):
            left, right = (values[each] for each in next(above))
        value, before = _joined(rule, left, right, activate)
        if number == indices[0]:
            kept = before
        if number == indices[1]:
            value, _ = _joined(inject, value, memory, activate)
        values.append(value)
    return values[-1], kept


def _joined(rule: str, left: Any, right: Any, activate: Callable[[str, Any], Any]) -> tuple[Any, Any]:
    """Return the value of a node, and what stands before its activation."""
    combine, activation = rule.split(" ")
    before = left + right if combine == "add" else left * right
    return activate(activation, before), before


def cell_step(attrs: Attrs, x: Array, hidden: Array, memory: Array, weights: Sequence[Array]) -> tuple[Array, Array]:
    """Return h_t and c_t (n, units) of one step."""
    kernel, recurrent = weights
    base = (len(attrs["nodes"]) + 1) // 2  # type: ignore[arg-type]
    inputs = zip(np.split(x @ kernel, base, axis=-1), np.split(hidden @ recurrent, base, axis=-1), strict=True)
    nodes, inject, indices = attrs["nodes"], attrs["inject"], attrs["indices"]
    return tree(nodes, inject, indices, list(inputs), memory, _activate)  # type: ignore[arg-type]


def _activate(name: str, x: Array) -> Array:
    if name == "sigmoid":
        return 0.5 * (np.tanh(0.5 * x) + 1)
    if name == "relu":
        return np.maximum(x, 0)
    return np.tanh(x) if name == "tanh" else x


def _shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    if len(inputs[0]) != 2:
        raise ValueError(f"op 'tree_rnn' takes a sequence (length, channels). Received: {inputs[0]}")
    check_ids("tree_rnn", inputs)
    count: int = len(attrs["nodes"])  # type: ignore[arg-type]
    if any(not 0 <= each < count for each in attrs["indices"]):  # type: ignore[union-attr, operator]
        raise ValueError(f"op 'tree_rnn' takes indices of its {count} nodes. Received: {attrs['indices']}")
    units = int(attrs["units"])  # type: ignore[arg-type]
    return (inputs[0][0], units) if attrs["sequences"] else (units,)


def _weights(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    units, base = int(attrs["units"]), (len(attrs["nodes"]) + 1) // 2  # type: ignore[arg-type]
    return (
        WeightSpec("kernel", (inputs[0][-1], base * units), ("in", "gates"), "glorot"),
        WeightSpec("recurrent_kernel", (units, base * units), ("own", "gates"), "leaves"),
    )


def _run(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    x = inputs[0]
    kept = real(inputs[1]) if len(inputs) > 1 else np.ones((*x.shape[:2], 1), bool)
    hidden = memory = np.zeros((len(x), len(weights[1])), x.dtype)
    outputs = np.zeros((*x.shape[:2], len(weights[1])), x.dtype)
    for step in range(x.shape[1]):
        after = cell_step(attrs, x[:, step], hidden, memory, weights)
        hidden, memory = (np.where(kept[:, step], new, old) for new, old in zip(after, (hidden, memory), strict=True))
        outputs[:, step] = hidden
    return outputs if attrs["sequences"] else hidden


def _flops(attrs: Attrs, inputs: tuple[Shape, ...], output: Shape) -> int:
    units, nodes = int(attrs["units"]), len(attrs["nodes"])  # type: ignore[arg-type]
    return inputs[0][0] * units * (2 * (inputs[0][1] + units) * ((nodes + 1) // 2) + 2 * nodes)


register(
    Op(
        "tree_rnn",
        channels="make",
        sign="loses",
        width="units",
        arity=(1, 2),
        ids=(1,),
        attributes={
            "units": positive_int(),
            "nodes": Attribute(
                tuple,
                "rules such as 'add tanh', an odd number of them, 3 at least",
                lambda value: len(value) >= 3 and len(value) % 2 == 1 and all(map(is_rule, value)),
            ),
            "inject": Attribute(str, "a rule such as 'add tanh'", is_rule),
            "indices": Attribute(
                tuple,
                "two numbers of nodes",
                lambda value: len(value) == 2 and all(type(each) is int for each in value),
            ),
            "sequences": flag(False),
        },
        shape=_shape,
        weights=_weights,
        flops=_flops,
        reference=_run,
        words=lambda attrs: f"tree cell {attrs['units']}, base {(len(attrs['nodes']) + 1) // 2}",  # type: ignore[arg-type]
    )
)

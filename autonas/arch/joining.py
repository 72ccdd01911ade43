"""Several networks as one: each reads its own inputs, their last layers stand side by side, and one dense layer reads
all of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from autonas.arch.architecture import Architecture, Node, node

DROPOUT = 0.2


def joined(parts: Mapping[str, Architecture], outputs: int, name_input: Callable[[str, str], str]) -> Architecture:
    """Return one network of ``parts``, whose outputs are seen as features: ReLU, side by side, dropout, dense.

    Args:
        parts: networks with one output (features,) each, by name; their nodes get the name before their ids.
        outputs: number of logits or values.
        name_input: (part, id of its input node) to the id of that node in the joined network.
    """
    nodes: list[Node] = []
    ends: list[str] = []
    for name, part in parts.items():
        ids = {each.id: name_input(name, each.id) if each.op == "input" else f"{name}.{each.id}" for each in part.nodes}
        moved = (
            dataclasses.replace(each, id=ids[each.id], inputs=tuple(ids[one] for one in each.inputs))
            for each in part.nodes
        )
        nodes += [*moved, node(f"{name}.end", "relu", ids[part.outputs[0]])]
        ends.append(f"{name}.end")
    last = ends[0]
    if len(ends) > 1:
        last = "together"
        nodes.append(node(last, "concat", ends))
    nodes += [node("spared", "dropout", last, rate=DROPOUT), node("outputs", "dense", "spared", units=outputs)]
    return Architecture(tuple(nodes), ("outputs",))

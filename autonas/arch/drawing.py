"""Drawing a network: nodes one after the other, each behind the newest unless told otherwise."""

from __future__ import annotations

from typing import Any

from autonas.arch.architecture import Architecture, Node, node
from autonas.arch.op import Shape


class Drawing:
    """Nodes drawn one after the other; `last` is the id of the newest. It begins with an input."""

    def __init__(self, name: str, shape: Shape) -> None:
        self.nodes: list[Node] = []
        self.last = self.input(name, shape)

    def input(self, name: str, shape: Shape) -> str:
        """Draw an input and return its id, which is its name."""
        self.nodes.append(node(name, "input", (), shape=shape))
        self.last = name
        return name

    def put(self, op: str, inputs: str | tuple[str, ...] | None = None, **attrs: Any) -> str:
        """Draw one node behind ``inputs`` (default: the newest node) and return its id."""
        id = f"{op}_{len(self.nodes)}"
        self.nodes.append(node(id, op, self.last if inputs is None else inputs, **attrs))
        self.last = id
        return id

    def end(self, outputs: int) -> Architecture:
        """Draw the last dense layer."""
        logits = self.put("dense", units=outputs)
        return Architecture(tuple(self.nodes), (logits,))

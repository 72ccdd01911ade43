"""More heads for an attention layer: copies of heads that it has."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from autonas.arch import Architecture, Weights
from autonas.arch.op import Array, WeightSpec
from autonas.morph.channels import Map, divide, grow
from autonas.morph.edit import Arrays, Edit, Inheritance, refuse, require_node

GROWTH = (1.5, 2.0)


@dataclasses.dataclass(frozen=True)
class AddHeads(Edit):
    """Give the attention layer ``node`` more heads.

    The new heads are copies of random old ones; the output kernel's weights are shared among the copies, so that the
    sum over the heads stays.
    """

    node: str
    heads: int
    kind: ClassVar[str] = "add_heads"
    preserving: ClassVar[bool] = True

    @classmethod
    def legal(cls, architecture: Architecture) -> Iterator[Edit]:
        for each in architecture.nodes:
            if each.op == "self_attention":
                more = sorted({round(each["heads"] * factor) for factor in GROWTH} - {each["heads"]})
                yield from (cls(each.id, heads) for heads in more)

    def apply(self, architecture: Architecture) -> Architecture:
        require_node(self, architecture, self.node)
        each = architecture[self.node]
        if each.op != "self_attention":
            raise refuse(self, "the node must be an attention layer", each.words)
        if self.heads <= each["heads"]:
            raise refuse(self, f"there must be more than {each['heads']} heads", self.heads)
        wider = each.with_attrs(heads=self.heads)
        nodes = (wider if other.id == self.node else other for other in architecture.nodes)
        return Architecture(tuple(nodes), architecture.outputs)

    def inherit(self, architecture: Architecture, child: Architecture, weights: Weights, how: Inheritance) -> Arrays:
        heads = architecture[self.node]["heads"]
        change = np.concatenate([np.arange(heads), how.rng.integers(0, heads, self.heads - heads)])
        pairs = zip(architecture.weights[self.node], weights[self.node], strict=True)
        return {**weights, self.node: tuple(_with_heads(spec, array, change, how) for spec, array in pairs)}

    def words(self, architecture: Architecture) -> str:
        return f"widen {architecture[self.node].words} to {self.heads} heads"


def _with_heads(spec: WeightSpec, array: Array, change: Map, how: Inheritance) -> Array:
    """Rearrange the heads of one weight."""
    if "head" not in spec.axes:
        return array
    axis = spec.axes.index("head")
    if "out" in spec.axes:
        return divide(array, axis, change, how)
    return grow(array, axis, change, how, noisy=len(spec.shape) > 2)

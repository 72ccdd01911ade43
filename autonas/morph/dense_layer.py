"""Put a layer into a DenseNet (Huang et al. 2017) without changing its function, as EAS does (Cai et al. 2017).

A dense layer reads the stack of all layers before it: batch norm, ReLU, conv 1x1 (the bottleneck), batch norm, ReLU,
conv, whose output is put on the stack. The new layer after layer l copies l: its bottleneck has l's weights for what l
read and zeros for l's own output, so that it gives what l gives; whoever reads the stack divides its weights for l's
output between the two.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from autonas.arch import Architecture, Node, Weights, prune
from autonas.arch.op import Array
from autonas.morph.channels import carried, remap
from autonas.morph.depth import DEEP_NOISE
from autonas.morph.edit import Arrays, Edit, Inheritance, fresh_id, refuse, require_node

OPS = ("batch_norm", "relu", "conv", "batch_norm", "relu", "conv")
"""A dense layer, from the stack on."""


@dataclasses.dataclass(frozen=True)
class DenseLayer(Edit):
    """Put a copy of a dense layer behind it.

    Attributes:
        node: the concat that puts the layer's output on the stack.
    """

    node: str
    kind: ClassVar[str] = "dense_layer"
    preserving: ClassVar[bool] = True

    @classmethod
    def legal(cls, architecture: Architecture) -> Iterator[Edit]:
        for each in architecture.nodes:
            if dense_layer(architecture, each.id):
                yield cls(each.id)

    def apply(self, architecture: Architecture) -> Architecture:
        layer = self._layer(architecture)
        new = _copies(architecture, layer, self.node)
        nodes = (each.redirected(self.node, new[-1].id) for each in architecture.nodes)
        return prune((*nodes, *new), architecture.outputs)

    def inherit(self, architecture: Architecture, child: Architecture, weights: Weights, how: Inheritance) -> Arrays:
        layer = self._layer(architecture)
        width, made = architecture.shapes[self.node][-1], architecture.shapes[layer[-1]][-1]
        change = np.concatenate([np.arange(width), np.arange(width - made, width)])
        inherited = remap(architecture, weights, carried(architecture, self.node, change), how)
        for old, new in zip(layer, _copies(architecture, layer, self.node), strict=False):
            if old in weights:
                noise = 0.0 if new.op == "batch_norm" else DEEP_NOISE  # no variance may become negative
                inherited[new.id] = tuple(how.disturb(each, noise) for each in weights[old])
        first, _, bottleneck, *_ = _copies(architecture, layer, self.node)
        inherited[first.id] = _longer(child, first.id, weights[layer[0]], made)
        inherited[bottleneck.id] = (_blind(weights[layer[2]][0], made), *weights[layer[2]][1:])
        return inherited

    def words(self, architecture: Architecture) -> str:
        return f"add a dense layer after {architecture[self.node].inputs[-1]}"

    def _layer(self, architecture: Architecture) -> tuple[str, ...]:
        require_node(self, architecture, self.node)
        layer = dense_layer(architecture, self.node)
        if not layer or self.node in architecture.outputs:
            raise refuse(self, "the node must put a dense layer's output on its stack", architecture[self.node].words)
        return layer


def dense_layer(architecture: Architecture, id: str) -> tuple[str, ...]:
    """Return the six nodes of the dense layer that concat ``id`` puts on the stack; none where it is another join."""
    join = architecture[id]
    if join.op != "concat" or len(join.inputs) != 2:
        return ()
    found: list[str] = []
    current = join.inputs[1]
    for op in reversed(OPS):
        if architecture[current].op != op or (found and len(architecture.consumers[current]) != 1):
            return ()
        found.insert(0, current)
        current = architecture[current].inputs[0]
    return tuple(found) if current == join.inputs[0] else ()


def _copies(architecture: Architecture, layer: tuple[str, ...], stack: str) -> tuple[Node, ...]:
    """Return the new layer and the concat behind it."""
    made: list[Node] = []
    for number, old in enumerate(layer):
        each = architecture[old]
        new = fresh_id(architecture.by_id, each.op, number)
        made.append(dataclasses.replace(each, id=new, inputs=(made[-1].id if made else stack,)))
    join = fresh_id(architecture.by_id, "concat", len(layer))
    return (*made, dataclasses.replace(architecture[stack], id=join, inputs=(stack, made[-1].id)))


def _longer(child: Architecture, id: str, arrays: tuple[Array, ...], more: int) -> tuple[Array, ...]:
    """Return a batch norm's arrays with ``more`` channels that pass through."""
    fill = {"gamma": 1.0, "variance": 1.0}
    return tuple(
        np.concatenate([array, np.full(more, fill.get(spec.name, 0.0), array.dtype)])
        for spec, array in zip(child.weights[id], arrays, strict=True)
    )


def _blind(kernel: Array, more: int) -> Array:
    """Return a kernel that reads ``more`` channels with weight zero."""
    zeros = np.zeros((*kernel.shape[:2], more, kernel.shape[3]), kernel.dtype)
    return np.concatenate([kernel, zeros], axis=2)

"""ENAS's recurrent cell (Pham et al. 2018, arXiv 1802.03268, section 2.1) over texts: what each node of the cell reads,
and its activation.

With N nodes there are 4^N (N - 1)! cells. Words are embedded, a convolution and a pool bring long texts to few places,
and of the cell's states at all places the largest are read, after a batch norm.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Literal

from autonas.arch import Architecture
from autonas.arch.drawing import Drawing
from autonas.arch.op import Shape
from autonas.space.enas_macro import TOKENS
from autonas.space.enas_nodes import NodesSpace
from autonas.space.supergraph import INPUT, Cell, Choice, SuperGraph, X

READ = 32  # places of a text that the cell steps through, at most


@dataclasses.dataclass(frozen=True)
class Recurrent(NodesSpace):
    """Recurrent cells over texts (length,).

    Attributes:
        shape: of a text: its length.
        outputs: number of logits or values.
        vocabulary: how many ids of tokens there are, of which 0 is padding.
        width: of embedding and cell.
        nodes: N; the paper has 12.
        mean: whether the state is the mean of the nodes that no other reads (``ends``), as in the paper, or of ``all``.
        triples: whether kernels belong to (node, node read, activation), as in the released codes, or to (node, node
            read), as in the paper.

    Raises:
        SettingError: fewer than 2 nodes.
    """

    shape: Shape
    outputs: int
    vocabulary: int
    width: int = 16
    nodes: int = 6
    mean: Literal["ends", "all"] = "ends"
    triples: bool = False

    @cached_property
    def graph(self) -> SuperGraph:
        """The supernet."""
        stem = _stem(self)
        shape = stem.shapes[stem.outputs[0]]
        cell = Cell("cell", "stem", shape[-1], self.width, self.nodes, self.mean, self.triples)
        head = Choice("head", ("cell",), (("head", _head((shape[0], self.width), self.outputs)),))
        return SuperGraph(self.shape, (Choice("stem", (INPUT,), (("stem", stem),)), cell, head), TOKENS)


def _stem(space: Recurrent) -> Architecture:
    draw = Drawing(X, space.shape)
    draw.put("embedding", tokens=space.vocabulary, width=space.width)
    draw.put("conv1d", filters=space.width, kernel=3, bias=False)
    draw.put("batch_norm")
    draw.put("relu")
    draw.put("mask", (draw.last, X))
    if space.shape[0] > READ:
        size = -(-space.shape[0] // READ)
        draw.put("max_pool1d", size=size, stride=size)
    return Architecture(tuple(draw.nodes), (draw.last,))


def _head(shape: Shape, outputs: int) -> Architecture:
    draw = Drawing(X, shape)
    draw.put("batch_norm")
    draw.put("global_max_pool1d")
    return draw.end(outputs)

"""ENAS's recurrent cell (Pham et al. 2018, arXiv 1802.03268, section 2.1) in a language model: words are embedded, the
cell reads one after the other, and of its every state the next word is told.

Its state is the mean of all nodes, as in later recipes (ALGORITHMS section 2, trap 6), and nothing follows it: it goes
on from piece to piece of a text, where a batch norm would see other statistics.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property

from autonas.arch import Architecture, node
from autonas.arch.language import TOKENS
from autonas.arch.op import Shape
from autonas.space.enas_nodes import NodesSpace
from autonas.space.supergraph import INPUT, Cell, Choice, SuperGraph, X


@dataclasses.dataclass(frozen=True)
class LanguageCells(NodesSpace):
    """Language models (length,) -> (length, vocabulary) with a recurrent cell.

    Attributes:
        length: words that are read at once.
        vocabulary: how many words there are.
        units: of embedding and cell.
        nodes: N; the paper has 12.
        dropout: share that a child leaves out before and behind its cell. The supernet leaves out nothing.

    Raises:
        SettingError: fewer than 2 nodes.
    """

    length: int
    vocabulary: int
    units: int = 64
    nodes: int = 6
    dropout: float = 0.2

    @cached_property
    def graph(self) -> SuperGraph:
        """The supernet."""
        embedding = _fragment((self.length,), "embedding", tokens=self.vocabulary, width=self.units)
        logits = _fragment((self.length, self.units), "conv1d", filters=self.vocabulary, kernel=1)
        stages = (
            Choice("words", (INPUT,), (("words", embedding),)),
            Cell("cell", "words", self.units, self.units, self.nodes, mean="all", op="enas_rnn"),
            Choice("next", ("cell",), (("next", logits),)),
        )
        return SuperGraph((self.length,), stages, TOKENS)

    def network(self, decisions: Sequence[int]) -> Architecture:
        """Return the child of ``decisions``, with its dropout."""
        entry, words, cell, logits = self.graph.child(decisions).nodes
        before = node("dropout_before", "dropout", words.id, rate=self.dropout)
        cell = dataclasses.replace(cell, inputs=(before.id,))
        behind = node("dropout_behind", "dropout", cell.id, rate=self.dropout)
        logits = dataclasses.replace(logits, inputs=(behind.id,))
        return Architecture((entry, words, before, cell, behind, logits), (logits.id,))


def _fragment(shape: Shape, op: str, **attrs: int) -> Architecture:
    return Architecture((node(X, "input", shape=shape), node("only", op, X, **attrs)), ("only",))

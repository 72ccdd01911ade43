"""What the spaces of ENAS's recurrent cell share: what each node of the cell reads, and its activation, is decided."""

from __future__ import annotations

import abc
from collections.abc import Sequence

from autonas.arch import Architecture
from autonas.errors import SettingError, message
from autonas.space import tokens
from autonas.space.supergraph import Entry, Route, SuperGraph
from autonas.space.tokens import Step


class NodesSpace(abc.ABC):
    """Networks with one recurrent cell, which stands under the name ``cell`` in every child of `graph`.

    Raises:
        SettingError: fewer than 2 nodes.
    """

    nodes: int

    def __post_init__(self) -> None:
        if self.nodes < 2:
            raise SettingError(message("nodes", ">= 2", self.nodes, "Use 6"))

    @property
    @abc.abstractmethod
    def graph(self) -> SuperGraph:
        """The supernet."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is decided: just the route."""
        return self.graph.entries

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is decided, for a policy."""
        kinds = {"source": "node", "op": "activation"}
        return tuple(tokens.Choice(kinds[entry.kind], entry.values) for entry in self.entries)

    def route(self, decisions: Sequence[int]) -> Route:
        """Return the route of ``decisions``: here they are the same."""
        return tuple(int(each) for each in decisions)

    def network(self, decisions: Sequence[int]) -> Architecture:
        """Return the child of ``decisions``: the activation of node 1, of node 2, then what a node reads and its
        activation.
        """
        return self.graph.child(decisions)

    def words(self, decisions: Sequence[int]) -> str:
        """Say what is decided, such as ``cell 16: tanh relu(1) identity(2)``."""
        return self.graph.child(decisions)["cell"].words

    @property
    def typical(self) -> Architecture:
        """A child: all have the same number of operations, nearly."""
        return self.network([place % entry.values for place, entry in enumerate(self.entries)])

"""What a space with a supernet is: decisions, and what they mean as a route and as a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from autonas.arch import Architecture
from autonas.space.supergraph import Entry, Route, SuperGraph
from autonas.space.tokens import Step


class SuperSpace(Protocol):
    """A space whose networks are children of one supernet. Implementations are immutable."""

    @property
    def graph(self) -> SuperGraph:
        """The supernet."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is decided, in order."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The same for a policy."""

    @property
    def typical(self) -> Architecture:
        """A child of about the mean number of operations."""

    def route(self, decisions: Sequence[int]) -> Route:
        """Return the way through the supernet."""

    def network(self, decisions: Sequence[int]) -> Architecture:
        """Return the child."""

    def words(self, decisions: Sequence[int]) -> str:
        """Say what was decided."""

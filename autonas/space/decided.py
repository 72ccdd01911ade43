"""A space whose architectures are decided step by step, so that a policy can write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from autonas.arch import Architecture
from autonas.space.space import Space
from autonas.space.tokens import Step


@runtime_checkable
class DecidedSpace(Space, Protocol):
    """A space with tokens."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is decided, in order."""

    def decided(self, decisions: Sequence[int]) -> Architecture | None:
        """Return the architecture of ``decisions``, one row as in `autonas.space.tokens`; None where it is out of
        bounds.
        """


@runtime_checkable
class LayeredSpace(DecidedSpace, Protocol):
    """A space whose decisions may end after any layer."""

    def length(self, layers: int) -> int:
        """Return how many steps decide so many layers."""

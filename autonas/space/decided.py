"""A space whose architectures are decided step by step, so that a policy can write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from autonas.arch import Architecture
from autonas.morph import Edit
from autonas.space.space import Space
from autonas.space.tokens import Step
from autonas.space.transforms import TransformSpace

Agenda = tuple[Step, ...] | TransformSpace
"""What is decided: token by token, or in an episode of transformations."""


@runtime_checkable
class DecidedSpace(Space, Protocol):
    """A space with tokens."""

    @property
    def steps(self) -> Agenda:
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


@runtime_checkable
class TransformedSpace(DecidedSpace, Protocol):
    """A space whose decisions are edits of its only starter."""

    def transformations(self, decisions: Sequence[int]) -> tuple[Edit, ...]:
        """Return the edits that lead from the starter to the architecture of ``decisions``."""

"""The space of network morphisms: every architecture that edits reach from a few starters, within bounds on size and
cost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

import numpy as np

from autonas.arch import Architecture
from autonas.errors import SettingError, message
from autonas.morph import EDITS, Edit, legal_edits
from autonas.space.draw import FAMILIES, drawn


@dataclasses.dataclass(frozen=True)
class MorphSpace:
    """What edits reach from the starters.

    Attributes:
        starters: where a search begins.
        max_parameters: most parameters of a network; None for no bound.
        max_flops: most floating-point operations for one example; None for no bound.
        shrink: also allow the edits that make a network smaller and change its function.
        max_edits: most edits between a starter and a sampled architecture; the search itself may go further.

    Raises:
        SettingError: no starter, a starter out of bounds, or a bound below 1.
    """

    starters: tuple[Architecture, ...]
    max_parameters: int | None = None
    max_flops: int | None = None
    shrink: bool = True
    max_edits: int = 10
    inherits: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.starters:
            raise SettingError(
                message("starters", "at least one architecture", self.starters, "Use autonas.arch.starters")
            )
        if self.max_edits < 1:
            raise SettingError(message("max_edits", ">= 1", self.max_edits, "Use about 10"))
        for name, cost in (("max_parameters", "parameters"), ("max_flops", "flops")):
            self._check_bound(name, [getattr(each, cost) for each in self.starters])

    def _check_bound(self, name: str, costs: list[int]) -> None:
        bound = getattr(self, name)
        if bound is not None and bound < max(costs):
            expected = f">= {max(costs)}, what the largest starter has"
            raise SettingError(message(name, expected, bound, "Use a smaller starter, or None for no bound"))

    def admits(self, architecture: Architecture) -> bool:
        """Return whether ``architecture`` keeps the bounds."""
        few_parameters = self.max_parameters is None or architecture.parameters <= self.max_parameters
        return few_parameters and (self.max_flops is None or architecture.flops <= self.max_flops)

    def families(self, architecture: Architecture) -> Mapping[str, Iterable[Edit]]:
        """Return the legal edits of ``architecture`` by family, each enumerated only when it is gone through."""
        families: dict[str, list[type[Edit]]] = {}
        for kind in EDITS.values():
            if self.shrink or kind.preserving:
                families.setdefault(FAMILIES.get(kind.kind, kind.kind), []).append(kind)
        return {name: _legal(kinds, architecture) for name, kinds in families.items()}

    def edits(self, architecture: Architecture) -> tuple[Edit, ...]:
        """Return the edits of ``architecture`` that keep the bounds. Applies every legal one, which takes a while."""
        legal = legal_edits(architecture, shrink=self.shrink)
        return tuple(edit for edit in legal if self.child(architecture, edit) is not None)

    def child(self, architecture: Architecture, edit: Edit) -> Architecture | None:
        """Return the edited architecture, or None where it breaks a bound."""
        child = edit.apply(architecture)
        return child if self.admits(child) else None

    def sample(self, rng: np.random.Generator) -> Architecture:
        """Return a starter after 0 to ``max_edits`` random edits, their families drawn evenly."""
        architecture = self.starters[rng.integers(len(self.starters))]
        for _ in range(rng.integers(self.max_edits + 1)):
            architecture = self._step(architecture, rng)
        return architecture

    def _step(self, architecture: Architecture, rng: np.random.Generator) -> Architecture:
        """Return a random child, or the architecture itself where no edit keeps the bounds."""
        children = (self.child(architecture, edit) for edit in drawn(self.families(architecture), rng))
        return next((child for child in children if child is not None), architecture)


def _legal(kinds: list[type[Edit]], architecture: Architecture) -> Iterator[Edit]:
    for kind in kinds:
        yield from kind.legal(architecture)

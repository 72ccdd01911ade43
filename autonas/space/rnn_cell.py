"""The recurrent cells of NAS (Zoph & Le 2016, section 3.4): trees of ``base`` leaves, written node by node.

With a base of 8 there are 8^15 trees, 8 ways to inject the memory and 15^2 pairs of nodes for it: 6e16 cells. The cell
stands in a network around it, which is fixed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from autonas.arch import Architecture
from autonas.arch.ops.tree_rnn import ACTIVATIONS, COMBINES
from autonas.errors import SettingError, message
from autonas.morph import Edit
from autonas.space.tokens import Choice, Step

Around = Callable[[Mapping[str, Any]], Architecture]
"""Attributes ``nodes``, ``inject`` and ``indices`` of a ``tree_rnn`` -> the network with that cell in it."""

SIMPLE = ("add", "tanh")


@dataclasses.dataclass(frozen=True)
class RnnCellSpace:
    """Networks around a cell.

    Attributes:
        around: the network of a cell.
        base: leaves of the tree.
        max_parameters, max_flops: bounds on a network; None for none.

    Raises:
        SettingError: the base is below 2, or the starter out of bounds.
    """

    around: Around
    base: int = 8
    max_parameters: int | None = None
    max_flops: int | None = None
    inherits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.base < 2:
            raise SettingError(message("base", ">= 2", self.base, "Use 8, as published"))
        if not self._fits(self.starters[0]):
            raise SettingError(
                message("bounds", "wide enough for a plain cell", self.max_parameters, "Use fewer units")
            )

    @property
    def steps(self) -> tuple[Step, ...]:
        """For every node how it joins and its activation; the same for the injection; and two nodes."""
        count = 2 * self.base - 1
        node = (Choice("combine", len(COMBINES)), Choice("activation", len(ACTIVATIONS)))
        inject = (Choice("inject combine", len(COMBINES)), Choice("inject activation", len(ACTIVATIONS)))
        return (*node * count, *inject, Choice("memory from", count), Choice("memory to", count))

    @property
    def starters(self) -> tuple[Architecture, ...]:
        """The plain cell: sums and tanh, the memory added at the first leaf."""
        plain = " ".join(SIMPLE)
        nodes = (plain,) * (2 * self.base - 1)
        return (self.around({"nodes": nodes, "inject": plain, "indices": (len(nodes) - 1, 0)}),)

    def decided(self, decisions: Sequence[int]) -> Architecture | None:
        """Return the network whose cell the ``decisions`` write; None where it breaks a bound."""
        network = self.around(self.cell(decisions))
        return network if self._fits(network) else None

    def cell(self, decisions: Sequence[int]) -> Mapping[str, Any]:
        """Return the attributes of the cell that the ``decisions`` write."""
        count = 2 * self.base - 1
        rules = [f"{COMBINES[decisions[at]]} {ACTIVATIONS[decisions[at + 1]]}" for at in range(0, 2 * count + 2, 2)]
        return {"nodes": tuple(rules[:count]), "inject": rules[count], "indices": tuple(map(int, decisions[-2:]))}

    def families(self, architecture: Architecture) -> Mapping[str, Iterable[Edit]]:
        """Return none: cells are decided, not edited."""
        return {}

    def child(self, architecture: Architecture, edit: Edit) -> Architecture | None:
        """Return None: no edit belongs to the space."""
        return None

    def sample(self, rng: np.random.Generator) -> Architecture:
        """Return the network of a cell whose decisions are drawn evenly."""
        row = [int(rng.integers(step.options)) for step in self.steps if isinstance(step, Choice)]
        return self.decided(row) or self.starters[0]

    def _fits(self, network: Architecture) -> bool:
        few = self.max_parameters is None or network.parameters <= self.max_parameters
        return few and (self.max_flops is None or network.flops <= self.max_flops)

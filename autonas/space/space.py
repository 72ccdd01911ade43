"""What a space is: starters, the edits that lead on from an architecture, and a way to sample.

The edits span a graph whose nodes are architectures. A space of your own (cells of a benchmark table, say) is any
class with these five members.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from autonas.arch import Architecture
from autonas.morph import Edit


class Space(Protocol):
    """The architectures that a search may visit. Implementations are immutable."""

    @property
    def starters(self) -> Sequence[Architecture]:
        """Where a search begins; one at least, all of them within the space."""

    @property
    def inherits(self) -> bool:
        """Whether an edited network can begin with its parent's weights. Searches then stay near what was trained;
        otherwise one network is as good a start as another.
        """

    def families(self, architecture: Architecture) -> Mapping[str, Iterable[Edit]]:
        """Return the edits that lead on from ``architecture`` by family, always in the same order.

        `child` says which of them stay within the bounds. A family that is costly to enumerate may be a generator.
        """

    def child(self, architecture: Architecture, edit: Edit) -> Architecture | None:
        """Return the edited architecture, or None where it is out of bounds."""

    def sample(self, rng: np.random.Generator) -> Architecture:
        """Return a random architecture of the space."""

"""Settings that are written before the space is known: `BayesianMorphism.as_published()` in a constructor, the space
when the data have come.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol, Self

from autonas.errors import SettingError
from autonas.search.strategy import Strategy
from autonas.space import Space


class Bindable(Protocol):
    """Settings that become a strategy when they are told the space."""

    def on(self, space: Space) -> Strategy[Any]:
        """Return the same settings on ``space``."""


@dataclasses.dataclass(frozen=True)
class Bound:
    """A base for strategies: the space that they search, and how it is given.

    Attributes:
        space: where to search; None until `on` binds it.
    """

    space: Space | None = None

    def on(self, space: Space) -> Self:
        """Return the same settings on ``space``."""
        return dataclasses.replace(self, space=space)

    def require_space(self) -> Space:
        """Return the space, or raise `SettingError` where there is none yet."""
        if self.space is None:
            raise SettingError(
                f"space must be given before {type(self).__name__} can search. Received: None. "
                f"Use {type(self).__name__}(...).on(space)."
            )
        return self.space

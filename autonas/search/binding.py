"""Settings that are written before the space is known: `BayesianMorphism.as_published()` in a constructor, the space
when the data have come.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol, Self

from autonas.errors import SettingError, message
from autonas.search.history import History
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


DESIGN = 15  # random networks that a search without inheritance begins with


def begun(space: Space, history: History, initial: int | None, design: int = DESIGN) -> bool:
    """Return whether so many networks were tried that a strategy may choose: ``initial``, or where that is None what
    suits ``space``: ``design`` random ones, or 1 where weights are inherited.

    Random networks tell where to begin, but cost a training from scratch where all others inherit weights.
    """
    if initial is None:
        initial = 1 if space.inherits else design
    return len(history.completed) + len(history.pending) >= initial


def check_initial(initial: int | None) -> None:
    """Raise `SettingError` unless ``initial`` is None or at least 1."""
    if initial is not None and initial < 1:
        raise SettingError(message("initial", ">= 1", initial, "Use None for what suits the space"))

"""Recipes: which strategy, evaluator and space an oracle's name stands for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Literal

from autonas.arch import Architecture
from autonas.arch.starters import residual_cnn
from autonas.search import BayesianMorphism, Evolution, LocalSearch, RandomSearch

WIDTHS = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96)
"""Widths that the first network may have."""

DEFAULT_WIDTH = 16
"""Width of the first network where no time limit says what can be afforded."""


@dataclasses.dataclass(frozen=True)
class SearchRecipe:
    """One row of the table of algorithms.

    Attributes:
        strategy: settings of a strategy, to be bound to a space.
        start: whether trials inherit weights (``warm``) or begin from ``scratch``.
    """

    strategy: Any
    start: Literal["warm", "scratch"]


ORACLES: dict[str, SearchRecipe] = {
    "bayesian": SearchRecipe(BayesianMorphism(), "warm"),
    # Random networks inherit nothing, and 20 of them are a search of their own: children from the first network on.
    "evolution": SearchRecipe(Evolution(initial=1), "warm"),
    "local": SearchRecipe(LocalSearch(), "warm"),
    "random": SearchRecipe(RandomSearch(), "scratch"),
}
"""Every oracle by the name that users give. A recipe of your own is one more entry."""


def image_starter(shape: tuple[int, int, int], outputs: int) -> Callable[[int], Architecture]:
    """Return what builds the first network for images of ``shape``, by its width."""
    return lambda width: residual_cnn(shape, outputs, width=width)

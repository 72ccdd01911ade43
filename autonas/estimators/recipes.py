"""Recipes: which strategy, evaluator and space an oracle's name stands for."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from autonas.search import BayesianMorphism, Enas, Evolution, LocalSearch, RandomSearch


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
    "enas": SearchRecipe(Enas(), "scratch"),
    "evolution": SearchRecipe(Evolution(), "warm"),
    "local": SearchRecipe(LocalSearch(), "warm"),
    "random": SearchRecipe(RandomSearch(), "scratch"),
}
"""Every oracle by the name that users give. A recipe of your own is one more entry."""

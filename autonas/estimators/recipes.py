"""Recipes: which strategy, evaluator and space an oracle's name stands for."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from autonas.runtime.policy import PolicySettings, TaughtPolicy
from autonas.search import BayesianMorphism, Enas, Evolution, Growth, LocalSearch, RandomSearch, Reinforce


@dataclasses.dataclass(frozen=True)
class SearchRecipe:
    """One row of the table of algorithms.

    Attributes:
        strategy: settings of a strategy, to be bound to a space.
        start: whether trials inherit weights (``warm``) or begin from ``scratch``.
        design: the name of a space in the kind's designs; None: what edits reach from its first networks.
    """

    strategy: Any
    start: Literal["warm", "scratch"]
    design: str | None = None


WRITER = Reinforce(
    # For searches of tens or hundreds of networks, not of 12,800: it learns faster, and begins less even.
    policy=TaughtPolicy(PolicySettings(units=64, layers=1, init=0.3, learning_rate=0.01, baseline_rate=0.1)),
    reward="auto",
    growth=Growth(start=6, by=2, every=40),
)
"""``oracle="rl"``: what it takes from the paper is the policy, the reward and the space."""


TRANSFORMER = Reinforce(
    # For tens of networks. On made-up scores as noisy as real ones (benchmarks/search/episodes.py) the best three of 46
    # have 0.8699 at this rate, 0.8688 at 0.01 and 0.8670 drawn evenly.
    policy=TaughtPolicy(PolicySettings(units=50, init=0.1, learning_rate=0.03, entropy_weight=0.03, baseline_rate=0.1)),
    decides="transformations",
    bunches=(4, 32),
)
"""``oracle="eas"``. What was published is ``Reinforce(policy=PUBLISHED["eas"], decides="transformations")``
(`autonas.runtime.policy.PUBLISHED`)."""

ORACLES: dict[str, SearchRecipe] = {
    "bayesian": SearchRecipe(BayesianMorphism(), "warm"),
    "eas": SearchRecipe(TRANSFORMER, "warm", "transformed"),
    "eas-densenet": SearchRecipe(
        dataclasses.replace(TRANSFORMER, decides="densenet transformations"), "warm", "transformed densenet"
    ),
    "enas": SearchRecipe(Enas(), "scratch"),
    "evolution": SearchRecipe(Evolution(), "warm"),
    "local": SearchRecipe(LocalSearch(), "warm"),
    "random": SearchRecipe(RandomSearch(), "scratch"),
    "rl": SearchRecipe(WRITER, "scratch", "decided"),
}
"""Every oracle by the name that users give. A recipe of your own is one more entry."""

DECIDING = {"networks": "rl", "transformations": "eas", "densenet transformations": "eas-densenet"}
"""The oracle whose space and evaluator a policy of one's own gets, by what it decides."""

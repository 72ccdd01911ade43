"""Evenly drawn children of ENAS's macro space, each trained from scratch: what a derivation must beat."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import ClassVar

import numpy as np

from autonas.arch import Architecture
from autonas.data import Dataset
from autonas.estimators.enas_plan import LAYERS
from autonas.estimators.image import IMAGE
from autonas.estimators.kind import Design, Family
from autonas.estimators.recipes import ORACLES, SearchRecipe
from autonas.morph import Edit
from autonas.search import Enas, RandomSearch
from autonas.space.enas_macro import Macro
from autonas.space.routes import uniform

NAME = "enas children drawn evenly"
COUNT = Enas().top


@dataclasses.dataclass(frozen=True)
class Children:
    """All children of a supernet as a space without edits: the first is no other than those that follow."""

    macro: Macro
    seed: int
    inherits: ClassVar[bool] = False

    @property
    def starters(self) -> tuple[Architecture, ...]:
        return (self.sample(np.random.default_rng([self.seed, 7])),)

    def families(self, architecture: Architecture) -> Mapping[str, Iterator[Edit]]:
        return {}

    def child(self, architecture: Architecture, edit: Edit) -> Architecture | None:
        return None

    def sample(self, rng: np.random.Generator) -> Architecture:
        return self.macro.network(uniform(self.macro.entries, rng))


def oracle(seed: int) -> str:
    """Return the name of an oracle that trains them, in networks as wide as ``oracle="enas"`` would choose."""

    def macro(data: Dataset, outputs: int, width: int) -> Macro:
        return Macro(data.schema.shape, outputs, width, LAYERS["macro"][1], doubling=Enas().doubling)

    def space(data: Dataset, outputs: int, firsts: tuple[Architecture, ...], *bounds: int | None) -> Children:
        stem = next(each for each in firsts[0].nodes if "filters" in each.attributes)
        return Children(macro(data, outputs, int(stem["filters"])), seed)

    IMAGE.designs[NAME] = Design(
        lambda data, outputs: (Family(lambda width: macro(data, outputs, width).typical),), space
    )
    ORACLES[NAME] = SearchRecipe(RandomSearch(), "scratch", NAME)
    return NAME

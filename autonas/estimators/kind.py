"""What a search must know of a kind of data: how x is read, where the search begins, and how networks are trained."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from autonas.arch import Architecture
from autonas.data import Dataset, Reader
from autonas.runtime.compile import Precision
from autonas.runtime.plan import IMAGE_EFFORT, Effort
from autonas.runtime.train import Recipe
from autonas.space import Space

WIDTHS = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96)
"""Widths that a first network of images may have."""


@dataclasses.dataclass(frozen=True)
class Family:
    """First networks of one design.

    Attributes:
        make: builds one of a width.
        widths: to choose from by what time and ``max_params`` allow, ascending.
        default: the largest width where no time limit says what can be afforded.
        room: how many times as large the networks become that a search makes of the first one, which is chosen so much
            smaller than time and ``max_params`` allow.
    """

    make: Callable[[int], Architecture]
    widths: tuple[int, ...] = WIDTHS
    default: int = 16
    room: float = 1.0


@dataclasses.dataclass(frozen=True)
class Design:
    """Networks that are not edited but written: a space of its own.

    Attributes:
        families: dataset and number of outputs to the designs of its first networks.
        space: dataset, number of outputs, the first networks, most parameters and most operations to the space.
    """

    families: Callable[[Dataset, int], tuple[Family, ...]]
    space: Callable[[Dataset, int, tuple[Architecture, ...], int | None, int | None], Space]


def default_batch_size(examples: int) -> int:
    """Return 64; twice that where data are many, and less where an epoch would have fewer than some thirty steps."""
    return next((size for size, least in ((128, 32_768), (64, 2_048), (32, 1_024)) if examples >= least), 16)


def _as_it_is(recipe: Recipe, data: Dataset) -> Recipe:
    return recipe


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of data: images, text, tables. One of your own is one more value, named by an estimator class.

    Attributes:
        reader: how x is read.
        families: dataset and number of outputs to the designs of the first networks, one at least. The search tries one
            network of each before it edits any.
        recipe: what training of these data changes in a recipe: augmentation, optimiser, rates.
        long_recipe: what it changes where one network sees the data twenty times or more.
        batch_size: examples a gradient step by the number of training examples, where the user does not say.
        effort: how long networks should train where time does not bound it.
        precisions: what layers may compute in while training; the fastest is taken.
        blend: whether the best networks become one in the end (`autonas.estimators.blending`).
        designs: spaces of its own for oracles that write networks, by name (`SearchRecipe.design`).
        objective: what ``objective="auto"`` stands for; None: the task's first metric in `autonas.estimators.settings`.
    """

    reader: Reader
    families: Callable[[Dataset, int], tuple[Family, ...]]
    recipe: Callable[[Recipe, Dataset], Recipe] = _as_it_is
    long_recipe: Callable[[Recipe, Dataset], Recipe] = _as_it_is
    batch_size: Callable[[int], int] = default_batch_size
    effort: Effort = IMAGE_EFFORT
    precisions: tuple[Precision, ...] = ("float32", "mixed_bfloat16")
    blend: bool = False
    designs: Mapping[str, Design] = dataclasses.field(default_factory=dict)
    objective: str | None = None

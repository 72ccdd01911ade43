"""Random chains of preserving edits from a starter, and what they did to the network's function."""

from collections.abc import Iterator

import numpy as np

from autonas.arch import Architecture
from autonas.arch.starters import STARTERS
from autonas.arch.text_starters import TEXT_STARTERS, TextShape
from autonas.morph import EDITS, Edit, Inheritance
from tests.arch.drawing import Arrays, random_weights

PRESERVING = [kind for kind in EDITS.values() if kind.preserving]
TOLERANCE = 1e-5  # of the output's scale: some 50 roundings of float32 in a row


def starter(name: str, rng: np.random.Generator) -> Architecture:
    """A small starter for a small image of random size, odd and rectangular ones included, or for a short text."""
    if name in TEXT_STARTERS:
        return TEXT_STARTERS[name](TextShape(int(rng.integers(3, 12)), 9, 7), 3, 8)
    shape = (*(int(side) for side in rng.integers(4, 10, 2)), int(rng.integers(1, 4)))
    return STARTERS[name](shape, 3, 4)


def chain(name: str, seed: int, longest: int = 10) -> Iterator[tuple[Edit | None, Architecture, Arrays]]:
    """Yield a starter with random weights, then each child of a random chain of edits: edit, architecture, weights."""
    rng = np.random.default_rng(seed)
    architecture = starter(name, rng)
    weights = random_weights(architecture, rng)
    yield None, architecture, weights
    for _ in range(rng.integers(1, longest + 1)):
        edit = drawn_edit(architecture, rng)
        how = Inheritance(rng, ("divide", "zero")[rng.integers(2)])
        child = edit.apply(architecture)
        weights = edit.inherit(architecture, child, weights, how)
        architecture = child
        yield edit, architecture, weights


def drawn_edit(architecture: Architecture, rng: np.random.Generator) -> Edit:
    """Draw the kind first: a network allows hundreds of skips and few enlargements."""
    for place in rng.permutation(len(PRESERVING)):
        edits = tuple(PRESERVING[place].legal(architecture))
        if edits:
            return edits[rng.integers(len(edits))]
    raise AssertionError("a network without one legal edit")

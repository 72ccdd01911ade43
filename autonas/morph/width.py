"""Widen (Net2WiderNet, Chen et al. 2016, section 2.3) and narrow layers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from autonas.arch import Architecture, Weights
from autonas.morph.channels import CannotTravel, Map, Maps, remap, resize, travel
from autonas.morph.edit import Arrays, Edit, Inheritance, refuse, require_node

GROWTH = (1.5, 2.0)
SHRINKAGE = (0.75, 0.5)
NARROWEST = 4


@dataclasses.dataclass(frozen=True)
class Widen(Edit):
    """Give node ``node``, and every layer tied to it by an add, more units.

    The new units are copies of random old ones; those who read them share their weights among the copies. Behind a
    layer norm a width can be doubled only: each unit is copied once then.
    """

    node: str
    width: int
    kind: ClassVar[str] = "widen"
    preserving: ClassVar[bool] = True

    @classmethod
    def legal(cls, architecture: Architecture) -> Iterator[Edit]:
        for id, width in _groups(architecture):
            yield from (
                cls(id, wider) for wider in sorted({_round(width * factor) for factor in GROWTH}) if wider > width
            )
        for id, width in _groups(architecture, times=2):
            yield cls(id, 2 * width)

    def apply(self, architecture: Architecture) -> Architecture:
        width = _width(self, architecture, self.node)
        if self.width <= width:
            raise refuse(self, f"the new width must be above {width}", self.width)
        return resize(architecture, travel(architecture, self.node, _first_copies(width, self.width)))

    def inherit(self, architecture: Architecture, child: Architecture, weights: Weights, how: Inheritance) -> Arrays:
        width = architecture.shapes[self.node][-1]
        copies = how.rng.integers(0, width, self.width - width)
        change = np.concatenate([np.arange(width), copies])
        maps = _travel_as(architecture, child, self.node, change, _first_copies(width, self.width))
        return remap(architecture, weights, maps, how)

    def words(self, architecture: Architecture) -> str:
        return f"widen {architecture[self.node].words} to {self.width}"


@dataclasses.dataclass(frozen=True)
class Narrow(Edit):
    """Keep only the ``width`` units of node ``node`` whose weights have the largest norm. Changes the function.

    Layers tied to it by an add keep the same units. Where that would cut a concat into other widths than `apply`
    planned, the first units stay instead.
    """

    node: str
    width: int
    kind: ClassVar[str] = "narrow"
    preserving: ClassVar[bool] = False

    @classmethod
    def legal(cls, architecture: Architecture) -> Iterator[Edit]:
        for id, width in _groups(architecture):
            narrower = sorted({_round(width * factor) for factor in SHRINKAGE}, reverse=True)
            yield from (cls(id, less) for less in narrower if NARROWEST <= less < width)

    def apply(self, architecture: Architecture) -> Architecture:
        width = _width(self, architecture, self.node)
        if not 1 <= self.width < width:
            raise refuse(self, f"the new width must be at least 1 and below {width}", self.width)
        return resize(architecture, travel(architecture, self.node, np.arange(self.width)))

    def inherit(self, architecture: Architecture, child: Architecture, weights: Weights, how: Inheritance) -> Arrays:
        norms = _unit_norms(architecture, weights, self.node)
        strongest = np.sort(np.argsort(-norms, kind="stable")[: self.width])
        return remap(
            architecture, weights, _travel_as(architecture, child, self.node, strongest, np.arange(self.width)), how
        )

    def words(self, architecture: Architecture) -> str:
        return f"narrow {architecture[self.node].words} to {self.width}"


def _groups(architecture: Architecture, times: int = 1) -> Iterator[tuple[str, int]]:
    """One node and its width for every set of layers whose widths are tied together and free to change.

    With ``times`` those that are not free, but can have that many times their width.
    """
    seen: set[str] = set()
    for each in architecture.nodes:
        if each.rule.channels != "make" or each.id in seen:
            continue
        width = architecture.shapes[each.id][-1]
        maps = _maps(architecture, each.id, width, width + 1)
        if maps is None and times > 1:
            maps = _maps(architecture, each.id, width, times * width)
        elif times > 1:
            continue
        if maps is not None:
            seen.update(maps)
            yield each.id, width


def _maps(architecture: Architecture, id: str, width: int, wider: int) -> Maps | None:
    """The maps of all that changes when node ``id`` gets ``wider`` channels; None where it cannot."""
    try:
        return travel(architecture, id, _first_copies(width, wider))
    except CannotTravel:
        return None


def _width(edit: Edit, architecture: Architecture, id: str) -> int:
    require_node(edit, architecture, id)
    if architecture[id].rule.channels != "make":
        raise refuse(edit, "the node must compute its own channels", architecture[id].words)
    return architecture.shapes[id][-1]


def _first_copies(width: int, wider: int) -> Map:
    """The map that repeats the first channels: the plain choice, for which only the widths matter."""
    return np.concatenate([np.arange(width), np.arange(wider - width) % width])


def _travel_as(architecture: Architecture, child: Architecture, id: str, change: Map, plain: Map) -> Maps:
    """Send ``change`` through the graph, or ``plain`` where a concat cuts it into other widths than the child has."""
    try:
        maps = travel(architecture, id, change)
    except CannotTravel:
        return travel(architecture, id, plain)
    fits = all(len(part) == child.shapes[name][-1] for name, part in maps.items())
    return maps if fits else travel(architecture, id, plain)


def _unit_norms(architecture: Architecture, weights: Weights, id: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Euclidean norm of the weights that make each output unit of node ``id``."""
    squares = np.zeros(architecture.shapes[id][-1])
    for spec, array in zip(architecture.weights[id], weights[id], strict=True):
        if "out" in spec.axes:
            others = tuple(axis for axis, role in enumerate(spec.axes) if role != "out")
            squares += np.square(array, dtype=np.float64).sum(axis=others)
    return np.sqrt(squares)


def _round(width: float) -> int:
    """A multiple of 8 from 16 on: odd widths cost as much as the next multiple."""
    return round(width) if width < 16 else 8 * round(width / 8)

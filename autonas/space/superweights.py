"""Where the weights of a supernet stand: one bank a piece, one row an alternative.

A *piece* is what one step of a supernet computes with: all pairs of source and option of a `Choice`, the fragment of a
term, or what follows a sum. Its bank is a matrix (rows, size) of float32; a child uses one row of every piece. A row
holds the arrays of its fragment end to end, in the order of its nodes, and zeros behind them.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from autonas.arch import Architecture, WeightSpec, node
from autonas.arch.op import Array
from autonas.arch.ops.cell import ACTIVATIONS
from autonas.arch.weights import initial_array
from autonas.space.supergraph import Cell, Choice, Route, Stage, SuperGraph, X, cell_choices

Floats = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Slot:
    """Where one array stands in its row: among those that gradients reach, or among the statistics of batch norms."""

    node: str
    spec: WeightSpec
    start: int

    @property
    def stop(self) -> int:
        """One past its last number."""
        return self.start + math.prod(self.spec.shape)


def slots_of(fragment: Architecture) -> tuple[Slot, ...]:
    """Return the places of all arrays of ``fragment``; trained ones and statistics are counted apart."""
    slots: list[Slot] = []
    ends = {True: 0, False: 0}
    for id, specs in fragment.weights.items():
        for spec in specs:
            slots.append(Slot(id, spec, ends[spec.trainable]))
            ends[spec.trainable] = slots[-1].stop
    return tuple(slots)


@dataclasses.dataclass(frozen=True)
class Piece:
    """One bank.

    Attributes:
        id: its name.
        options: the different fragments.
        names: the name before the ids of each row's nodes in a child; rows go through the options, once a source.
        owner: the child's node that all arrays belong to, one piece after the other; None: nodes of their own.
    """

    id: str
    options: tuple[Architecture, ...]
    names: tuple[str, ...]
    owner: str | None = None

    @property
    def fragments(self) -> tuple[Architecture, ...]:
        """What each row computes."""
        return self.options * (len(self.names) // len(self.options))

    @cached_property
    def slots(self) -> tuple[tuple[Slot, ...], ...]:
        """Where the arrays of each row stand."""
        return tuple(slots_of(fragment) for fragment in self.fragments)

    @property
    def size(self) -> int:
        """Numbers that are trained, in the longest row."""
        return self._longest(True)

    @property
    def statistics(self) -> int:
        """Numbers that are statistics, in the longest row."""
        return self._longest(False)

    def initial(self, rng: np.random.Generator) -> Floats:
        """Return fresh weights (rows, size)."""
        bank = np.zeros((len(self.fragments), self.size), np.float32)
        for row, slots in zip(bank, self.slots, strict=True):
            for slot in slots:
                if slot.spec.trainable:
                    row[slot.start : slot.stop] = initial_array(slot.spec, rng).ravel()
        return bank

    def decays(self) -> Floats:
        """Return 1 where weight decay pulls, on kernels, and 0 elsewhere: (rows, size)."""
        mask = np.zeros((len(self.fragments), self.size), np.float32)
        for row, slots in zip(mask, self.slots, strict=True):
            for slot in slots:
                if slot.spec.trainable and len(slot.spec.shape) > 1:
                    row[slot.start : slot.stop] = 1.0
        return mask

    def arrays(self, row: int, trained: Array, statistics: Array) -> dict[str, tuple[Array, ...]]:
        """Return a row's arrays by the ids of the child's nodes.

        Args:
            row: which one.
            trained, statistics: the row (size,), and the statistics of its batch norms.
        """
        found: dict[str, tuple[Array, ...]] = {}
        for slot in self.slots[row]:
            held = trained if slot.spec.trainable else statistics
            id = self.owner or f"{self.names[row]}_{slot.node}"
            found[id] = (*found.get(id, ()), np.array(held[slot.start : slot.stop]).reshape(slot.spec.shape))
        return found

    def _longest(self, trainable: bool) -> int:
        return max((slot.stop for row in self.slots for slot in row if slot.spec.trainable == trainable), default=0)


@dataclasses.dataclass(frozen=True)
class Use:
    """One piece on a route: which row, or None where its gate is shut."""

    piece: int
    row: int | None


def pieces_of(graph: SuperGraph) -> tuple[Piece, ...]:
    """Return every piece of ``graph``, in the order in which it is computed."""
    return tuple(piece for stage in graph.stages for piece in _pieces(stage))


def _pieces(stage: Stage) -> list[Piece]:
    if isinstance(stage, Choice):
        pairs = [(source, option) for source in range(len(stage.sources)) for option in range(len(stage.options))]
        options = tuple(fragment for _, fragment in stage.options)
        return [Piece(stage.id, options, tuple(stage.name(*pair) for pair in pairs))]
    if isinstance(stage, Cell):
        return _cell_pieces(stage)
    found = [
        Piece(stage.name(term), (term.fragment,), (stage.name(term),))
        for term in stage.terms
        if term.fragment is not None
    ]
    after = f"{stage.id}_after"
    return found if stage.after is None else [*found, Piece(after, (stage.after,), (after,))]


def _cell_pieces(stage: Cell) -> list[Piece]:
    """Return the kernels of input, state and of every node but the first, for each node that it may read."""
    alike = len(ACTIVATIONS) if stage.triples else 1
    widths = [(stage.channels, alike), (stage.units, alike)]
    widths += [(stage.units, place * alike) for place in range(1, stage.nodes)]
    pieces = []
    for number, (width, rows) in enumerate(widths):
        kernel = node("kernel", "dense", X, units=2 * stage.units, bias=False)
        fragment = Architecture((node(X, "input", shape=(width,)), kernel), ("kernel",))
        names = tuple(f"{stage.id}_{number}_{row}" for row in range(rows))
        pieces.append(Piece(f"{stage.id}_{number}", (fragment,), names, owner=stage.id))
    return pieces


def cell_rows(stage: Cell, previous: Sequence[Any], activations: Sequence[Any]) -> list[Any]:
    """Return the row of every piece of a cell; choices may be ints or tensors."""
    if not stage.triples:
        return [0, 0, *previous]
    alike = len(ACTIVATIONS)
    first = activations[0]
    return [first, first, *(read * alike + act for read, act in zip(previous, activations[1:], strict=True))]


def uses_of(graph: SuperGraph, route: Route) -> tuple[Use, ...]:
    """Return what a child uses of every piece, in the order of `pieces_of`."""
    graph.check(route)
    steps = iter(route)
    rows: list[int | None] = []
    for stage in graph.stages:
        if isinstance(stage, Choice):
            source = next(steps) if len(stage.sources) > 1 else 0
            option = next(steps) if len(stage.options) > 1 else 0
            rows.append(source * len(stage.options) + option)
            continue
        if isinstance(stage, Cell):
            rows += cell_rows(stage, *cell_choices(stage, steps))
            continue
        for term in stage.terms:
            live = not term.gated or next(steps)
            if term.fragment is not None:
                rows.append(0 if live else None)
        if stage.after is not None:
            rows.append(0)
    return tuple(Use(place, row) for place, row in enumerate(rows))


def child_weights(
    graph: SuperGraph,
    route: Route,
    architecture: Architecture,
    banks: Sequence[Array],
    statistics: Sequence[Array],
) -> Mapping[str, tuple[Array, ...]]:
    """Return the arrays of those nodes of a child that the supernet has, by node id.

    Args:
        graph, route: the supernet and the way through it.
        architecture: what `SuperGraph.child` made of the route.
        banks: one (rows, size) a piece.
        statistics: of batch norms, for this route, one (size,) a piece.
    """
    found: dict[str, tuple[Array, ...]] = {}
    for use, piece in zip(uses_of(graph, route), pieces_of(graph), strict=True):
        if use.row is not None:
            for id, arrays in piece.arrays(use.row, banks[use.piece][use.row], statistics[use.piece]).items():
                found[id] = (*found.get(id, ()), *arrays)
    return {id: arrays for id, arrays in found.items() if id in architecture.weights}

"""ENAS micro space (Pham et al. 2018, arXiv 1802.03268, section 2.4): two cells, of which a network is stacked.

A cell has two inputs and B blocks. A block adds up two ops, each over one of the inputs or an earlier block. There are
(5 * (B + 1)!)^4 pairs of a normal and a reduction cell in the paper's count. What no block reads is mixed into the
output: each such state through ReLU and a 1x1 conv of its own, the sum through a batch norm.

As in the released code, weights belong to a pair (state that is read, op); a separable conv is ReLU, depthwise, 1x1 and
batch norm, twice; before a reduction cell a factorized reduction doubles the channels, and within it all strides are 1.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property

from autonas.arch import Architecture
from autonas.arch.drawing import Drawing
from autonas.arch.op import Shape
from autonas.errors import SettingError, message
from autonas.space import tokens
from autonas.space.enas_macro import LARGE
from autonas.space.supergraph import INPUT, Choice, Entry, Route, Stage, Sum, SuperGraph, Term, X
from autonas.space.tokens import Step

OPS = ("sep3", "sep5", "avg3", "max3", "identity")
"""In the order of the released code."""

CELLS = ("normal", "reduction")
STEM = 3  # times the channels of the first cells


@dataclasses.dataclass(frozen=True)
class Micro:
    """The micro space over images (height, width, channels).

    Decisions are, for the normal and then for the reduction cell, two pairs (state, op) a block; states 0 and 1 are the
    cell's inputs, the block b makes state b + 2.

    Attributes:
        shape: of one image.
        outputs: number of logits or values.
        width: channels F of the first cells; they double at every reduction.
        layers: normal cells; two reduction cells come on top, after a third and after two thirds. The paper has 6.
        blocks: B, of a cell; the paper has 5.

    Raises:
        SettingError: fewer than 2 channels, 2 layers or 1 block.
    """

    shape: Shape
    outputs: int
    width: int = 8
    layers: int = 3
    blocks: int = 4

    def __post_init__(self) -> None:
        for name, value, least in (("width", self.width, 2), ("layers", self.layers, 2), ("blocks", self.blocks, 1)):
            if value < least:
                raise SettingError(message(name, f">= {least}", value, "Use 8 channels, 3 layers and 4 blocks"))

    @cached_property
    def graph(self) -> SuperGraph:
        """The supernet."""
        return SuperGraph(self.shape, tuple(_Stack(self).stages))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """What is decided."""
        return tuple(
            entry
            for cell in CELLS
            for block in range(self.blocks)
            for _ in range(2)
            for entry in (Entry(cell, "source", block + 2), Entry(cell, "op", len(OPS)))
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is decided, for a policy."""
        kinds = {"source": "state", "op": "op"}
        return tuple(tokens.Choice(kinds[entry.kind], entry.values) for entry in self.entries)

    def route(self, decisions: Sequence[int]) -> Route:
        """Return the route of ``decisions``: a cell's choices wherever it stands, and which states no block reads."""
        half = 4 * self.blocks
        whole = {cell: _cell_route(decisions[place * half :][:half]) for place, cell in enumerate(CELLS)}
        return tuple(value for cell in _cells(self.layers) for value in whole[cell])

    def network(self, decisions: Sequence[int]) -> Architecture:
        """Return the child of ``decisions``."""
        return self.graph.child(self.route(decisions))

    def words(self, decisions: Sequence[int]) -> str:
        """Say what is decided, such as ``sep3(0)+max3(1) ... / ...``: both cells, block by block."""
        pairs = [f"{OPS[op]}({state})" for state, op in zip(decisions[::2], decisions[1::2], strict=True)]
        blocks = [f"{one}+{other}" for one, other in zip(pairs[::2], pairs[1::2], strict=True)]
        return " / ".join(" ".join(blocks[place * self.blocks :][: self.blocks]) for place in range(len(CELLS)))

    @property
    def typical(self) -> Architecture:
        """A child with all ops in turn: about the mean of all in operations."""
        return self.network([place // 2 % entry.values for place, entry in enumerate(self.entries)])


def _cells(layers: int) -> list[str]:
    """Return which cell stands where."""
    total = layers + 2
    reductions = {total // 3, 2 * total // 3}
    return ["reduction" if place in reductions else "normal" for place in range(total)]


def _cell_route(decisions: Sequence[int]) -> tuple[int, ...]:
    """Return a cell's part of a route: its choices, and a gate for each state, open where no block reads it."""
    read = set(decisions[::2])
    states = len(decisions) // 4 + 2
    return (*(int(each) for each in decisions), *(int(state not in read) for state in range(states)))


class _Stack:
    """The stages of a stack of cells, while they are drawn."""

    def __init__(self, space: Micro) -> None:
        self._space, self._width = space, space.width
        self.stages: list[Stage] = []
        self._shapes: dict[str, Shape] = {INPUT: space.shape}
        before = last = self._put("stem", INPUT, _stem(space))
        for place, cell in enumerate(_cells(space.layers)):
            if cell == "reduction" and min(self._shapes[last][:2]) >= 4:
                self._width *= 2
                last, before = self._put(f"half{place}", last, _halved(self._shapes[last], self._width)), last
            before, last = last, self._cell(f"cell{place}", before, last)
        self._put("head", last, _head(self._shapes[last], space.outputs))

    def _put(self, id: str, source: str, fragment: Architecture) -> str:
        self.stages.append(Choice(id, (source,), ((id, fragment),)))
        self._shapes[id] = fragment.shapes[fragment.outputs[0]]
        return id

    def _cell(self, id: str, before: str, last: str) -> str:
        shape = (*self._shapes[last][:2], self._width)
        states = [self._fitted(f"{id}_in{place}", name, shape) for place, name in enumerate((before, last))]
        options = tuple((op, _op(op, shape)) for op in OPS)
        for block in range(self._space.blocks):
            name = f"{id}_block{block + 1}"
            sides = [Choice(f"{name}{side}", tuple(states), options) for side in ("a", "b")]
            self.stages += [*sides, Sum(name, tuple(Term(each.id) for each in sides))]
            states.append(name)
        mixed = tuple(Term(state, gated=True, fragment=_mix(shape)) for state in states)
        self.stages.append(Sum(id, mixed, after=_norm(shape)))
        self._shapes[id] = shape
        return id

    def _fitted(self, id: str, source: str, shape: Shape) -> str:
        """Bring a state to the cell's shape."""
        came = self._shapes[source]
        if came == shape:
            return source
        draw = Drawing(X, came)
        draw.put("relu")
        if came[:2] != shape[:2]:
            draw.put("factorized_reduction", filters=shape[-1])
        else:
            draw.put("conv", filters=shape[-1], kernel=1, bias=False)
        draw.put("batch_norm")
        return self._put(id, source, _fragment(draw))


def _stem(space: Micro) -> Architecture:
    draw = Drawing(X, space.shape)
    size = min(space.shape[:2])
    draw.put("conv", filters=STEM * space.width, kernel=3, bias=False)
    draw.put("batch_norm")
    while size > LARGE[2]:
        draw.put("max_pool")
        size = -(-size // 2)
    return _fragment(draw)


def _op(op: str, shape: Shape) -> Architecture:
    draw = Drawing(X, shape)
    if op in ("avg3", "max3"):
        draw.put(f"{op[:3]}_pool", size=3, stride=1)
    elif op != "identity":
        for _ in range(2):
            draw.put("relu")
            draw.put("separable_conv", filters=shape[-1], kernel=int(op[-1]), bias=False)
            draw.put("batch_norm")
    return _fragment(draw)


def _mix(shape: Shape) -> Architecture:
    draw = Drawing(X, shape)
    draw.put("relu")
    draw.put("conv", filters=shape[-1], kernel=1, bias=False)
    return _fragment(draw)


def _halved(shape: Shape, width: int) -> Architecture:
    draw = Drawing(X, shape)
    draw.put("factorized_reduction", filters=width)
    draw.put("batch_norm")
    return _fragment(draw)


def _norm(shape: Shape) -> Architecture:
    draw = Drawing(X, shape)
    draw.put("batch_norm")
    return _fragment(draw)


def _head(shape: Shape, outputs: int) -> Architecture:
    draw = Drawing(X, shape)
    draw.put("relu")
    draw.put("global_avg_pool")
    return draw.end(outputs)


def _fragment(draw: Drawing) -> Architecture:
    return Architecture(tuple(draw.nodes), (draw.last,))

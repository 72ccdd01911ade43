"""A supernet as data: stages that each hold several networks, of which a route takes one.

A route is a tuple of small ints, one an entry: which source a stage reads, which of its options is computed, whether a
term is added. It picks a *child*: an ordinary `Architecture`, whose nodes are named after the stage and option that
they come from, so that weights travel between the supernet and a child by name.

======== =================================================================================
word     meaning
======== =================================================================================
fragment an `Architecture` with one input, `X`: a piece of the child
stage    `Choice` (one of several fragments over one of several sources), `Sum` (of terms)
         or `Cell` (a recurrent cell)
entry    one decision of a route, by name, with the number of its values
======== =================================================================================
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal

from autonas.arch import Architecture, Node, node, prune
from autonas.arch.op import Shape
from autonas.arch.ops.cell import ACTIVATIONS
from autonas.errors import ArchitectureError, message

INPUT, X = "input", "x"
Route = tuple[int, ...]
Join = Literal["sum", "concat"]


@dataclasses.dataclass(frozen=True)
class Choice:
    """One of ``options`` over one of ``sources``; every pair of both owns its weights.

    Attributes:
        id: name of the stage, and of the state that it computes.
        sources: stages, or `INPUT`, all of one shape; a route entry picks one where there are several.
        options: fragments by name; a route entry picks one where there are several.
    """

    id: str
    sources: tuple[str, ...]
    options: tuple[tuple[str, Architecture], ...]

    def name(self, source: int, option: int) -> str:
        """Return the name before the ids of the nodes of a pair."""
        parts = [self.id, *(self.sources[source : source + 1] if len(self.sources) > 1 else ())]
        return "_".join([*parts, *([self.options[option][0]] if len(self.options) > 1 else [])])


@dataclasses.dataclass(frozen=True)
class Term:
    """One summand: a state, through ``fragment`` where there is one; ``gated`` ones are added if the route says so."""

    source: str
    gated: bool = False
    fragment: Architecture | None = None


@dataclasses.dataclass(frozen=True)
class Sum:
    """The sum of ``terms``, all of one shape, and then ``after``."""

    id: str
    terms: tuple[Term, ...]
    after: Architecture | None = None

    def name(self, term: Term) -> str:
        """Return the name before the ids of the nodes of a term's fragment."""
        return f"{self.id}_{term.source}"


@dataclasses.dataclass(frozen=True)
class Cell:
    """A recurrent cell over a sequence (`autonas.arch.ops.cell`), whose nodes are decided: what each reads, and its
    activation. Each pair (node, node that it reads) owns its kernel, as in the paper; with ``triples`` each pair and
    activation does, as in both released codes.

    Attributes:
        id: name of the stage.
        source: a stage of sequences, with so many ``channels``.
        units, nodes: of the cell.
        mean: of which nodes the state is the mean: ``ends`` or ``all``.
        triples: how kernels are shared.
        op: the child's node: ``enas_cell``, or ``enas_rnn``, whose state may go on from batch to batch.
    """

    id: str
    source: str
    channels: int
    units: int
    nodes: int
    mean: Literal["ends", "all"] = "ends"
    triples: bool = False
    op: Literal["enas_cell", "enas_rnn"] = "enas_cell"


Stage = Choice | Sum | Cell


@dataclasses.dataclass(frozen=True)
class Entry:
    """One decision of a route.

    Attributes:
        stage: id of the stage.
        kind: what is decided: the ``source`` or the ``op`` of a `Choice`, or the ``gate`` of a term.
        values: how many there are; a gate has two, 0 is shut.
    """

    stage: str
    kind: Literal["source", "op", "gate"]
    values: int


@dataclasses.dataclass(frozen=True)
class SuperGraph:
    """Stages in the order in which they are computed; the last one is the output (logits or values).

    Attributes:
        shape: of one example.
        stages: each reads `INPUT` or stages before it.
        input: id of a child's input node: the name that the data have.
    """

    shape: Shape
    stages: tuple[Stage, ...]
    input: str = INPUT

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The decisions of a route, in order."""
        return tuple(entry for stage in self.stages for entry in entries_of(stage))

    def check(self, route: Sequence[int]) -> None:
        """Raise `ArchitectureError` unless ``route`` fits the entries."""
        sizes = [entry.values for entry in self.entries]
        fits = len(route) == len(sizes) and all(0 <= step < size for step, size in zip(route, sizes, strict=False))
        if not fits:
            expected = f"{len(sizes)} ints below {tuple(sizes)}"
            raise ArchitectureError(message("a route", expected, tuple(route), "Use the space's sample"))

    def child(self, route: Sequence[int], join: Join = "sum") -> Architecture:
        """Return the network that ``route`` takes.

        Args:
            route: a value an entry.
            join: how the terms of a sum of bare states meet: as in the supernet (``sum``), whose weights then fit, or
                as in the fixed networks of the published code (``concat``: side by side, ReLU, 1x1 conv, batch norm).

        Raises:
            ArchitectureError: the route does not fit.
        """
        self.check(route)
        steps = iter(route)
        drawn = _Child(self.input, self.shape)
        for stage in self.stages:
            if isinstance(stage, Choice):
                drawn.choose(stage, steps)
            elif isinstance(stage, Cell):
                drawn.recur(stage, steps)
            else:
                drawn.add(stage, steps, join)
        return prune(drawn.nodes, (drawn.ids[self.stages[-1].id],))


def entries_of(stage: Stage) -> Iterator[Entry]:
    """Yield the entries of one stage."""
    if isinstance(stage, Sum):
        yield from (Entry(stage.id, "gate", 2) for term in stage.terms if term.gated)
        return
    if isinstance(stage, Cell):
        for place in range(stage.nodes):
            if place > 1:
                yield Entry(stage.id, "source", place)
            yield Entry(stage.id, "op", len(ACTIVATIONS))
        return
    if len(stage.sources) > 1:
        yield Entry(stage.id, "source", len(stage.sources))
    if len(stage.options) > 1:
        yield Entry(stage.id, "op", len(stage.options))


def cell_choices(stage: Cell, steps: Iterator[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return what every node but the first reads, counted from 0, and the number of each node's activation."""
    previous, activations = [], []
    for place in range(stage.nodes):
        if place:
            previous.append(next(steps) if place > 1 else 0)
        activations.append(next(steps))
    return tuple(previous), tuple(activations)


class _Child:
    """A child while it is drawn: its nodes, and the node that holds each state."""

    def __init__(self, name: str, shape: Shape) -> None:
        self.nodes: list[Node] = [node(name, "input", shape=shape)]
        self.ids = {INPUT: name}

    def choose(self, stage: Choice, steps: Iterator[int]) -> None:
        source = next(steps) if len(stage.sources) > 1 else 0
        option = next(steps) if len(stage.options) > 1 else 0
        entry = self.ids[stage.sources[source]]
        self.ids[stage.id] = self._splice(stage.options[option][1], stage.name(source, option), entry)

    def recur(self, stage: Cell, steps: Iterator[int]) -> None:
        previous, activations = cell_choices(stage, steps)
        names = tuple(tuple(ACTIVATIONS)[number] for number in activations)
        settings = {"units": stage.units, "mean": stage.mean, "sequences": True}
        read = tuple(place + 1 for place in previous)
        source = self.ids[stage.source]
        self.nodes.append(node(stage.id, stage.op, source, previous=read, activations=names, **settings))
        self.ids[stage.id] = stage.id

    def add(self, stage: Sum, steps: Iterator[int], join: Join) -> None:
        live = [term for term in stage.terms if not term.gated or next(steps)]
        ends = [
            self.ids[term.source]
            if term.fragment is None
            else self._splice(term.fragment, stage.name(term), self.ids[term.source])
            for term in live
        ]
        bare = any(term.gated and term.fragment is None for term in stage.terms)
        if join == "concat" and bare:
            self.ids[stage.id] = self._side_by_side(stage.id, ends)
            return
        last = ends[0]
        if len(ends) > 1:
            last = f"{stage.id}_sum"
            self.nodes.append(node(last, "add", ends))
        self.ids[stage.id] = last if stage.after is None else self._splice(stage.after, f"{stage.id}_after", last)

    def _side_by_side(self, id: str, ends: list[str]) -> str:
        last, shape = ends[0], prune(self.nodes, (ends[0],)).shapes[ends[0]]
        if len(ends) > 1:
            last = f"{id}_concat"
            self.nodes.append(node(last, "concat", ends))
        conv = {2: "conv1d", 3: "conv"}[len(shape)]
        self.nodes += [
            node(f"{id}_relu", "relu", last),
            node(f"{id}_mix", conv, f"{id}_relu", filters=shape[-1], kernel=1, bias=False),
            node(f"{id}_norm", "batch_norm", f"{id}_mix"),
        ]
        return f"{id}_norm"

    def _splice(self, fragment: Architecture, name: str, entry: str) -> str:
        """Add the nodes of ``fragment`` behind ``entry`` and return the id of its end."""
        ids = {X: entry, **{each.id: f"{name}_{each.id}" for each in fragment.nodes if each.id != X}}
        self.nodes += [
            dataclasses.replace(each, id=ids[each.id], inputs=tuple(ids[one] for one in each.inputs))
            for each in fragment.nodes
            if each.id != X
        ]
        return ids[fragment.outputs[0]]

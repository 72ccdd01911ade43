"""A supernet in Keras: one layer whose architecture is an input.

The route (`autonas.space.supergraph`) is an int tensor, the same for a whole batch, so one traced function serves every
child. Of several options only the chosen one is computed (`keras.ops.switch`), and of a bank of weights only the chosen
row is read: what training updates is rows, and those that were not chosen cost nothing.

======== ======================================================================= ===================
symbol   meaning                                                                 shape
======== ======================================================================= ===================
r        route                                                                   (entries,) int32
W        a bank: weights of all alternatives of a piece                          (rows, size)
w        the child's weights: one row of every bank                              list of (size,)
s        statistics of the child's batch norms, mean and variance, by piece      list of (statistics,)
======== ======================================================================= ===================

Batch norms have no moving averages here: those of a supernet mix what different children see, and mean nothing for any
(ALGORITHMS, trap 4). They normalise by the batch, or by statistics that are given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from autonas.arch import Architecture
from autonas.runtime.body import Body
from autonas.runtime.cell import looped
from autonas.runtime.compile import Precision
from autonas.runtime.replicas import Sync
from autonas.runtime.synchronised import Segments, synchronised
from autonas.space.supergraph import INPUT, Cell, Choice, Stage, Sum, SuperGraph, Term, cell_choices, entries_of
from autonas.space.superweights import Piece, cell_rows, pieces_of

Tensor = Any
Parts = list[Tensor]  # one tensor a piece


class Supernet(keras.layers.Layer):
    """All children of a graph over shared weights.

    Args:
        graph: the stages.
        seed: of the initial weights.
        precision: what layers compute in; weights and outputs stay float32.
    """

    def __init__(self, graph: SuperGraph, seed: int = 0, precision: Precision = "float32", name: str = "supernet"):
        super().__init__(name=name, dtype="float32")
        self.graph, self.pieces = graph, pieces_of(graph)
        self._options, self._precision = _options(self.pieces, precision), precision
        rng = np.random.default_rng(seed)
        self.banks = [self._bank(piece, rng) for piece in self.pieces]
        self.built = True

    @property
    def arrays(self) -> list[np.ndarray]:
        """All banks."""
        return [ops.convert_to_numpy(bank) for bank in self.banks]

    def call(self, inputs: tuple[Tensor, Tensor], training: bool = True) -> Tensor:
        """Return the outputs (n, outputs) of (x, route) by batch statistics, whatever ``training`` says."""
        x, route = inputs
        return self.run(x, route, self.rows(route), None)[0]

    def rows(self, route: Tensor) -> Parts:
        """Return w of a route."""
        places = zip(self.banks, self.places(route), strict=True)
        return [bank[0] if row is None else ops.take(bank, row, axis=0) for bank, (row, _) in places]

    def places(self, route: Tensor) -> list[tuple[Tensor | None, Tensor | None]]:
        """Return the row of each bank that a route takes, None where there is but one; and whether it is used, None
        where it always is.
        """
        return list(_places_of(self.graph, route))

    def synchronise(self) -> None:
        """Let batch norms see the batches of all replicas from now on, where `run` is run by a strategy."""
        for options in self._options:
            options.cut(self._precision)

    def run(
        self, x: Tensor, route: Tensor, w: Parts, s: Parts | None, sync: Sync | None = None
    ) -> tuple[Tensor, Parts]:
        """Return the outputs of a child, and the statistics of this batch.

        Args:
            x: (n, ...), as a network takes it.
            route: r.
            w: the child's weights, as `rows` gives them.
            s: what its batch norms normalise by; None: by this batch.
            sync: after `synchronise`, the mean over replicas, so that "this batch" is that of all of them; there are no
                statistics then.
        """
        walk = _Walk(self._options, route, w, s, sync)
        return walk.whole(self.graph, x), walk.seen

    def go_on(self, x: Tensor, route: Tensor, w: Parts, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Return the outputs of a child whose cell begins in the state ``memory`` (n, units), and the state in which it
        ends; arguments as for `run`."""
        walk = _Walk(self._options, route, w, None, None, memory)
        return walk.whole(self.graph, x), walk.memory

    def _bank(self, piece: Piece, rng: np.random.Generator) -> keras.Variable:
        first = piece.initial(rng)
        return self.add_weight(
            shape=first.shape, initializer=lambda shape, dtype: ops.cast(first, dtype), name=piece.id
        )


class _Options:
    """What the rows of a piece compute, of which one is chosen. Pieces that compute alike share one traced function."""

    def __init__(self, bodies: tuple[Body, ...], fragments: tuple[Architecture, ...]) -> None:
        self.bodies, self._fragments = bodies, fragments
        self._segments: list[Segments] = []
        self.size = max(max((slot.stop for slot in body.statistics), default=0) for body in bodies)
        self._read = tf.function(_one_of, autograph=False)
        self._chosen = tf.function(self._choose, autograph=False)

    def __call__(
        self,
        sources: list[Tensor],
        w: Tensor,
        s: Tensor | None,
        source: Tensor | None,
        option: Tensor | None,
        sync: Sync | None,
    ) -> tuple[Tensor, Tensor]:
        """Return the output and the statistics of one option over one source; of the only ones where these are None."""
        x = sources[0] if source is None else self._read(sources, source)
        if sync is not None:
            return synchronised(self._segments, x, w, option, sync), ops.zeros((self.size,))
        if option is None:
            return self.bodies[0](x, w, s, self.size)
        return self._chosen(x, w, s, option)

    def cut(self, precision: Precision) -> None:
        """Make ready for batches that are spread over replicas."""
        self._segments = self._segments or [Segments(fragment, precision) for fragment in self._fragments]

    def _choose(self, x: Tensor, w: Tensor, s: Tensor | None, option: Tensor) -> tuple[Tensor, Tensor]:
        return ops.switch(option, [_computing(body, x, w, s, self.size) for body in self.bodies])


class _Walk:
    """The way through the stages: takes route entries and pieces in their order."""

    def __init__(
        self,
        options: Sequence[_Options],
        route: Tensor,
        w: Parts,
        s: Parts | None,
        sync: Sync | None,
        memory: Tensor | None = None,
    ) -> None:
        self._route, self._at, self._sync, self.memory = route, 0, sync, memory
        self._pieces = iter(zip(options, w, s if s is not None else [None] * len(w), strict=True))
        self.seen: Parts = []

    def whole(self, graph: SuperGraph, x: Tensor) -> Tensor:
        states = {INPUT: x}
        for stage in graph.stages:
            states[stage.id] = self.through(stage, states)
        return states[graph.stages[-1].id]

    def through(self, stage: Stage, states: dict[str, Tensor]) -> Tensor:
        if isinstance(stage, Choice):
            return self.choose(stage, states)
        return self.recur(stage, states) if isinstance(stage, Cell) else self.add(stage, states)

    def recur(self, stage: Cell, states: dict[str, Tensor]) -> Tensor:
        previous, activations = cell_choices(stage, self._steps())
        own = [next(self._pieces) for _ in range(stage.nodes + 1)]
        self.seen += [ops.zeros((0,))] * len(own)
        widths = [stage.channels] + [stage.units] * stage.nodes
        weights = [ops.reshape(w, (width, -1)) for (_, w, _), width in zip(own, widths, strict=True)]
        read = ops.sum(ops.one_hot(ops.stack(previous), stage.nodes), axis=0) if previous else ops.zeros((stage.nodes,))
        live = ops.cast(read == 0, "float32") if stage.mean == "ends" else ops.ones((stage.nodes,))
        shares = live / ops.sum(live)
        outputs = looped(states[stage.source], weights, previous, activations, shares, self.memory)
        self.memory = outputs[:, -1]
        return outputs

    def choose(self, stage: Choice, states: dict[str, Tensor]) -> Tensor:
        sources = [states[name] for name in stage.sources]
        source = self._step() if len(sources) > 1 else None
        option = self._step() if len(stage.options) > 1 else None
        return self._computed(sources, source, option)

    def add(self, stage: Sum, states: dict[str, Tensor]) -> Tensor:
        total: Tensor | None = None
        for term in stage.terms:
            total = self._added(total, term, states[term.source])
        return total if stage.after is None else self._computed([total], None, None)

    def _added(self, total: Tensor | None, term: Term, x: Tensor) -> Tensor:
        gate = self._step() > 0 if term.gated else None
        if term.fragment is not None:
            return _plus(total, self._gated(gate, x))
        if gate is None:
            return _plus(total, x)
        if total is None:
            return ops.cond(gate, _giving(x), lambda: ops.zeros_like(x))
        return ops.cond(gate, lambda: ops.add(total, x), _giving(total))

    def _gated(self, gate: Tensor | None, x: Tensor) -> Tensor:
        options, w, s = next(self._pieces)
        body, size = options.bodies[0], options.size
        if gate is None:
            y, seen = body(x, w, s, size)
        else:
            shut = (ops.zeros((ops.shape(x)[0], *body.shape)), ops.zeros((size,)))
            y, seen = ops.cond(gate, _computing(body, x, w, s, size), _giving(shut))
        self.seen.append(seen)
        return y

    def _computed(self, sources: list[Tensor], source: Tensor | None, option: Tensor | None) -> Tensor:
        options, w, s = next(self._pieces)
        y, seen = options(sources, w, s, source, option, self._sync)
        self.seen.append(seen)
        return y

    def _steps(self) -> Iterator[Tensor]:
        while True:
            yield self._step()

    def _step(self) -> Tensor:
        self._at += 1
        return self._route[self._at - 1]


def _one_of(sources: list[Tensor], source: Tensor) -> Tensor:
    return ops.switch(source, [_giving(each) for each in sources])


def _plus(total: Tensor | None, x: Tensor) -> Tensor:
    return x if total is None else ops.add(total, x)


def _giving(x: Tensor) -> Callable[[], Tensor]:
    return lambda: x


def _computing(body: Body, x: Tensor, w: Tensor, s: Tensor | None, size: int) -> Callable[[], tuple[Tensor, Tensor]]:
    return lambda: body(x, w, s, size)  # each its own closure: one name for all would make every branch the last one


def _options(pieces: Sequence[Piece], precision: Precision) -> list[_Options]:
    """Return what each piece computes; equal fragments are built once, and so are equal lists of them."""
    bodies: dict[Architecture, Body] = {}
    options: dict[tuple[Body, ...], _Options] = {}
    for piece in pieces:
        for fragment in piece.options:
            if fragment not in bodies:
                bodies[fragment] = Body(fragment, precision)
    rows = [tuple(bodies[fragment] for fragment in piece.options) for piece in pieces]
    for row, piece in zip(rows, pieces, strict=True):
        if row not in options:
            options[row] = _Options(row, piece.options)
    return [options[row] for row in rows]


def _places_of(graph: SuperGraph, route: Tensor) -> Iterator[tuple[Tensor | None, Tensor | None]]:
    """Yield row and gate of every piece."""
    at = 0
    for stage in graph.stages:
        if isinstance(stage, Sum):
            for term in stage.terms:
                gate = route[at] > 0 if term.gated else None
                at += term.gated
                if term.fragment is not None:
                    yield None, gate
            if stage.after is not None:
                yield None, None
            continue
        if isinstance(stage, Cell):
            steps = sum(1 for _ in entries_of(stage))
            chosen = cell_choices(stage, iter([route[at + k] for k in range(steps)]))
            at += steps
            yield from ((row, None) for row in cell_rows(stage, *chosen))
            continue
        row: Tensor | None = None
        for values, factor in ((len(stage.sources), len(stage.options)), (len(stage.options), 1)):
            if values > 1:
                row = route[at] * factor + (0 if row is None else row)
                at += 1
        yield row, None

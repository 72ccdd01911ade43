"""ENAS macro space (Pham et al. 2018, arXiv 1802.03268, section 2.3): a whole network, layer by layer.

A layer takes one of six ops over the layer before it, and any of the layers before that are added to it. With L layers
there are 6^L 2^(L (L - 1) / 2) networks. Two layers, at a third and at two thirds, are followed by a factorized
reduction of every layer so far, so that all of them can still be added.

As in the released code every op begins with a 1x1 conv, batch norm and ReLU, and every (layer, op) owns its weights.
Channels are as many throughout, as published, or double where images are reduced. Sequences (text) get the same space
in one dimension, where a max pool and a 1x1 conv take the place of the factorized reduction.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property

from autonas.arch import Architecture
from autonas.arch.drawing import Drawing
from autonas.arch.op import Shape
from autonas.arch.ops.windows import SUFFIX
from autonas.errors import SettingError, message
from autonas.space import tokens
from autonas.space.supergraph import INPUT, Choice, Entry, Join, Route, Stage, Sum, SuperGraph, Term, X
from autonas.space.tokens import Step

OPS = ("conv3", "sep3", "conv5", "sep5", "avg3", "max3")
"""In the order of the released code."""

LARGE = {1: 64, 2: 16}  # places, pixels; what is larger is pooled by the stem: that is where the operations are
TOKENS = "tokens"


@dataclasses.dataclass(frozen=True)
class Macro:
    """The macro space over images (height, width, channels), sequences (length, channels), or texts (length,).

    Attributes:
        shape: of one example.
        outputs: number of logits or values.
        width: channels F.
        layers: L; the paper has 12.
        join: how skips meet in networks that are built alone: ``sum``, as in the supernet, or ``concat``, as in the
            fixed networks of the released code, which inherit all weights but those of the joins.
        vocabulary: how many ids of tokens a text may have, of which 0 is padding; None: not a text.
        doubling: whether channels double where an image is reduced to a quarter, so that later layers have as many
            operations as earlier ones and more parameters; else F throughout. Sequences, of which half remains, have F.

    Raises:
        SettingError: fewer than 2 channels or 2 layers.
    """

    shape: Shape
    outputs: int
    width: int = 16
    layers: int = 6
    join: Join = "sum"
    vocabulary: int | None = None
    doubling: bool = False

    def __post_init__(self) -> None:
        for name, value in (("width", self.width), ("layers", self.layers)):
            if value < 2:
                raise SettingError(message(name, ">= 2", value, "Use 16 channels and 6 layers"))

    @cached_property
    def graph(self) -> SuperGraph:
        """The supernet."""
        return SuperGraph(self.shape, tuple(_stages(self)), INPUT if self.vocabulary is None else TOKENS)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is decided: just the route."""
        return self.graph.entries

    def network(self, decisions: Sequence[int]) -> Architecture:
        """Return the child of ``decisions``: the op of layer 1, op and skips of layer 2, and so on.

        >>> Macro((8, 8, 1), 10, layers=2).network((0, 4, 1)).outputs
        ('head_dense_2',)
        """
        return self.graph.child(decisions, self.join)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is decided, for a policy: an op a layer, and which earlier ones are added."""
        return (tokens.Choice("op", len(OPS)), tokens.Skips()) * self.layers

    def route(self, decisions: Sequence[int]) -> Route:
        """Return the route of ``decisions``: here they are the same."""
        return tuple(int(each) for each in decisions)

    def words(self, decisions: Sequence[int]) -> str:
        """Say what is decided, such as ``conv3 sep5+0 max3+1``: the op of each layer, and which earlier states are
        added (0 is the stem)."""
        said: list[str] = []
        values = iter(decisions)
        for layer in range(self.layers):
            op = OPS[next(values)]
            skips = [str(place) for place in range(layer) if next(values)]
            said.append("+".join([op, *skips]))
        return " ".join(said)

    @property
    def typical(self) -> Architecture:
        """A child with all ops in turn and every second skip: about the mean of all in operations."""
        ops, gates = iter(range(10**6)), iter(range(10**6))
        route = [next(ops) % len(OPS) if entry.kind == "op" else next(gates) % 2 for entry in self.graph.entries]
        return self.network(route)


def _stages(space: Macro) -> list[Stage]:
    stem = _stem(space)
    stages: list[Stage] = [Choice("stem", (INPUT,), (("stem", stem),))]
    states, shape, width = ["stem"], _end(stem), space.width
    grows = space.doubling and len(shape) == 3
    reduced_after = {space.layers // 3 - 1, 2 * space.layers // 3 - 1}
    for layer in range(space.layers):
        name = f"layer{layer + 1}"
        branches = tuple((op, _branch(op, shape, width)) for op in OPS)
        stages.append(Choice(f"{name}_op" if layer else name, (states[-1],), branches))
        if layer:
            terms = (Term(f"{name}_op"), *(Term(state, gated=True) for state in states[:-1]))
            stages.append(Sum(name, terms, after=_norm(shape)))
        states.append(name)
        if layer in reduced_after and min(shape[:-1]) >= 4:
            width = 2 * width if grows else width
            reduction = _reduction(shape, width)
            reduced = [Choice(f"{state}_half", (state,), (("half", reduction),)) for state in states]
            stages += reduced
            states, shape = [each.id for each in reduced], _end(reduction)
    stages.append(Choice("head", (states[-1],), (("head", _head(space, shape)),)))
    return stages


def _stem(space: Macro) -> Architecture:
    draw, rank = Drawing(X, space.shape), max(len(space.shape) - 1, 1)
    size = min(space.shape[:rank])
    if space.vocabulary is not None:
        draw.put("embedding", tokens=space.vocabulary, width=space.width)
    draw.put("conv" + SUFFIX[rank], filters=space.width, kernel=3, bias=False)
    draw.put("batch_norm")
    if space.vocabulary is not None:
        draw.put("mask", (draw.last, X))
    while size > LARGE[rank]:
        draw.put("max_pool" + SUFFIX[rank])
        size = -(-size // 2)
    return _fragment(draw)


def _branch(op: str, shape: Shape, width: int) -> Architecture:
    suffix = SUFFIX[len(shape) - 1]
    draw = Drawing(X, shape)
    _conv(draw, "conv" + suffix, width, 1)
    kernel = int(op[-1])
    if op in ("avg3", "max3"):
        draw.put(f"{op[:3]}_pool{suffix}", size=kernel, stride=1)
    else:
        _conv(draw, ("conv" if op.startswith("conv") else "separable_conv") + suffix, width, kernel)
    return _fragment(draw)


def _conv(draw: Drawing, op: str, width: int, kernel: int) -> None:
    """Draw a conv of some kind, batch norm and ReLU."""
    draw.put(op, filters=width, kernel=kernel, bias=False)
    draw.put("batch_norm")
    draw.put("relu")


def _reduction(shape: Shape, width: int) -> Architecture:
    draw = Drawing(X, shape)
    if len(shape) == 3:
        draw.put("factorized_reduction", filters=width)
    else:
        draw.put("max_pool1d")
        draw.put("conv1d", filters=width, kernel=1, bias=False)
    draw.put("batch_norm")
    return _fragment(draw)


def _norm(shape: Shape) -> Architecture:
    draw = Drawing(X, shape)
    draw.put("batch_norm")
    return _fragment(draw)


def _head(space: Macro, shape: Shape) -> Architecture:
    draw = Drawing(X, shape)
    # Of a text that is mostly padding, a mean would say how long it is.
    pool = "global_avg_pool" if space.vocabulary is None else "global_max_pool"
    draw.put(pool + SUFFIX[len(shape) - 1])
    return draw.end(space.outputs)


def _fragment(draw: Drawing) -> Architecture:
    return Architecture(tuple(draw.nodes), (draw.last,))


def _end(fragment: Architecture) -> Shape:
    return fragment.shapes[fragment.outputs[0]]

"""Fragments of a supernet whose batch is spread over replicas, with batch norms that see all of it.

What synchronises replicas may not stand inside a branch that one of several is chosen by (`tf.distribute` refuses it),
so the options of a piece run segment by segment: of each segment the chosen one, then, outside, the batch norm behind
it. An option that has no further batch norm keeps its values as they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
from keras import ops

from autonas.arch import Architecture, node
from autonas.runtime.body import Body
from autonas.runtime.compile import Precision
from autonas.runtime.replicas import Sync, moments
from autonas.space.supergraph import X
from autonas.space.superweights import Slot, slots_of

Tensor = Any
_GIVEN = "given"  # the input of a segment that also reads the fragment's own


@dataclasses.dataclass(frozen=True)
class _Norm:
    """A batch norm: where its scale and offset stand in the row."""

    gamma: Slot
    beta: Slot
    epsilon: float
    channels: int


class Segments:
    """One fragment, a chain, cut where its batch norms are; what else nodes may read is the fragment's own input."""

    def __init__(self, fragment: Architecture, precision: Precision) -> None:
        slots = slots_of(fragment)
        self.bodies: list[Body] = []
        self.norms: list[_Norm] = []
        chain: list[Any] = []
        last = X
        for each in fragment.nodes[1:]:
            assert (each.inputs[0], *{*each.inputs[1:], X}) == (last, X), "no fragment of a supernet branches"
            last = each.id
            if each.op == "batch_norm":
                gamma, beta = (slot for slot in slots if slot.node == each.id and slot.spec.trainable)
                self.bodies.append(_body(fragment, chain, slots, precision))
                self.norms.append(_Norm(gamma, beta, each["epsilon"], gamma.spec.shape[0]))
                chain = []
            else:
                chain.append(each)
        self.bodies.append(_body(fragment, chain, slots, precision))

    def segment(self, place: int, x: Tensor, w: Tensor, first: Tensor) -> Tensor:
        """Return what a segment makes of ``x``; one that the fragment does not have changes nothing.

        ``first`` is the fragment's own input: the mask of a text reads it behind the first batch norm.
        """
        if place >= len(self.bodies):
            return x
        body = self.bodies[place]
        return body({X: first, _GIVEN: x} if body.inputs == 2 else x, w, None, 0)[0]

    def scale(self, place: int, w: Tensor, channels: int) -> tuple[Tensor, Tensor]:
        """Return scale and offset of a batch norm; ones and zeros where the fragment does not have it."""
        if place >= len(self.norms):
            return ops.ones((channels,)), ops.zeros((channels,))
        norm = self.norms[place]
        return w[norm.gamma.start : norm.gamma.stop], w[norm.beta.start : norm.beta.stop]


def synchronised(options: Sequence[Segments], x: Tensor, w: Tensor, option: Tensor | None, sync: Sync) -> Tensor:
    """Return the output of the chosen option (None: the only one), its batch norms over all replicas."""
    depth, first = max(len(each.norms) for each in options), x
    for place in range(depth + 1):
        x = _switched(option, [_segment(each, place, x, w, first) for each in options])
        if place < depth:
            norm = next(each.norms[place] for each in options if place < len(each.norms))
            gamma, beta = _switched(option, [_scale(each, place, w, norm.channels) for each in options])
            mean, variance = moments(x, sync)
            normal = (x - mean) * ops.rsqrt(variance + norm.epsilon) * gamma + beta
            has = [place < len(each.norms) for each in options]
            x = normal if all(has) else ops.where(tf.gather(tf.constant(has), option), normal, x)
    return x


def _body(fragment: Architecture, chain: Sequence[Any], slots: Sequence[Slot], precision: Precision) -> Body:
    shape = fragment.input_shapes(chain[0].id)[0] if chain else (1,)
    nodes = [node(X, "input", shape=shape)]
    if any(len(each.inputs) > 1 for each in chain) and chain[0].inputs != (X,):
        nodes = [node(X, "input", shape=fragment.shapes[X]), node(_GIVEN, "input", shape=shape)]
    for each in chain:
        nodes.append(dataclasses.replace(each, inputs=(nodes[-1].id, *each.inputs[1:])))
    return Body(Architecture(tuple(nodes), (nodes[-1].id,)), precision, slots)


def _switched(option: Tensor | None, branches: Sequence[Callable[[], Any]]) -> Any:
    return branches[0]() if option is None else ops.switch(option, branches)


def _segment(each: Segments, place: int, x: Tensor, w: Tensor, first: Tensor) -> Callable[[], Tensor]:
    return lambda: each.segment(place, x, w, first)


def _scale(each: Segments, place: int, w: Tensor, channels: int) -> Callable[[], tuple[Tensor, Tensor]]:
    return lambda: each.scale(place, w, channels)

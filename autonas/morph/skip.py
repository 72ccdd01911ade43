"""Skip connections that start without effect: add (a zero 1x1 conv) and concat (a 1x1 conv [I, 0]).

Auto-Keras (Jin et al. 2018), section 3.3.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from autonas.arch import Architecture, Node, Weights, node, prune
from autonas.morph.depth import CONVS, POOLS, chain, identity
from autonas.morph.edit import Arrays, Edit, Inheritance, fresh_id, refuse, require_node

_SOURCES = ("relu", "add", "concat", "mask", *POOLS)
_TARGETS = (
    *(f"{name}{end}" for name in ("conv", "separable_conv", "depthwise_conv") for end in ("", "1d")),
    *("dense", "batch_norm", "add"),
)


@dataclasses.dataclass(frozen=True)
class AddSkip(Edit):
    """Add to what node ``target`` gives a projection of node ``source`` that starts at zero.

    The source is pooled as the path between them pools. The target is read by a ReLU alone, as in a residual block, so
    that what follows stays non-negative.
    """

    source: str
    target: str
    kind: ClassVar[str] = "add_skip"
    preserving: ClassVar[bool] = True

    @classmethod
    def legal(cls, architecture: Architecture) -> Iterator[Edit]:
        for target in architecture.nodes:
            if _before_relu(architecture, target.id):
                yield from (cls(source, target.id) for source in _sources(architecture, target.id))

    def apply(self, architecture: Architecture) -> Architecture:
        _require(self, architecture, self.source, self.target)
        if not _before_relu(architecture, self.target):
            raise refuse(
                self,
                "the target must be a conv, dense, batch norm or add that a ReLU alone reads",
                architecture[self.target].words,
            )
        branch = _pooled(architecture, self.source, self.target)
        projection = _projection(architecture, branch, self.source, self.target, bias=False)
        end = {**architecture.by_id, **{each.id: each for each in (*branch, projection)}}
        joined = node(fresh_id(end, "add"), "add", (self.target, projection.id))
        nodes = (each.redirected(self.target, joined.id) for each in architecture.nodes)
        return prune((*nodes, *branch, projection, joined), architecture.outputs)

    def inherit(self, architecture: Architecture, child: Architecture, weights: Weights, how: Inheritance) -> Arrays:
        new = (id for id in child.weights if id not in architecture)
        zeros = {id: tuple(np.zeros(spec.shape, np.float32) for spec in child.weights[id]) for id in new}
        return {**weights, **zeros}

    def words(self, architecture: Architecture) -> str:
        return f"skip (add) from {architecture[self.source].words} to {architecture[self.target].words}"


@dataclasses.dataclass(frozen=True)
class ConcatSkip(Edit):
    """Put node ``source``, pooled as needed, beside node ``target``, and mix them by a 1x1 conv or dense of [I, 0]."""

    source: str
    target: str
    kind: ClassVar[str] = "concat_skip"
    preserving: ClassVar[bool] = True

    @classmethod
    def legal(cls, architecture: Architecture) -> Iterator[Edit]:
        for target in architecture.nodes:
            if _joinable(architecture, target.id):
                yield from (cls(source, target.id) for source in _sources(architecture, target.id))

    def apply(self, architecture: Architecture) -> Architecture:
        _require(self, architecture, self.source, self.target)
        if not _joinable(architecture, self.target):
            raise refuse(
                self, "the target must be a ReLU, pool or join that is never negative", architecture[self.target].words
            )
        branch = _pooled(architecture, self.source, self.target)
        taken = {**architecture.by_id, **{each.id: each for each in branch}}
        end = branch[-1].id if branch else self.source
        joined = node(fresh_id(taken, "concat"), "concat", (self.target, end))
        mixed = _mixer(architecture, joined, self.target)
        nodes = (each.redirected(self.target, mixed[-1].id) for each in architecture.nodes)
        return prune((*nodes, *branch, joined, *mixed), architecture.outputs)

    def inherit(self, architecture: Architecture, child: Architecture, weights: Weights, how: Inheritance) -> Arrays:
        new = (id for id in child.weights if id not in architecture)
        return {**weights, **{id: identity(child, id, how) for id in new}}

    def words(self, architecture: Architecture) -> str:
        return f"skip (concat) from {architecture[self.source].words} to {architecture[self.target].words}"


def _require(edit: Edit, architecture: Architecture, source: str, target: str) -> None:
    require_node(edit, architecture, source)
    require_node(edit, architecture, target)
    if source not in _sources(architecture, target):
        raise refuse(
            edit,
            "the source must be a never-negative node that the target depends on and is not joined to yet",
            architecture[source].words,
        )


def _sources(architecture: Architecture, target: str) -> list[str]:
    """Nodes that a skip to ``target`` can start from."""
    before = architecture.ancestors[target]
    joined = _joined(architecture, target)
    return [
        each.id
        for each in architecture.nodes
        if each.id in before
        and each.id in architecture.nonnegative
        and each.op in _SOURCES
        and each.id not in joined
        and _followable(architecture, each.id, target)
    ]


def _joined(architecture: Architecture, target: str) -> set[str]:
    """Nodes that a skip to ``target`` would only double: pools and at most one projection already bring them there.

    There means: among the terms of the sum that ``target`` is, or beside it in a join that reads it.
    """
    joins = (name for name in architecture.consumers[target] if architecture[name].op in ("add", "concat"))
    beside = (name for join in joins for name in architecture[join].inputs if name != target)
    terms = architecture[target].inputs if architecture[target].op == "add" else (target,)
    return {name for end in (*terms, *beside) for name in _pooled_from(architecture, end)}


def _pooled_from(architecture: Architecture, end: str) -> Iterator[str]:
    """Nodes of which ``end`` is a pooled projection, or pooled only, or nothing but the node itself."""
    each = architecture[end]
    if each.op == "dense" or (each.op in CONVS.values() and each["kernel"] == each["stride"] == 1):
        each = architecture[each.inputs[0]]
    yield each.id
    while each.op in POOLS:
        each = architecture[each.inputs[0]]
        yield each.id


def _followable(architecture: Architecture, source: str, target: str) -> bool:
    """Whether a skip can follow what happens to the size between; image to image and vector to vector it always can."""
    same_rank = len(architecture.shapes[source]) == len(architecture.shapes[target])
    return same_rank or _path(architecture, source, target) is not None


def _path(architecture: Architecture, source: str, target: str) -> list[Node] | None:
    """The nodes between that change the image's size, in order; None where a skip cannot follow (a flatten, a
    recurrent layer's last output)."""
    reached = architecture.descendants[source] | {source}
    steps: list[Node] = []
    current = target
    while current != source:
        each = architecture[current]
        previous = next(name for name in each.inputs if name in reached)
        if architecture.shapes[previous][:-1] != architecture.shapes[current][:-1]:
            steps.append(each)
        current = previous
    steps.reverse()
    return None if any(each.op in ("flatten", "lstm", "tree_rnn") for each in steps) else steps


def _pooled(architecture: Architecture, source: str, target: str) -> tuple[Node, ...]:
    """New pools that bring ``source`` to the image size of ``target``."""
    ops: list[tuple[str, dict[str, int | bool]]] = []
    for each in _path(architecture, source, target) or []:
        if each.op in POOLS:
            ops.append((each.op, dict(each.attributes)))  # type: ignore[arg-type]
        else:
            stride = each.attributes.get("stride", 2)
            pool = "avg_pool" if len(architecture.shapes[each.id]) == 3 else "avg_pool1d"
            ops.append((pool, {"size": stride, "stride": stride, "padding": "same"}))  # type: ignore[dict-item]
    return chain(architecture, source, ops)


def _projection(architecture: Architecture, branch: tuple[Node, ...], source: str, target: str, bias: bool) -> Node:
    taken = {**architecture.by_id, **{each.id: each for each in branch}}
    end, shape = branch[-1].id if branch else source, architecture.shapes[target]
    if len(shape) == 1:
        return node(fresh_id(taken, "dense"), "dense", end, units=shape[-1], bias=bias)
    conv = CONVS[len(shape)]
    return node(fresh_id(taken, conv), conv, end, filters=shape[-1], kernel=1, bias=bias)


def _mixer(architecture: Architecture, joined: Node, target: str) -> tuple[Node, ...]:
    """The nodes behind a concat: 1x1 conv, batch norm and ReLU, or dense and ReLU."""
    shape, number = architecture.shapes[target], int(joined.id.rsplit("_", 1)[1])
    names = (CONVS[len(shape)], "batch_norm", "relu") if len(shape) > 1 else ("dense", "relu")
    ids = [f"{op}_{number + 1 + k}" for k, op in enumerate(names)]
    mixing = {"filters": shape[-1], "kernel": 1, "bias": False}
    attrs = {**dict.fromkeys(CONVS.values(), mixing), "dense": {"units": shape[-1]}}
    before = [joined.id, *ids]
    return tuple(node(id, op, source, **attrs.get(op, {})) for id, op, source in zip(ids, names, before, strict=False))


def _before_relu(architecture: Architecture, id: str) -> bool:
    readers = architecture.consumers[id]
    made = architecture[id].op in _TARGETS
    return made and len(readers) == 1 and architecture[readers[0]].op == "relu"


def _joinable(architecture: Architecture, id: str) -> bool:
    each = architecture[id]
    return each.op in _SOURCES and id in architecture.nonnegative and id not in architecture.outputs

"""An architecture: a frozen directed acyclic graph of ops, validated at construction, without weights."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from autonas.arch import ops  # noqa: F401  (fills the registry)
from autonas.arch.op import OPS, Op, Shape, Value, WeightSpec
from autonas.errors import ArchitectureError


@dataclasses.dataclass(frozen=True)
class Node:
    """One op in a graph. Make it with `node`, which validates the attributes and fills in defaults.

    Attributes:
        id: unique in its architecture; edits keep it, so weights can be found by it.
        op: a key of `OPS`.
        inputs: ids of the nodes it reads, in order.
        attrs: attributes as sorted (name, value) pairs, so that a node can be hashed.
    """

    id: str
    op: str
    inputs: tuple[str, ...] = ()
    attrs: tuple[tuple[str, Value], ...] = ()

    def __getitem__(self, name: str) -> Any:
        """The value of attribute ``name``."""
        return self.attributes[name]

    @cached_property
    def attributes(self) -> Mapping[str, Value]:
        """The attributes by name."""
        return dict(self.attrs)

    @property
    def values(self) -> tuple[str, ...]:
        """The inputs that channels come by: all but those that hold ids."""
        return tuple(name for place, name in enumerate(self.inputs) if place not in self.rule.ids)

    @property
    def rule(self) -> Op:
        """The registry entry of the node's op."""
        return OPS[self.op]

    @property
    def words(self) -> str:
        """A short description for people, e.g. ``conv 3x3, 64``."""
        return self.rule.words(self.attributes)

    def redirected(self, old: str, new: str) -> Node:
        """The same node, reading ``new`` wherever it read ``old``."""
        if old not in self.inputs:
            return self
        return dataclasses.replace(self, inputs=tuple(new if name == old else name for name in self.inputs))

    def with_attrs(self, **changes: Any) -> Node:
        """The same node with some attributes changed."""
        return node(self.id, self.op, self.inputs, **{**self.attributes, **changes})


def node(id: str, op: str, inputs: Iterable[str] | str = (), /, **attrs: Any) -> Node:
    """Return a validated `Node`.

    >>> node("c1", "conv", "image", filters=16).words
    'conv 3x3, 16'

    Raises:
        ArchitectureError: the id cannot name a layer, the op is unknown, or an attribute is unknown, missing or out of
            range.
    """
    if not isinstance(id, str) or not id or "/" in id:
        raise ArchitectureError(f"A node's id must be a string, not empty and without '/'. Received: {id!r}.")
    if op not in OPS:
        raise ArchitectureError(
            f"An op must be one of {sorted(OPS)}. Received: {op!r}. New ops are added with autonas.arch.register."
        )
    names = (inputs,) if isinstance(inputs, str) else tuple(inputs)
    return Node(id, op, names, tuple(sorted(OPS[op].clean(attrs).items())))


@dataclasses.dataclass(frozen=True)
class Architecture:
    """A network as data: nodes in topological order, and the ids of its outputs (logits or values, one a head).

    Raises:
        ArchitectureError: ids repeat, a node reads one that does not come before it, shapes do not fit, or a node leads
            nowhere.
    """

    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_ids(self.nodes)
        _check_arity(self.nodes)
        _check_use(self.nodes, self.outputs)
        _ = self.shapes  # computes, and so checks, every shape

    def __hash__(self) -> int:
        return self._hash

    def __getstate__(self) -> dict[str, Any]:
        return {"nodes": self.nodes, "outputs": self.outputs}  # another process hashes strings differently

    def __getitem__(self, id: str) -> Node:
        """The node called ``id``."""
        return self.by_id[id]

    def __contains__(self, id: object) -> bool:
        return id in self.by_id

    @cached_property
    def _hash(self) -> int:
        return hash((self.nodes, self.outputs))  # once: searches look architectures up by the million

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """Nodes by id, in topological order."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Ids of the nodes that data enters by."""
        return tuple(node.id for node in self.nodes if node.op == "input")

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """Output shape of every node, the batch left out."""
        shapes: dict[str, Shape] = {}
        for each in self.nodes:
            try:
                shapes[each.id] = each.rule.shape(each.attributes, tuple(shapes[name] for name in each.inputs))
            except ValueError as error:
                raise ArchitectureError(f"Node '{each.id}' does not fit its inputs: {error}.") from error
        return shapes

    def input_shapes(self, id: str) -> tuple[Shape, ...]:
        """Shapes of the inputs of node ``id``."""
        return tuple(self.shapes[name] for name in self[id].inputs)

    @cached_property
    def consumers(self) -> Mapping[str, tuple[str, ...]]:
        """Ids of the nodes that read each node; one that reads it twice is named twice."""
        readers: dict[str, list[str]] = {node.id: [] for node in self.nodes}
        for each in self.nodes:
            for name in each.inputs:
                readers[name].append(each.id)
        return {name: tuple(ids) for name, ids in readers.items()}

    @cached_property
    def ancestors(self) -> Mapping[str, frozenset[str]]:
        """Ids of all nodes that each node depends on."""
        table: dict[str, frozenset[str]] = {}
        for each in self.nodes:
            table[each.id] = frozenset(each.inputs).union(*(table[name] for name in each.inputs))
        return table

    @cached_property
    def descendants(self) -> Mapping[str, frozenset[str]]:
        """Ids of all nodes that depend on each node."""
        table: dict[str, frozenset[str]] = {}
        for each in reversed(self.nodes):
            readers = self.consumers[each.id]
            table[each.id] = frozenset(readers).union(*(table[name] for name in readers))
        return table

    @cached_property
    def weights(self) -> Mapping[str, tuple[WeightSpec, ...]]:
        """Specifications of the arrays of every node that owns any."""
        specs = {node.id: node.rule.weights(node.attributes, self.input_shapes(node.id)) for node in self.nodes}
        return {name: spec for name, spec in specs.items() if spec}

    @cached_property
    def parameters(self) -> int:
        """Number of scalars in all weights, as ``keras.Model.count_params`` counts them."""
        return sum(math.prod(spec.shape) for specs in self.weights.values() for spec in specs)

    @cached_property
    def flops(self) -> int:
        """Floating-point operations of one example at inference; a multiply-add counts as two."""
        return sum(
            node.rule.flops(node.attributes, self.input_shapes(node.id), self.shapes[node.id]) for node in self.nodes
        )

    @cached_property
    def nonnegative(self) -> frozenset[str]:
        """Ids of the nodes whose output can never be negative."""
        found: set[str] = set()
        for each in self.nodes:
            kept = each.rule.sign == "keeps" and all(name in found for name in each.values)
            if each.rule.sign == "makes" or kept:
                found.add(each.id)
        return frozenset(found)


def _check_ids(nodes: tuple[Node, ...]) -> None:
    seen: set[str] = set()
    for each in nodes:
        if each.id in seen:
            raise _repeated(each.id)
        missing = [name for name in each.inputs if name not in seen]
        if missing:
            raise ArchitectureError(
                f"A node must come after the nodes it reads. "
                f"Received: node {each.id!r}, which reads {missing} too early or not at all."
            )
        seen.add(each.id)


def _repeated(id: str) -> ArchitectureError:
    return ArchitectureError(f"Node ids must be unique. Received: {id!r} twice.")


def _check_arity(nodes: tuple[Node, ...]) -> None:
    for each in nodes:
        least, most = each.rule.arity
        if len(each.inputs) < least or (most is not None and len(each.inputs) > most):
            bound = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} to {most}"
            raise ArchitectureError(
                f"Op '{each.op}' must have {bound} inputs. Received: {len(each.inputs)} at node {each.id!r}."
            )


def _check_use(nodes: tuple[Node, ...], outputs: tuple[str, ...]) -> None:
    ids = {each.id for each in nodes}
    unknown = [name for name in outputs if name not in ids]
    if not outputs or unknown:
        raise ArchitectureError(f"Outputs must name nodes. Received: {list(outputs)}; not among the nodes: {unknown}.")
    idle = ids - live(nodes, outputs)
    if idle:
        raise ArchitectureError(
            f"Every node must lead to an output. Received: idle nodes {sorted(idle)}. Use autonas.arch.prune."
        )


def live(nodes: Iterable[Node], outputs: Iterable[str]) -> set[str]:
    """Ids of the nodes that some output depends on; ``nodes`` in topological order."""
    wanted = set(outputs)
    for each in reversed(tuple(nodes)):
        if each.id in wanted:
            wanted.update(each.inputs)
    return wanted


def prune(nodes: Iterable[Node], outputs: tuple[str, ...]) -> Architecture:
    """Return the architecture of ``nodes``, put into topological order, without those that lead to no output."""
    ordered = _topological(tuple(nodes))
    wanted = live(ordered, outputs)
    return Architecture(tuple(each for each in ordered if each.id in wanted), outputs)


def _topological(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Order ``nodes`` so that inputs come first, keeping the given order where it is free."""
    by_id: dict[str, Node] = {}
    for each in nodes:
        if each.id in by_id:
            raise _repeated(each.id)
        by_id[each.id] = each
    placed: dict[str, Node] = {}
    for each in nodes:
        _place(each, by_id, placed)
    return tuple(placed.values())


def _place(last: Node, by_id: Mapping[str, Node], placed: dict[str, Node]) -> None:
    """Put ``last`` into ``placed``, after the nodes it depends on."""
    waiting = {last.id: last}  # each is an input of the one before it
    while waiting:
        each = next(reversed(waiting.values()))
        ahead = next((name for name in each.inputs if name in by_id and name not in placed), None)
        if ahead in waiting:
            raise ArchitectureError(f"An architecture must be free of cycles. Received: one through node {ahead!r}.")
        if ahead is not None:
            waiting[ahead] = by_id[ahead]
        else:
            placed[each.id] = waiting.pop(each.id)

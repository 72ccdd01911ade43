"""Deepen (Net2DeeperNet, Chen et al. 2016, section 2.4) with layers that start as the identity, and remove layers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from autonas.arch import Architecture, Node, Weights, node, prune
from autonas.arch.architecture import live
from autonas.arch.op import Array
from autonas.morph.edit import Arrays, Edit, Inheritance, fresh_id, refuse, require_node

KERNELS = (1, 3, 5)
DEEP_NOISE = 1e-3  # ratio of noise to weights for identity layers
CONVS = {2: "conv1d", 3: "conv"}
"""The convolution for a tensor of each rank."""
POOLS = tuple(f"{name}_pool{end}" for name in ("max", "avg", "global_avg", "global_max") for end in ("", "1d"))
_SITES = ("relu", "add", "concat", "mask", *POOLS)
_REMOVABLE = (*(f"{name}{end}" for name in ("conv", "separable_conv", "depthwise_conv") for end in ("", "1d")), "dense")
_NORMALISED = ("conv", "separable_conv", "conv1d", "separable_conv1d", "dense")


@dataclasses.dataclass(frozen=True)
class Deepen(Edit):
    """Put an identity layer behind node ``node``: conv, batch norm and ReLU; dense and ReLU; or a batch norm.

    The ReLU changes nothing because it is only put where the node is never negative (`Architecture.nonnegative`).

    Attributes:
        node: the node whose readers will read the new layer.
        op: ``conv``, ``conv1d``, ``dense`` or ``batch_norm``.
        kernel: window of the conv, odd; 0 for the others.
    """

    node: str
    op: str
    kernel: int = 0
    kind: ClassVar[str] = "deepen"
    preserving: ClassVar[bool] = True

    @classmethod
    def legal(cls, architecture: Architecture) -> Iterator[Edit]:
        for each in architecture.nodes:
            rank = len(architecture.shapes[each.id])
            if each.id in architecture.outputs:
                continue
            if each.op in _SITES and each.id in architecture.nonnegative:
                if rank in CONVS:
                    smallest = min(architecture.shapes[each.id][:-1])
                    op = CONVS[rank]
                    yield from (cls(each.id, op, kernel) for kernel in KERNELS if kernel <= max(smallest, 1))
                else:
                    yield cls(each.id, "dense")
            if each.op in _NORMALISED and not _normalised(architecture, each.id):
                yield cls(each.id, "batch_norm")

    def apply(self, architecture: Architecture) -> Architecture:
        self._require(architecture)
        layer = self._layer(architecture)
        last = layer[-1].id
        nodes = (each.redirected(self.node, last) for each in architecture.nodes)
        return prune((*nodes, *layer), architecture.outputs)

    def inherit(self, architecture: Architecture, child: Architecture, weights: Weights, how: Inheritance) -> Arrays:
        new = (id for id in child.weights if id not in architecture)
        return {**weights, **{id: identity(child, id, how) for id in new}}

    def words(self, architecture: Architecture) -> str:
        windows = {"conv": f"conv {self.kernel}x{self.kernel}", "conv1d": f"conv {self.kernel}"}
        name = windows.get(self.op, self.op.replace("_", " "))
        return f"add {name} after {architecture[self.node].words}"

    def _require(self, architecture: Architecture) -> None:
        require_node(self, architecture, self.node)
        shape = architecture.shapes[self.node]
        ranks = {"conv": (3,), "conv1d": (2,), "dense": (1,), "batch_norm": (1, 2, 3)}
        if self.op not in ranks or len(shape) not in ranks[self.op]:
            raise refuse(
                self,
                "conv needs an image, conv1d a sequence, dense a vector; other ops cannot start as the identity",
                f"{self.op} on {shape}",
            )
        if self.node in architecture.outputs:
            raise refuse(self, "an output must stay the last node", self.node)
        if (self.op in CONVS.values()) != (self.kernel % 2 == 1):
            raise refuse(self, "kernel must be odd for conv and 0 otherwise", self.kernel)

    def _layer(self, architecture: Architecture) -> tuple[Node, ...]:
        """The new nodes, in order."""
        width = architecture.shapes[self.node][-1]
        ops: list[tuple[str, dict[str, int | bool]]] = [("batch_norm", {})]
        if self.op in CONVS.values():
            ops.insert(0, (self.op, {"filters": width, "kernel": self.kernel, "bias": False}))
        elif self.op == "dense":
            ops = [("dense", {"units": width})]
        if self.op != "batch_norm" and self.node in architecture.nonnegative:
            ops.append(("relu", {}))
        return chain(architecture, self.node, ops)


@dataclasses.dataclass(frozen=True)
class Remove(Edit):
    """Take out layer ``node`` together with the batch norm and ReLU behind it, or an add, whose first input stays.

    Changes the function.
    """

    node: str
    kind: ClassVar[str] = "remove"
    preserving: ClassVar[bool] = False

    @classmethod
    def legal(cls, architecture: Architecture) -> Iterator[Edit]:
        for each in architecture.nodes:
            edit = cls(each.id)
            if edit._obstacle(architecture) is None:
                yield edit

    def apply(self, architecture: Architecture) -> Architecture:
        require_node(self, architecture, self.node)
        obstacle = self._obstacle(architecture)
        if obstacle is not None:
            raise refuse(self, obstacle, architecture[self.node].words)
        return prune(self._rest(architecture), architecture.outputs)

    def inherit(self, architecture: Architecture, child: Architecture, weights: Weights, how: Inheritance) -> Arrays:
        return {id: weights[id] for id in child.weights}

    def words(self, architecture: Architecture) -> str:
        return f"remove {architecture[self.node].words}"

    def _obstacle(self, architecture: Architecture) -> str | None:
        """What forbids the edit, or None."""
        each = architecture[self.node]
        if each.op != "add" and each.op not in _REMOVABLE:
            return f"the node must be an add or one of {_REMOVABLE}"
        block, kept = _block(architecture, self.node), each.inputs[0]
        if any(id in architecture.outputs for id in block):
            return "an output must stay"
        if architecture.shapes[kept] != architecture.shapes[self.node]:
            return "the layer's input and output must have one shape"
        readers = architecture.consumers[block[-1]]
        if any(kept in architecture[reader].inputs for reader in readers):
            return "a reader would read the same node twice"
        several = len(architecture.inputs) > 1
        if several and not live(self._rest(architecture), architecture.outputs).issuperset(architecture.inputs):
            return "every input of the network must stay in use"
        return None

    def _rest(self, architecture: Architecture) -> tuple[Node, ...]:
        """The nodes, with the layer's readers reading its first input; the layer itself leads nowhere."""
        last, kept = _block(architecture, self.node)[-1], architecture[self.node].inputs[0]
        return tuple(each.redirected(last, kept) for each in architecture.nodes)


def chain(architecture: Architecture, source: str, ops: list[tuple[str, dict[str, int | bool]]]) -> tuple[Node, ...]:
    """Return new nodes, each reading the one before it and the first reading ``source``."""
    made: list[Node] = []
    for number, (op, attrs) in enumerate(ops):
        made.append(node(fresh_id(architecture.by_id, op, number), op, made[-1].id if made else source, **attrs))
    return tuple(made)


def identity(architecture: Architecture, id: str, how: Inheritance) -> tuple[Array, ...]:
    """Return weights with which conv, dense or batch norm ``id`` gives back its input."""
    each, specs = architecture[id], architecture.weights[id]
    if each.op == "batch_norm":
        # Not 1: the op divides by sqrt(1 + epsilon).
        return tuple(
            np.full(
                spec.shape, {"gamma": np.sqrt(1 + each["epsilon"]), "variance": 1.0}.get(spec.name, 0.0), np.float32
            )
            for spec in specs
        )
    return tuple(
        how.disturb(_identity_array(spec.shape), DEEP_NOISE)
        if spec.name == "kernel"
        else np.zeros(spec.shape, np.float32)
        for spec in specs
    )


def _identity_array(shape: tuple[int, ...]) -> Array:
    """An identity from the last axis but one to the last, at the centre of the window; further inputs weigh nothing."""
    array = np.zeros(shape, np.float32)
    centre = tuple(size // 2 for size in shape[:-2])
    array[centre] = np.eye(shape[-2], shape[-1])
    return array


def _normalised(architecture: Architecture, id: str) -> bool:
    readers = architecture.consumers[id]
    return bool(readers) and all(architecture[reader].op == "batch_norm" for reader in readers)


def _block(architecture: Architecture, id: str) -> list[str]:
    """Node ``id`` and the batch norm and ReLU that follow it alone; an add stands for itself."""
    block = [id]
    if architecture[id].op == "add":
        return block
    for op in ("batch_norm", "relu"):
        readers = architecture.consumers[block[-1]]
        if len(readers) == 1 and architecture[readers[0]].op == op:
            block.append(readers[0])
    return block

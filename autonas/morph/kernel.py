"""Enlarge a convolution's window by a ring of zeros."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from autonas.arch import Architecture, Weights
from autonas.arch.op import Array
from autonas.morph.edit import Arrays, Edit, Inheritance, refuse, require_node

LARGEST = 7


@dataclasses.dataclass(frozen=True)
class Enlarge(Edit):
    """Give the convolution ``node`` a window two pixels larger, zeros around the old one.

    Under "same" padding the window's centre stays put only while it is at least as large as the stride.
    """

    node: str
    kind: ClassVar[str] = "enlarge"
    preserving: ClassVar[bool] = True

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
        nodes = (
            each.with_attrs(kernel=each["kernel"] + 2) if each.id == self.node else each for each in architecture.nodes
        )
        return Architecture(tuple(nodes), architecture.outputs)

    def inherit(self, architecture: Architecture, child: Architecture, weights: Weights, how: Inheritance) -> Arrays:
        pairs = zip(weights[self.node], child.weights[self.node], strict=True)
        return {**weights, self.node: tuple(_ring(array, spec.shape) for array, spec in pairs)}

    def words(self, architecture: Architecture) -> str:
        size = architecture[self.node]["kernel"] + 2
        window = "x".join([str(size)] * (len(architecture.shapes[self.node]) - 1))
        return f"enlarge {architecture[self.node].words} to {window}"

    def _obstacle(self, architecture: Architecture) -> str | None:
        """What forbids the edit, or None."""
        each = architecture[self.node]
        if "kernel" not in each.attributes:
            return "the node must be a convolution"
        if each["kernel"] + 2 > LARGEST:
            return f"the window must not grow past {LARGEST}"
        if each["kernel"] < each["stride"]:
            return "the window must be at least as large as the stride"
        if each["kernel"] >= max(architecture.input_shapes(self.node)[0][:-1]):
            return "the window must be smaller than the image or the sequence"
        return None


def _ring(array: Array, shape: tuple[int, ...]) -> Array:
    """Pad ``array`` with zeros, as much before as after, up to ``shape``."""
    return np.pad(array, [((new - old) // 2, (new - old) // 2) for old, new in zip(array.shape, shape, strict=True)])

"""What an op is: attributes, shape rule, weights, cost and a numpy reference, in one registry entry.

A shape leaves the batch out: an image is ``(height, width, channels)``, a vector ``(features,)``. Channels are always
the last axis.
Text enters as ids of tokens, ``(length,)``, whole numbers of which 0 is padding; some ops read such ids beside a
sequence ``(length, channels)``, and channels pass through their first input alone.
An op says how channels pass through it, so that edits can be written once for all ops:

========== ===============================================================================
channels   meaning
========== ===============================================================================
``source`` the network's input: nothing may change its channels
``make``   new channels are computed (conv, dense): the width is an attribute, ``Op.width``
``keep``   channel i of the output depends on channel i of the input alone (batch norm, pool)
``even``   as ``keep``, but normalised by all channels (layer norm): all may be copied, equally often
``equal``  several inputs with the same channels, joined one to one (add)
``along``  several inputs, their channels side by side (concat)
``unroll`` channels repeat for every position (flatten)
``fixed``  new channels whose number no edit may change (factorized reduction)
``rigid``  as ``fixed``, and no edit may change those of its inputs (word logits)
========== ===============================================================================
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from autonas.errors import ArchitectureError

Shape = tuple[int, ...]
Value = bool | int | float | str | tuple[int, ...] | tuple[str, ...]
Attrs = Mapping[str, Value]
Array = npt.NDArray[Any]

Role = Literal["in", "carry", "out", "own", "gates", "head"] | None
"""What an axis of a weight runs over.

``in``: input channels that are summed over; ``carry``: input channels kept apart; ``out``: output channels; ``own``:
output channels of the step before, summed over; ``gates``: output channels, once a gate; ``head``: heads of attention;
None: anything else.
"""
Channels = Literal["source", "make", "keep", "even", "equal", "along", "unroll", "fixed", "rigid"]
Sign = Literal["makes", "keeps", "loses"]
Initial = Literal["he", "glorot", "zeros", "ones", "small", "recurrent", "leaves", "attention"]
LEARNT: tuple[Initial, ...] = ("he", "glorot", "small", "recurrent", "leaves", "attention")
"""Initial distributions that are random."""


@dataclasses.dataclass(frozen=True)
class Attribute:
    """One attribute of an op: its type, its default (None: must be given) and what it accepts."""

    kind: type
    expected: str
    accepts: Callable[[Any], bool] = lambda value: True
    default: Value | None = None

    def clean(self, op: str, name: str, value: Any) -> Value:
        """Return ``value`` as plain Python data, or raise `ArchitectureError`."""
        plain = _plain(value)
        if self.kind is float and type(plain) is int:
            plain = float(plain)
        if type(plain) is not self.kind or not self.accepts(plain):
            raise ArchitectureError(f"{name} of op '{op}' must be {self.expected}. Received: {value!r}.")
        return plain  # type: ignore[return-value]


@dataclasses.dataclass(frozen=True)
class WeightSpec:
    """One array of an op: its shape, what each axis runs over, its initial distribution, whether gradients reach it."""

    name: str
    shape: Shape
    axes: tuple[Role, ...]
    initial: Initial
    trainable: bool = True


@dataclasses.dataclass(frozen=True)
class Op:
    """One entry of the op registry. All functions are pure.

    Attributes:
        name: the key in `OPS` and in JSON.
        arity: smallest and largest number of inputs (None: no bound).
        attributes: accepted attributes by name.
        channels, sign: how channels and signs pass through (module docstring; ``makes``: the output is never negative).
        shape: output shape from attributes and input shapes; raises ValueError where they do not fit.
        weights: the arrays the op owns, in the order in which they are stored.
        flops: floating-point operations of one example at inference; a multiply-add counts as two.
        reference: the op in numpy, at inference: ``(attrs, inputs, weights) -> output``, batch axis first.
        width: the attribute that sets the number of output channels, for ``make`` and ``fixed``.
        commutative: the order of the inputs does not matter.
        ids: positions of the inputs that hold ids of tokens.
        words: a short description for people.
    """

    name: str
    channels: Channels
    sign: Sign
    shape: Callable[[Attrs, tuple[Shape, ...]], Shape]
    flops: Callable[[Attrs, tuple[Shape, ...], Shape], int]
    reference: Callable[[Attrs, tuple[Array, ...], tuple[Array, ...]], Array]
    words: Callable[[Attrs], str]
    attributes: Mapping[str, Attribute] = dataclasses.field(default_factory=dict)
    weights: Callable[[Attrs, tuple[Shape, ...]], tuple[WeightSpec, ...]] = lambda attrs, inputs: ()
    arity: tuple[int, int | None] = (1, 1)
    width: str | None = None
    commutative: bool = False
    ids: tuple[int, ...] = ()

    def clean(self, attrs: Mapping[str, Any]) -> dict[str, Value]:
        """Return ``attrs`` validated, as plain Python data, with defaults filled in."""
        unknown = sorted(set(attrs) - set(self.attributes))
        if unknown:
            raise ArchitectureError(
                f"Attributes of op '{self.name}' must be among {sorted(self.attributes)}. Received: {unknown}."
            )
        return {name: self._value(name, attribute, attrs) for name, attribute in self.attributes.items()}

    def _value(self, name: str, attribute: Attribute, attrs: Mapping[str, Any]) -> Value:
        if name in attrs:
            return attribute.clean(self.name, name, attrs[name])
        if attribute.default is None:
            raise ArchitectureError(
                f"Op '{self.name}' needs the attribute {name!r}: {attribute.expected}. Received: none."
            )
        return attribute.default


OPS: dict[str, Op] = {}
"""Every op by name. An op of your own is one more entry, made with `register`."""


def register(op: Op) -> Op:
    """Add ``op`` to `OPS` and return it.

    Raises:
        ArchitectureError: the name is taken, or an op that makes channels names no width attribute.
    """
    if op.name in OPS:
        raise ArchitectureError(f"An op's name must be new. Received: {op.name!r}, which is registered already.")
    if op.channels in ("make", "fixed") and op.width not in op.attributes:
        raise ArchitectureError(
            f"Op {op.name!r} makes channels, so its width must name an attribute. Received: {op.width!r}."
        )
    OPS[op.name] = op
    return op


def positive_int(default: int | None = None) -> Attribute:
    """An attribute that takes an int >= 1."""
    return Attribute(int, "an int >= 1", lambda value: bool(value >= 1), default)


def flag(default: bool) -> Attribute:
    """An attribute that takes a bool."""
    return Attribute(bool, "a bool", default=default)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    return value

"""The convolutional space of NAS (Zoph & Le 2016, section 3.3): layers by tokens, joined by skip connections.

A layer is a conv (filter height and width, strides where they are predicted, number of filters), batch norm and ReLU.
An anchor point says which earlier layers feed it; several are concatenated in depth. Three repairs make every row of
decisions a network: a layer that nothing feeds takes the image; outputs that nobody reads are concatenated before the
classifier; unequal sizes are zero-padded to the larger. Decisions may end after any layer: the network is then
shallower.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np

from autonas.arch import Architecture
from autonas.arch.drawing import Drawing
from autonas.arch.op import Shape
from autonas.errors import SettingError, message
from autonas.morph import Edit
from autonas.space.tokens import Choice, Skips, Step

SIZES = (1, 3, 5, 7)
STRIDES = (1, 2, 3)
FILTERS = (24, 36, 48, 64)


@dataclasses.dataclass(frozen=True)
class CnnSpace:
    """Networks of up to ``layers`` layers.

    Attributes:
        shape: (height, width, channels) of an image.
        outputs: number of logits or values.
        layers: most of them.
        first_layers: how many the starter has.
        filters: to choose from, ascending.
        strides: whether strides are predicted, from 1, 2 and 3; else they are 1.
        pooled: put a max-pool behind the layers at a third and at two thirds of the depth.
        max_parameters, max_flops: bounds on a network; None for none.

    Raises:
        SettingError: a setting is out of its range, or the starter out of bounds.
    """

    shape: Shape
    outputs: int
    layers: int = 15
    first_layers: int = 6
    filters: tuple[int, ...] = FILTERS
    strides: bool = False
    pooled: bool = False
    max_parameters: int | None = None
    max_flops: int | None = None
    inherits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if len(self.shape) != 3:
            raise SettingError(message("shape", "that of an image, (height, width, channels)", self.shape, "Reshape x"))
        if not 1 <= self.first_layers <= self.layers:
            received = (self.first_layers, self.layers)
            raise SettingError(message("first_layers", ">= 1 and at most layers", received, "Use 6 and 15"))
        if not self.filters or min(self.filters) < 1 or list(self.filters) != sorted(set(self.filters)):
            raise SettingError(message("filters", "ascending, all >= 1", self.filters, "Use (24, 36, 48, 64)"))
        for name, cost in (("max_parameters", self._first.parameters), ("max_flops", self._first.flops)):
            bound = getattr(self, name)
            if bound is not None and bound < cost:
                expected = f">= {cost}, what the starter has"
                raise SettingError(message(name, expected, bound, "Use fewer filters, or None for no bound"))

    @property
    def layer(self) -> tuple[Step, ...]:
        """What is decided of one layer."""
        strides = (Choice("stride height", len(STRIDES)), Choice("stride width", len(STRIDES)))
        sizes = (Choice("filter height", len(SIZES)), Choice("filter width", len(SIZES)))
        return (*sizes, *(strides if self.strides else ()), Choice("filters", len(self.filters)), Skips())

    @property
    def steps(self) -> tuple[Step, ...]:
        """What is decided, layer by layer."""
        return self.layer * self.layers

    def length(self, layers: int) -> int:
        """Return how many steps decide so many layers."""
        return len(self.layer) * min(layers, self.layers)

    @property
    def starters(self) -> tuple[Architecture, ...]:
        """A chain of convs 3x3 with the second smallest number of filters."""
        return (self._first,)

    @cached_property
    def _first(self) -> Architecture:
        filters, layers = self.filters[:2][-1], range(self.first_layers)
        return self._drawn(tuple(_Layer((3, 3), (1, 1), filters, (at - 1,) if at else ()) for at in layers))

    def decided(self, decisions: Sequence[int]) -> Architecture | None:
        """Return the network of ``decisions``; None where it breaks a bound."""
        network = self._drawn(self._read(decisions))
        few = self.max_parameters is None or network.parameters <= self.max_parameters
        return network if few and (self.max_flops is None or network.flops <= self.max_flops) else None

    def families(self, architecture: Architecture) -> Mapping[str, Iterable[Edit]]:
        """Return none: these networks are decided, not edited."""
        return {}

    def child(self, architecture: Architecture, edit: Edit) -> Architecture | None:
        """Return None: no edit belongs to the space."""
        return None

    def sample(self, rng: np.random.Generator) -> Architecture:
        """Return a network of 1 to ``layers`` layers whose decisions are drawn evenly, or where a hundred break the
        bounds the starter.
        """
        for _ in range(100):
            network = self.decided(self._evenly(int(rng.integers(1, self.layers + 1)), rng))
            if network is not None:
                return network
        return self.starters[0]

    def _evenly(self, layers: int, rng: np.random.Generator) -> list[int]:
        row: list[int] = []
        for at in range(layers):
            choices = [step.options for step in self.layer if isinstance(step, Choice)]
            row += [int(rng.integers(options)) for options in choices] + [int(rng.integers(2)) for _ in range(at)]
        return row

    def _read(self, decisions: Sequence[int]) -> tuple[_Layer, ...]:
        """Return the layers that ``decisions`` decide, up to the first that is not there."""
        layers: list[_Layer] = []
        at, choices = 0, len(self.layer) - 1
        while at < len(decisions) and decisions[at] >= 0 and len(layers) < self.layers:
            height, width, *strides, filters = decisions[at : at + choices]
            bits = decisions[at + choices : at + choices + len(layers)]
            stride = (STRIDES[strides[0]], STRIDES[strides[1]]) if strides else (1, 1)
            fed_by = tuple(number for number, bit in enumerate(bits) if bit)
            layers.append(_Layer((SIZES[height], SIZES[width]), stride, self.filters[filters], fed_by))
            at += choices + len(bits)
        if not layers:
            raise SettingError(message("decisions", "those of one layer at least", decisions, "Use a sampled row"))
        return tuple(layers)

    def _drawn(self, layers: tuple[_Layer, ...]) -> Architecture:
        draw = Drawing("input", self.shape)
        ends: list[str] = []
        pools = {len(layers) // 3 - 1, 2 * len(layers) // 3 - 1} if self.pooled else set()
        for number, layer in enumerate(layers):
            _join(draw, [ends[each] for each in layer.fed_by] or ["input"])
            _conv(draw, layer)
            if number in pools and min(_shapes(draw)[draw.last][:2]) >= 2:
                draw.put("max_pool")
            ends.append(draw.last)
        read = {each for layer in layers for each in layer.fed_by}
        _join(draw, [end for number, end in enumerate(ends) if number not in read])
        draw.put("global_avg_pool")
        return draw.end(self.outputs)


@dataclasses.dataclass(frozen=True)
class _Layer:
    """One layer: its window, stride, number of filters, and which earlier layers feed it."""

    window: tuple[int, int]
    stride: tuple[int, int]
    filters: int
    fed_by: tuple[int, ...]


def _conv(draw: Drawing, layer: _Layer) -> None:
    (height, width), (down, right) = layer.window, layer.stride
    if height == width and down == right:
        draw.put("conv", filters=layer.filters, kernel=height, stride=down, bias=False)
    else:
        draw.put(
            "rect_conv",
            filters=layer.filters,
            kernel_height=height,
            kernel_width=width,
            stride_height=down,
            stride_width=right,
            bias=False,
        )
    draw.put("batch_norm")
    draw.put("relu")


def _join(draw: Drawing, sources: list[str]) -> None:
    """Draw what makes one image of several, zero-padded to the largest and concatenated in depth."""
    shapes = _shapes(draw)
    height, width = (max(shapes[each][axis] for each in sources) for axis in (0, 1))
    padded = [
        each if shapes[each][:2] == (height, width) else draw.put("pad_to", each, height=height, width=width)
        for each in sources
    ]
    draw.last = padded[0] if len(padded) == 1 else draw.put("concat", tuple(padded))


def _shapes(draw: Drawing) -> Mapping[str, Shape]:
    """Return the shape of everything drawn."""
    shapes: dict[str, Shape] = {}
    for each in draw.nodes:
        shapes[each.id] = each.rule.shape(each.attributes, tuple(shapes[name] for name in each.inputs))
    return shapes

"""EAS's two spaces (Cai et al. 2017, arXiv 1707.04873): rounds of transformations of one start network.

A row of decisions is an episode: ``wider`` steps, in each of which every layer says yes or no to the next width of its
list, then ``deeper`` steps, each of which puts one layer behind another: a block, a place in it, and the size of the
window. Blocks are separated by pools; the last one is of dense layers, before which no conv stands behind it. All
transformations keep the function: an episode's network begins with what the start network has learnt. In a DenseNet
dense layers grow, and are copied (`autonas.morph.DenseLayer`).

An edit that would break a bound is left out, and the row says so: a yes that came to nothing is 2, and a block that got
no layer has its number plus BLOCKS. So a row means the same network under any bounds, as a policy that learns from it
again needs (`time_limit`, which bounds follow from, may be another one when a search goes on).

======== ==================================================================
symbol   meaning
======== ==================================================================
L        tokens of a network at most: convs, pools and dense layers
D        decisions of an episode: wider * L + deeper * 3; -1 where there is none
======== ==================================================================
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np

from autonas.arch import Architecture
from autonas.errors import SettingError, message
from autonas.morph import Deepen, DenseLayer, Edit, Widen
from autonas.morph.dense_layer import dense_layer
from autonas.morph.depth import KERNELS

LEVELS = (16, 32, 64, 96, 128, 192, 256, 320, 384, 448, 512, 576, 640)
UNITS = (64, 128, 256, 384, 512, 640)
L = 50
BLOCKS, PLACES = 5, 10
"""How many blocks, and places in a block, a deeper step can choose from."""

LEFT_OUT = {"wider": 1, "deeper": BLOCKS}
"""What a decision has more where its edit would have broken a bound."""


@dataclasses.dataclass(frozen=True)
class Layer:
    """One token of a network.

    Attributes:
        kind: ``conv``, ``pool``, ``dense``, or in a DenseNet ``unit``: a dense layer with its bottleneck.
        node: the op's node.
        end: the node behind which a layer can be put: its ReLU, or the pool.
        block: which block it belongs to.
        width, kernel: of the op; 0 where it has none.
    """

    kind: str
    node: str
    end: str
    block: int
    width: int = 0
    kernel: int = 0


@dataclasses.dataclass(frozen=True)
class TransformSpace:
    """What episodes make of a chain of convs, pools and dense layers.

    Attributes:
        start: where every episode begins.
        levels, units: widths of convs and of dense layers, ascending.
        wider, deeper: steps of an episode.
        max_parameters, max_flops: bounds on a network; None for none.

    Raises:
        SettingError: the start network is no such chain, or out of bounds.
    """

    start: Architecture
    levels: tuple[int, ...] = LEVELS
    units: tuple[int, ...] = UNITS
    wider: int = 4
    deeper: int = 5
    max_parameters: int | None = None
    max_flops: int | None = None
    inherits: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if min(self.wider, self.deeper) < 0 or self.wider + self.deeper < 1:
            received = f"{self.wider} and {self.deeper}"
            raise SettingError(message("wider and deeper", ">= 0, and one of them >= 1", received, "Use 4 and 5"))
        for name in ("levels", "units"):
            listed = getattr(self, name)
            if not listed or list(listed) != sorted(set(listed)):
                raise SettingError(message(name, "widths, ascending", listed, "Leave it out"))
        found = layers_of(self.start)
        if not found or found[-1].block >= BLOCKS or len(found) > L:
            expected = f"a chain of at most {BLOCKS} blocks and {L} layers"
            raise SettingError(message("start", expected, [each.kind for each in found], "Use plain_start"))
        if not self._fits(self.start):
            received = f"{self.start.parameters} parameters"
            raise SettingError(message("start", "within the bounds", received, "Use a smaller one"))

    @property
    def starters(self) -> tuple[Architecture, ...]:
        """The start network."""
        return (self.start,)

    @property
    def steps(self) -> TransformSpace:
        """What is decided: an episode of this space."""
        return self

    @property
    def decisions(self) -> int:
        """D."""
        return self.wider * L + self.deeper * 3

    def slices(self) -> Iterator[tuple[str, slice]]:
        """Yield every step's name, ``wider`` or ``deeper``, and its columns."""
        for at in range(self.wider):
            yield "wider", slice(at * L, (at + 1) * L)
        for at in range(self.deeper):
            begin = self.wider * L + at * 3
            yield "deeper", slice(begin, begin + 3)

    def decided(self, decisions: Sequence[int]) -> Architecture | None:
        """Return the network at the end of an episode, or None where it is out of bounds."""
        *_, network = self.networks(decisions)
        return network if self._fits(network) else None

    def transformations(self, decisions: Sequence[int]) -> tuple[Edit, ...]:
        """Return the edits that lead from the start network to the end of an episode."""
        return tuple(edit for _, edits in self._replay(decisions) for edit in edits)

    def networks(self, decisions: Sequence[int]) -> list[Architecture]:
        """Return the start network and the one after every step."""
        return [self.start, *(network for network, _ in self._replay(decisions))]

    def _replay(self, decisions: Sequence[int]) -> Iterator[tuple[Architecture, tuple[Edit, ...]]]:
        network = self.start
        for name, part in self.slices():
            network, edits = self.step(network, name, decisions[part])
            yield network, edits

    def step(self, network: Architecture, name: str, decided: Sequence[int]) -> tuple[Architecture, tuple[Edit, ...]]:
        """Return ``network`` after one step of an episode, and the step's edits."""
        edits = tuple(edit for _, edit in self._wanted(network, name, decided))
        for edit in edits:
            network = edit.apply(network)
        return network, edits

    def taken(self, network: Architecture, name: str, decided: Sequence[int]) -> tuple[Architecture, list[int]]:
        """Return ``network`` after a step that was just decided, and the decisions, in which what would break a bound
        is marked as left out."""
        row = list(decided)
        for at, edit in self._wanted(network, name, decided):
            after = edit.apply(network)
            if self._fits(after):
                network = after
            else:
                row[at] += LEFT_OUT[name]
        return network, row

    def _wanted(self, network: Architecture, name: str, decided: Sequence[int]) -> list[tuple[int, Edit]]:
        """Return the edits of a step, each with the decision that asks for it; none of what was left out."""
        if name == "deeper":
            edit = self._deeper(network, decided)
            return [] if edit is None else [(0, edit)]
        yes = [
            (at, layer) for at, (layer, bit) in enumerate(zip(layers_of(network), decided, strict=False)) if bit == 1
        ]
        widths = [(at, layer.node, self.next_width(layer)) for at, layer in yes]
        return [(at, Widen(node, width)) for at, node, width in widths if width is not None]

    def _deeper(self, network: Architecture, decided: Sequence[int]) -> Edit | None:
        block, place, kernel = decided
        if not 0 <= block < BLOCKS:
            return None
        layer = self.places(network)[block][place]
        if layer.kind == "unit":
            return DenseLayer(layer.end)
        return Deepen(layer.end, "dense") if kernel < 0 else Deepen(layer.end, "conv", KERNELS[kernel])

    def next_width(self, layer: Layer) -> int | None:
        """Return the next width of a layer's list; None for a pool, or where it is at the end."""
        if layer.kind == "pool":
            return None
        return next((each for each in self._list(layer) if each > layer.width), None)

    def places(self, network: Architecture) -> list[list[Layer]]:
        """Return the layers of every block behind which a layer can be put; none of a full block.

        In the last one, of dense layers, that is the final pool too.
        """
        found = layers_of(network)
        blocks: list[list[Layer]] = [[] for _ in range(found[-1].block + 1)]
        for layer in found:
            if layer.kind != "pool" or (layer.block == found[-1].block and not is_dense(network)):
                blocks[layer.block].append(layer)
        full = len(found) >= L - 1
        return [[] if full or len(block) >= PLACES else block for block in blocks]

    def sized(self, network: Architecture) -> list[bool]:
        """Return for every block whether a new layer's window has a size to choose: in blocks of convs."""
        blocks = len(self.places(network))
        return [False] * blocks if is_dense(network) else [number < blocks - 1 for number in range(blocks)]

    def tokens(self, network: Architecture) -> list[int]:
        """Return a number for each layer, from 1: what it is, and how wide."""
        numbers = []
        for layer in layers_of(network):
            level = sum(each <= layer.width for each in self._list(layer)) if layer.kind != "pool" else 0
            kernel = KERNELS.index(layer.kernel) if layer.kernel in KERNELS else 0
            places = {"conv": kernel, "dense": 3, "unit": 4}
            base = 1 + places[layer.kind] * self._most if layer.kind != "pool" else 0
            numbers.append(1 + base + max(level - 1, 0))
        return numbers

    @property
    def vocabulary(self) -> int:
        """How many tokens there are, 0 for none included."""
        return 2 + 5 * self._most

    @cached_property
    def _most(self) -> int:
        return max(len(self.levels), len(self.units))

    def families(self, architecture: Architecture) -> Mapping[str, Iterable[Edit]]:
        """Return none: episodes are decided as a whole."""
        return {}

    def child(self, architecture: Architecture, edit: Edit) -> Architecture | None:
        """Return None: no single edit leads on."""
        return None

    def sample(self, rng: np.random.Generator) -> Architecture:
        """Return the end of an episode drawn evenly."""
        return self.networks(self.evenly(rng))[-1]

    def evenly(self, rng: np.random.Generator) -> list[int]:
        """Return an episode in which every decision is drawn evenly."""
        row, network = [-1] * self.decisions, self.start
        for name, part in self.slices():
            if name == "wider":
                can = [self.next_width(each) is not None for each in layers_of(network)]
                row[part.start : part.start + len(can)] = [int(rng.integers(2)) if yes else -1 for yes in can]
            else:
                row[part] = self._evenly_deeper(network, rng)
            network, row[part] = self.taken(network, name, row[part])
        return row

    def _evenly_deeper(self, network: Architecture, rng: np.random.Generator) -> list[int]:
        places = self.places(network)
        open_blocks = [number for number, block in enumerate(places) if block]
        if not open_blocks:
            return [-1, -1, -1]
        block = int(rng.choice(open_blocks))
        place = int(rng.integers(len(places[block])))
        sized = self.sized(network)[block]
        return [block, place, int(rng.integers(len(KERNELS))) if sized else -1]

    def _list(self, layer: Layer) -> tuple[int, ...]:
        return self.units if layer.kind == "dense" else self.levels

    def _fits(self, network: Architecture) -> bool:
        few = self.max_parameters is None or network.parameters <= self.max_parameters
        return few and (self.max_flops is None or network.flops <= self.max_flops)


def layers_of(network: Architecture) -> list[Layer]:
    """Return the tokens of a chain, in order; its last dense layer, which gives the outputs, is none."""
    if is_dense(network):
        return _dense_layers(network)
    found: list[Layer] = []
    block = 0
    for each in network.nodes:
        if each.id in network.outputs or each.op in ("input", "batch_norm", "relu", "dropout"):
            continue
        if each.op in ("max_pool", "avg_pool", "global_avg_pool", "flatten"):
            block += 1
            found.append(Layer("pool", each.id, each.id, block))
        elif each.op == "conv":
            found.append(Layer("conv", each.id, _relu(network, each.id), block, each["filters"], each["kernel"]))
        elif each.op == "dense":
            found.append(Layer("dense", each.id, _relu(network, each.id), block, each["units"]))
        else:
            raise SettingError(message("start", "a chain of convs, pools and dense layers", each.op, "Use plain_start"))
    return found


def is_dense(network: Architecture) -> bool:
    """Whether a network is a DenseNet: it has stacks."""
    return any(dense_layer(network, each.id) for each in network.nodes)


def _dense_layers(network: Architecture) -> list[Layer]:
    """Return the dense layers and pools of a DenseNet, in order; stem and transitions follow them and are none."""
    found: list[Layer] = []
    block = 0
    for each in network.nodes:
        layer = dense_layer(network, each.id)
        if layer:
            found.append(Layer("unit", layer[-1], each.id, block, network[layer[-1]]["filters"]))
        elif each.op in ("avg_pool", "global_avg_pool"):
            block += 1
            found.append(Layer("pool", each.id, each.id, block))
    return found


def _relu(network: Architecture, id: str) -> str:
    """Return the ReLU at the end of a layer."""
    while network[id].op != "relu":
        id = network.consumers[id][0]
    return id

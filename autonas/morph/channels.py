"""Channel maps: how a change of one layer's width travels through a graph, both ways.

notation  meaning                                                                  shape
m         channel map of a tensor: new channel j is (a copy of) old channel m[j]   (new width,)

Widening is a map that repeats channels, narrowing one that leaves some out. A map travels forward through batch norms,
pools and ReLUs as it is, through concat at an offset, through flatten once a position; at an add all inputs must agree,
so it travels back to the other producers. A layer norm keeps its mean and variance where every channel is repeated
equally often, and lets no other map pass.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from autonas.arch import Architecture, Node, Weights
from autonas.arch.op import LEARNT, Array, WeightSpec
from autonas.errors import ArchitectureError
from autonas.morph.edit import Arrays, Inheritance

Map = npt.NDArray[np.int64]
Maps = Mapping[str, Map]

WIDE_NOISE = 1e-2  # Net2Net's usual ratio of noise to weights for copied units


class CannotTravel(ArchitectureError):
    """A channel map meets channels that cannot follow: an input, an output, a concat that splits them otherwise, or a
    layer norm."""


def travel(architecture: Architecture, id: str, change: Map) -> Maps:
    """Return the channel map of every tensor that changes when node ``id`` gets the channel map ``change``.

    Raises:
        CannotTravel: some node cannot follow.
    """
    made: dict[str, Map] = {}  # maps of the layers that compute their own channels
    _push_back(architecture, id, change, made)
    maps = _pull_forward(architecture, made)
    frozen = [name for name in architecture.outputs if name in maps]
    if frozen:
        raise CannotTravel(f"The width of output '{frozen[0]}' is fixed by the task.")
    return maps


def _pull_forward(architecture: Architecture, made: dict[str, Map]) -> Maps:
    """Compute all maps from those of the producers; where an add adds to ``made``, go back to what was added first."""
    places = {each.id: place for place, each in enumerate(architecture.nodes)}
    maps: dict[str, Map] = {}
    place = min(places[name] for name in made)
    while place < len(places):
        each = architecture.nodes[place]
        incoming = [maps.get(name) for name in each.inputs]
        pushed = _mend(architecture, each, incoming, made) if each.rule.channels == "equal" else ()
        if pushed:
            place = min(places[name] for name in pushed)
            continue
        outgoing = made.get(each.id) if each.rule.channels == "make" else _forward(architecture, each, incoming)
        if outgoing is not None:
            maps[each.id] = outgoing
        place += 1
    return maps


def _mend(architecture: Architecture, each: Node, incoming: list[Map | None], made: dict[str, Map]) -> tuple[str, ...]:
    """Push the changed input's map back into the other inputs of an add; return which producers had to change."""
    changed = next((change for change in incoming if change is not None), None)
    if changed is None:
        return ()
    known = len(made)
    behind = [name for name, change in zip(each.inputs, incoming, strict=True) if not _same(change, changed)]
    for name in behind:
        _push_back(architecture, name, changed, made)
    if behind and len(made) == known:
        raise CannotTravel(f"The inputs of node '{each.id}' cannot be brought to the same channels.")
    return tuple(made)[known:]


def _same(change: Map | None, other: Map) -> bool:
    """Whether both are one map; most often they are one array."""
    return change is other or (change is not None and np.array_equal(change, other))


def _forward(architecture: Architecture, each: Node, incoming: list[Map | None]) -> Map | None:
    """The map of a node's output, where all inputs of an add agree; None where nothing changes."""
    if all(change is None for change in incoming):
        return None
    if each.rule.channels == "rigid":
        raise CannotTravel(f"Node '{each.id}' ({each.words}) needs its inputs as wide as they are.")
    if each.rule.channels == "even":
        _require_even(architecture, each, incoming[0])
    if each.rule.channels in ("keep", "even", "equal"):
        return incoming[0]
    shapes = architecture.input_shapes(each.id)
    if each.rule.channels == "along":
        offsets = np.cumsum([0, *(shape[-1] for shape in shapes)])
        whole = (
            np.arange(shape[-1]) if change is None else change for shape, change in zip(shapes, incoming, strict=True)
        )
        return np.concatenate([change + offset for change, offset in zip(whole, offsets, strict=False)])
    if each.rule.channels == "unroll" and incoming[0] is not None:
        return _unroll(incoming[0], shapes[0])
    return None


def _require_even(architecture: Architecture, each: Node, change: Map | None) -> None:
    """Raise `CannotTravel` unless ``change`` repeats every channel equally often."""
    counts = np.bincount(change, minlength=architecture.shapes[each.id][-1]) if change is not None else np.ones(1)
    if counts.min() != counts.max():
        raise CannotTravel(
            f"Node '{each.id}' ({each.words}) normalises by all channels: they can be copied equally often and not "
            "otherwise, as when the width is doubled."
        )


def _unroll(change: Map, shape: tuple[int, ...]) -> Map:
    """The map of a flattened tensor, channels last: position * channels + channel."""
    positions = np.arange(int(np.prod(shape[:-1])), dtype=np.int64)
    unrolled: Map = (positions[:, None] * shape[-1] + change[None, :]).ravel()
    return unrolled


def _push_back(architecture: Architecture, id: str, change: Map, made: dict[str, Map]) -> None:
    """Make the producers behind node ``id`` give it the map ``change``."""
    each = architecture[id]
    shapes = architecture.input_shapes(id)
    if each.rule.channels == "make":
        if not _same(made.setdefault(id, change), change):
            raise CannotTravel(f"Node '{id}' would need two different widths.")
    elif each.rule.channels in ("keep", "even", "equal"):
        for name in each.values:
            _push_back(architecture, name, change, made)
    elif each.rule.channels == "along":
        for name, part in zip(each.inputs, _split(id, change, [shape[-1] for shape in shapes]), strict=True):
            if part is not None:
                _push_back(architecture, name, part, made)
    elif each.rule.channels == "unroll":
        _push_back(architecture, each.inputs[0], _roll(id, change, shapes[0]), made)
    else:
        raise CannotTravel(f"The channels of node '{id}' ({each.words}) are fixed.")


def _split(id: str, change: Map, widths: list[int]) -> list[Map | None]:
    """Cut the map of a concat into the maps of its inputs; None: that input is unchanged."""
    edges = np.cumsum([0, *widths])
    owner = np.searchsorted(edges, change, side="right") - 1
    if (np.diff(owner) < 0).any() or set(owner) != set(range(len(widths))):
        raise CannotTravel(f"Node '{id}' joins its inputs' channels in another way.")
    parts = (change[owner == index] - edges[index] for index in range(len(widths)))
    return [None if np.array_equal(part, np.arange(width)) else part for part, width in zip(parts, widths, strict=True)]


def _roll(id: str, change: Map, shape: tuple[int, ...]) -> Map:
    """The map of a tensor from that of its flattened form, where there is one."""
    positions = int(np.prod(shape[:-1]))
    rolled = change[: len(change) // positions]
    if len(change) % positions or not np.array_equal(_unroll(rolled, shape), change):
        raise CannotTravel(f"Node '{id}' flattens positions that would need different channels.")
    return rolled


def carried(architecture: Architecture, id: str, change: Map) -> Maps:
    """Return the channel maps of node ``id``, which is to have ``change``, and of every tensor behind it."""
    maps: dict[str, Map] = {id: change}
    behind = architecture.descendants[id]
    for each in architecture.nodes:
        if each.id in behind and each.rule.channels != "make":
            outgoing = _forward(architecture, each, [maps.get(name) for name in each.inputs])
            if outgoing is not None:
                maps[each.id] = outgoing
    return maps


def resize(architecture: Architecture, maps: Maps) -> Architecture:
    """Return ``architecture`` with the widths that ``maps`` asks for."""
    nodes = (
        each.with_attrs(**{str(each.rule.width): len(maps[each.id])})
        if each.rule.channels == "make" and each.id in maps
        else each
        for each in architecture.nodes
    )
    return Architecture(tuple(nodes), architecture.outputs)


def remap(architecture: Architecture, weights: Weights, maps: Maps, how: Inheritance) -> Arrays:
    """Return ``weights`` rearranged to the channels that ``maps`` asks for."""
    return {
        each: tuple(
            _remap_array(architecture[each], spec, array, maps, how)
            for spec, array in zip(architecture.weights[each], arrays, strict=True)
        )
        for each, arrays in weights.items()
    }


def _remap_array(each: Node, spec: WeightSpec, array: Array, maps: Maps, how: Inheritance) -> Array:
    made, read = maps.get(each.id), maps.get(each.inputs[0]) if each.inputs else None
    for axis, role in enumerate(spec.axes):
        if role == "out" and made is not None:
            array = grow(array, axis, made, how, noisy=each.rule.channels == "make" and spec.initial in LEARNT)
        elif role == "gates" and made is not None:
            array = grow(
                array,
                axis,
                _gated(made, array.shape[axis], each[str(each.rule.width)]),
                how,
                noisy=spec.initial in LEARNT,
            )
        elif role == "own" and made is not None:
            array = divide(array, axis, made, how)
        elif role == "carry" and read is not None:
            array = np.take(array, read, axis)
        elif role == "in" and read is not None:
            array = divide(array, axis, read, how)
    return array


def divide(array: Array, axis: int, change: Map, how: Inheritance) -> Array:
    """Rearrange the input channels of a weight, so that copies share or do without what the original had."""
    share = _share(change, how).reshape(*(-1 if a == axis else 1 for a in range(array.ndim)))
    divided: Array = np.take(array, change, axis) * share
    return divided


def _gated(change: Map, size: int, width: int) -> Map:
    """The map of an axis that holds ``width`` channels once a gate, ``size`` in all."""
    return np.concatenate([change + offset for offset in range(0, size, width)])


def grow(array: Array, axis: int, change: Map, how: Inheritance, noisy: bool) -> Array:
    """Rearrange the output channels of a weight; copies of a kernel are disturbed where noise is asked for."""
    grown: Array = np.take(array, change, axis)
    copies = np.nonzero(_repeats(change))[0]
    if noisy and how.noise and len(copies):
        index = tuple(copies if a == axis else slice(None) for a in range(array.ndim))
        grown[index] = how.disturb(grown[index], WIDE_NOISE)
    return grown


def _share(change: Map, how: Inheritance) -> Array:
    """What part of the old input weight each new input gets, so that they sum to it."""
    if how.widening == "zero":
        return (~_repeats(change)).astype(np.float32)
    share: Array = (1.0 / np.bincount(change)[change]).astype(np.float32)
    return share


def _repeats(change: Map) -> npt.NDArray[np.bool_]:
    """True where a channel stands in the map a second time."""
    first = np.zeros(len(change), bool)
    first[np.unique(change, return_index=True)[1]] = True
    return ~first

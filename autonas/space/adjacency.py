"""Which networks of a table are neighbours, and the wider steps where a table has holes.

========== ================================================================================
symbol     meaning
========== ================================================================================
network    one network; it may have several names
name       its choices in order, as the table spells them; names of one table are equally long
distance   of two names: in how many choices they differ; of two networks: the smallest one
========== ================================================================================

Neighbours are one choice apart. A network that has none is linked to the nearest ones, and parts of the table that no
such steps join are joined where they are close, so that everything can be reached from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Choices = tuple[str, ...]
Names = Mapping[Choices, tuple[Choices, ...]]
"""All names of every network, by the one it goes by; that one is among them."""


def adjacency(names: Names) -> dict[Choices, tuple[Choices, ...]]:
    """Return the neighbours of every network, sorted; any is reached from any other."""
    links = _one_apart(names)
    distances = _Distances(names)
    for lonely in [each for each, near in links.items() if not near]:
        _join(links, lonely, distances.nearest(lonely, [each for each in names if each != lonely]))
    reached = _reach(links, next(iter(names)))
    for network in names:
        if network not in reached:
            _join(links, network, distances.nearest(network, sorted(reached))[:1])
            reached |= _reach(links, network)
    return {network: tuple(sorted(near)) for network, near in links.items()}


def _one_apart(names: Names) -> dict[Choices, set[Choices]]:
    network_of = {name: network for network, group in names.items() for name in group}
    options = [sorted(set(values)) for values in zip(*network_of, strict=True)]
    links: dict[Choices, set[Choices]] = {}
    for network, group in names.items():
        around = (network_of.get(other) for name in group for other in _variants(name, options))
        links[network] = {each for each in around if each is not None and each != network}
    return links


def _variants(name: Choices, options: Sequence[Sequence[str]]) -> Iterator[Choices]:
    for position, values in enumerate(options):
        for value in values:
            if value != name[position]:
                yield (*name[:position], value, *name[position + 1 :])


def _join(links: dict[Choices, set[Choices]], network: Choices, others: Sequence[Choices]) -> None:
    for other in others:
        links[network].add(other)
        links[other].add(network)


def _reach(links: Mapping[Choices, set[Choices]], start: Choices) -> set[Choices]:
    reached, waiting = {start}, [start]
    while waiting:
        fresh = links[waiting.pop()] - reached
        reached |= fresh
        waiting.extend(fresh)
    return reached


class _Distances:
    """Distances between the networks of one table, computed when they are asked for."""

    def __init__(self, names: Names) -> None:
        rows = [name for group in names.values() for name in group]
        columns = [np.unique(values, return_inverse=True)[1] for values in zip(*rows, strict=True)]
        codes = np.stack(columns, axis=1)  # (names, length)
        ends = np.cumsum([len(group) for group in names.values()])[:-1]
        self._codes: dict[Choices, npt.NDArray[np.intp]] = dict(zip(names, np.split(codes, ends), strict=True))

    def nearest(self, network: Choices, others: Sequence[Choices]) -> list[Choices]:
        """Return those of ``others`` at the smallest distance; none where there are no others."""
        if not others:
            return []
        table = np.concatenate([self._codes[each] for each in others])  # (names of others, length)
        far = np.min([np.sum(table != code, axis=1) for code in self._codes[network]], axis=0)
        owners = np.repeat(np.arange(len(others)), [len(self._codes[each]) for each in others])
        return [others[position] for position in np.unique(owners[far == far.min()])]

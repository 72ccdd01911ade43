"""Architectures as vectors, so that a kernel on vectors is a valid kernel on architectures.

Whatever map e takes an architecture to a vector, exp(-|e(a) - e(b)|^2 / 2 l^2) is positive semi-definite, as long as
ONE map serves training and prediction alike. exp(-d(a, b)) with an edit distance d is not. So all kernels here are a
map, learnt from the observed architectures, and Gaussian kernels over it (`autonas.surrogate.kernel`):

- ``wl``: Weisfeiler-Lehman features in blocks: labels, widths and costs, multiplied; of a table's network the views
  of its choices, added. What the observed networks do not have is kept as one column a block, the first, as its norm:
  the distance to every observed network is then exact, whatever a new network brings.
- ``edit``: Bourgain's embedding of the edit distance (Bourgain 1985; Jin et al. 2018, section 3.3): rho(x)[S] = min
  over s in S of d(x, s), for about log n random sets S of each size 2^i, i = 0 .. log2 n, drawn from the n observed
  networks (from 64 of them at most, so that its cost stays linear in n; it is as valid a map then).
- ``wl+edit`` and ``wl*edit``: both maps side by side, the kernels added or multiplied.

Every block is scaled so that two observed networks lie 1 apart in it, root mean square; a block's length-scale near 1
is then a sensible start.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from autonas.arch import Architecture
from autonas.surrogate.edit_distance import edit_distances
from autonas.surrogate.kernel import Layout
from autonas.surrogate.weisfeiler_lehman import features

FloatArray = npt.NDArray[np.float64]

MOST_ANCHORS = 64
FACTORS = ("labels", "widths", "costs")  # multiplied with each other; every other view is a term of its own
VIEWS = (*FACTORS, "places", "ops", "wiring", "paths")


class Embedding(Protocol):
    """A map from architectures to vectors whose columns fall into blocks."""

    @property
    def layout(self) -> Layout:
        """The blocks of columns, and how a kernel is to use them."""

    def __call__(self, architectures: Sequence[Architecture]) -> FloatArray:
        """Return one row an architecture, shape ``(n, sum(layout.blocks))``."""

    def seeing(self, architectures: Sequence[Architecture]) -> Embedding:
        """Return the map that has observed these as well. Where its blocks have grown, an observed network has zeros in
        their new, last columns.
        """


@dataclasses.dataclass(frozen=True)
class WLEmbedding:
    """Weisfeiler-Lehman features: the views that the observed networks have, one vocabulary and one scale each."""

    views: tuple[str, ...]
    vocabularies: tuple[Mapping[str, int], ...]
    scales: tuple[float, ...]

    @property
    def layout(self) -> Layout:
        """A block a view: the column of what is new, and its vocabulary."""
        product = tuple(number for number, view in enumerate(self.views) if view in FACTORS)
        others = tuple((number,) for number, view in enumerate(self.views) if view not in FACTORS)
        terms = tuple(term for term in (product, *others) if term)
        return Layout(tuple(len(each) + 1 for each in self.vocabularies), terms)

    def __call__(self, architectures: Sequence[Architecture]) -> FloatArray:
        """Return one row an architecture, shape ``(n, sum(layout.blocks))``."""
        views = zip(self.views, self.vocabularies, self.scales, strict=True)
        return np.hstack([_tabulate(_view(architectures, view), names) / scale for view, names, scale in views])

    def seeing(self, architectures: Sequence[Architecture]) -> WLEmbedding:
        """Return the map whose vocabularies know these too."""
        grown = tuple(
            {**names, **_vocabulary(_view(architectures, view), names)}
            for view, names in zip(self.views, self.vocabularies, strict=True)
        )
        return dataclasses.replace(self, vocabularies=grown)


def wl_embedding(observed: Sequence[Architecture], rng: np.random.Generator | None = None) -> WLEmbedding:
    """Learn vocabularies and scales from the observed architectures; ``rng`` is not drawn from."""
    del rng  # every embedding is made by the same call
    vocabularies = {view: _vocabulary(_view(observed, view)) for view in VIEWS}
    views = tuple(view for view in VIEWS if vocabularies[view])
    tables = [_tabulate(_view(observed, view), vocabularies[view]) for view in views]
    return WLEmbedding(views, tuple(vocabularies[view] for view in views), tuple(map(_spread, tables)))


def _view(architectures: Sequence[Architecture], view: str) -> list[Mapping[str, float]]:
    return [getattr(features(each), view) for each in architectures]


def _vocabulary(counts: Sequence[Mapping[str, float]], known: Mapping[str, int] | None = None) -> dict[str, int]:
    """Return the columns of names that are not ``known`` yet; column 0 is that of what is new."""
    known = known or {}
    names = dict.fromkeys(name for each in counts for name, count in each.items() if count and name not in known)
    return {name: column for column, name in enumerate(names, start=len(known) + 1)}


def _tabulate(counts: Sequence[Mapping[str, float]], vocabulary: Mapping[str, int]) -> FloatArray:
    """Return a table ``(n, 1 + vocabulary)``; the first column is the norm of what the vocabulary does not name."""
    table = np.zeros((len(counts), len(vocabulary) + 1))
    for row, each in zip(table, counts, strict=True):
        unseen = 0.0
        for name, count in each.items():
            column = vocabulary.get(name)
            if column is None:
                unseen += count**2
            else:
                row[column] = count
        row[0] = math.sqrt(unseen)
    return table


@dataclasses.dataclass(frozen=True)
class BourgainEmbedding:
    """Distances to random sets of observed architectures; ``sets`` holds positions in ``anchors``."""

    anchors: tuple[Architecture, ...]
    sets: tuple[tuple[int, ...], ...]
    scale: float

    @property
    def layout(self) -> Layout:
        """One block, a column a set."""
        return Layout((len(self.sets),), ((0,),))

    def __call__(self, architectures: Sequence[Architecture]) -> FloatArray:
        """Return one row an architecture, shape ``(n, sets)``."""
        distances = edit_distances(architectures, self.anchors)
        return np.stack([distances[:, each].min(axis=1) for each in self.sets], axis=1) / self.scale

    def seeing(self, architectures: Sequence[Architecture]) -> BourgainEmbedding:
        """Return this map: it holds for any network, and its sets stay."""
        return self


def bourgain_embedding(observed: Sequence[Architecture], rng: np.random.Generator) -> BourgainEmbedding:
    """Draw the sets S from the observed architectures, of which there must be one at least."""
    chosen = rng.choice(len(observed), size=min(len(observed), MOST_ANCHORS), replace=False)
    anchors = tuple(observed[position] for position in sorted(chosen))
    unscaled = BourgainEmbedding(anchors, bourgain_sets(len(anchors), rng), 1.0)
    return dataclasses.replace(unscaled, scale=_spread(unscaled(observed)))


def bourgain_sets(n: int, rng: np.random.Generator) -> tuple[tuple[int, ...], ...]:
    """Return about log2 n random subsets of ``range(n)`` of each size 2^i <= n; for n = 1 the only one there is."""
    scales = int(math.log2(n)) + 1
    return tuple(
        tuple(sorted(map(int, rng.choice(n, size=2**scale, replace=False))))
        for scale in range(scales)
        for _ in range(scales)
    )


@dataclasses.dataclass(frozen=True)
class Both:
    """Two maps side by side, their kernels added or multiplied."""

    first: Embedding
    second: Embedding
    multiplied: bool

    @property
    def layout(self) -> Layout:
        """The blocks of both. A sum has the terms of both, a product each term of one times each of the other."""
        one, two = self.first.layout, self.second.layout
        moved = tuple(tuple(block + len(one.blocks) for block in term) for term in two.terms)
        terms = tuple((*a, *b) for a in one.terms for b in moved) if self.multiplied else (*one.terms, *moved)
        return Layout((*one.blocks, *two.blocks), terms)

    def __call__(self, architectures: Sequence[Architecture]) -> FloatArray:
        """Return one row an architecture, shape ``(n, sum(layout.blocks))``."""
        return np.hstack([self.first(architectures), self.second(architectures)])

    def seeing(self, architectures: Sequence[Architecture]) -> Both:
        """Return both maps, having observed these as well."""
        return Both(self.first.seeing(architectures), self.second.seeing(architectures), self.multiplied)


def _both(multiplied: bool) -> Callable[[Sequence[Architecture], np.random.Generator], Both]:
    return lambda observed, rng: Both(wl_embedding(observed), bourgain_embedding(observed, rng), multiplied)


def _spread(table: FloatArray) -> float:
    """Return the root mean square distance between two different rows, or 1 where all rows are equal."""
    n = len(table)
    mean_square = 2.0 * float(table.var(axis=0).sum()) * n / max(n - 1, 1)
    return math.sqrt(mean_square) if mean_square > 1e-12 else 1.0


EMBEDDINGS: dict[str, Callable[[Sequence[Architecture], np.random.Generator], Embedding]] = {
    "wl": wl_embedding,
    "edit": bourgain_embedding,
    "wl+edit": _both(multiplied=False),
    "wl*edit": _both(multiplied=True),
}
"""How an embedding is learnt from observed architectures, by the kernel's name."""

"""Rows: what holds n examples, and the few things that the house does with it.

An array (n, ...), one on disk, a sparse matrix (n, d), or a dict of these by input name, all of one length.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from autonas.data.disk import DiskArray

Rows = Any
"""An array, a `DiskArray`, a scipy sparse matrix or array, or a dict of them by input name."""


def count(rows: Rows) -> int:
    """Return n."""
    first = next(iter(rows.values())) if isinstance(rows, Mapping) else rows
    return int(first.shape[0])


def each(function: Callable[[Any], Any], rows: Rows) -> Any:
    """Return what ``function`` makes of the rows, of every input by itself."""
    if isinstance(rows, Mapping):
        return {name: function(held) for name, held in rows.items()}
    return function(rows)


def leaves(rows: Rows) -> list[Any]:
    """Return the arrays and sparse matrices that the rows consist of, in the order of their names."""
    return [rows[name] for name in sorted(rows)] if isinstance(rows, Mapping) else [rows]


def of_inputs(rows: Rows, names: Sequence[str]) -> Rows:
    """Return what a network with these inputs reads: of rows by input name the named ones, one alone as it is."""
    if not isinstance(rows, Mapping) or not names:
        return rows
    return rows[names[0]] if len(names) == 1 else {name: rows[name] for name in names}


def take(rows: Rows, chosen: NDArray[np.intp] | slice) -> Rows:
    """Return the chosen rows: indices copy, but read nothing from disk; slices of arrays do not copy, and read."""
    return each(lambda held: _taken(held, chosen), rows)


def _taken(held: Any, chosen: NDArray[np.intp] | slice) -> Any:
    return held.subset(chosen) if isinstance(held, DiskArray) and not isinstance(chosen, slice) else held[chosen]


def spread(rows: Rows, most: int) -> Rows:
    """Return at most ``most`` rows, evenly spread over all."""
    n = count(rows)
    return take(rows, slice(0, min(most * max(n // most, 1), n), max(n // most, 1)))


def join(parts: Sequence[Rows]) -> Rows:
    """Return rows of one form after each other, as a copy; on disk, where the first are."""
    if isinstance(parts[0], Mapping):
        return {name: join([part[name] for part in parts]) for name in parts[0]}
    if isinstance(parts[0], DiskArray):
        return parts[0].joined(np.concatenate(parts[1:]))
    if scipy.sparse.issparse(parts[0]):
        return scipy.sparse.vstack(parts, format="csr")
    return np.concatenate(parts)


def filled_up(rows: Rows, size: int) -> Rows:
    """Return ``size`` rows: those given, and the first one again and again."""
    n = count(rows)
    return rows if n == size else take(rows, np.where(np.arange(size) < n, np.arange(size), 0))

"""The edit distance between two architectures (Jin, Song & Hu 2018, arXiv 1806.10282, section 3.2).

======== ==================================================================== =========
symbol   meaning                                                              shape
======== ==================================================================== =========
L_a, S_a layers (in order) and skips of architecture a                        |L_a|, |S_a|
d_l      cost of turning one layer into another: 1 for another op, else the   scalar in [0, 1]
         largest relative difference |w_a - w_b| / max(w_a, w_b) of an
         attribute (the paper's case: its width)
A        A[i, j]: cost of turning the first i layers of a into the first j    (|L_a|+1, |L_b|+1)
         of b; inserting or deleting a layer costs 1
u, l     depth at which a skip starts; number of layers that it passes        scalars
d_s      cost of moving a skip: 1 for another kind, else (eq. 5)              scalar in [0, 1]
         (|u_a - u_b| + |l_a - l_b|) / (max(u_a, u_b) + max(l_a, l_b))
======== ==================================================================== =========

d(a, b) = D_l + lambda D_s (eq. 2), where D_l = A[|L_a|, |L_b|] with
A[i, j] = min(A[i-1, j] + 1, A[i, j-1] + 1, A[i-1, j-1] + d_l(i, j)) (eq. 4; the paper prints "max", a misprint), and
D_s = the cheapest matching of the skips by the Hungarian method, plus the difference in their number (eq. 6). Where a
quotient would be 0/0 the two sides are equal, and it is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from autonas.arch import Architecture
from autonas.arch.op import Value
from autonas.surrogate.layers import Layer, Skip, outline

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


def edit_distance(a: Architecture, b: Architecture, lam: float = 1.0) -> float:
    """Return d(a, b); ``lam`` weighs skips against layers."""
    return float(edit_distances([a], [b], lam)[0, 0])


def edit_distances(rows: Sequence[Architecture], columns: Sequence[Architecture], lam: float = 1.0) -> FloatArray:
    """Return d(a, b) for every a of ``rows`` and b of ``columns``, shape ``(len(rows), len(columns))``."""
    a, b = [outline(each) for each in rows], [outline(each) for each in columns]
    skips = [[skip_cost(x.skips, y.skips) for y in b] for x in a]
    layers = layer_costs([x.layers for x in a], [y.layers for y in b])
    return layers + lam * np.array(skips, dtype=np.float64).reshape(layers.shape)


def layer_costs(rows: Sequence[tuple[Layer, ...]], columns: Sequence[tuple[Layer, ...]]) -> FloatArray:
    """Return D_l for every pair, shape ``(len(rows), len(columns))``."""
    kinds = {
        layer: code for code, layer in enumerate(dict.fromkeys(layer for each in (*rows, *columns) for layer in each))
    }
    costs = np.array([[layer_cost(x, y) for y in kinds] for x in kinds], dtype=np.float64)
    coded = [_coded(each, kinds) for each in rows]
    right, lengths = _padded([_coded(each, kinds) for each in columns])
    result = [_one_against_all(each, right, lengths, costs) for each in coded]
    return np.array(result, dtype=np.float64).reshape(len(rows), len(columns))


def _coded(layers: tuple[Layer, ...], kinds: dict[Layer, int]) -> IntArray:
    return np.array([kinds[each] for each in layers], dtype=np.intp)


def _padded(strings: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    lengths = np.array([len(each) for each in strings], dtype=np.intp)
    table = np.zeros((len(strings), int(lengths.max(initial=0))), dtype=np.intp)
    for row, each in zip(table, strings, strict=True):
        row[: len(each)] = each
    return table, lengths


def _one_against_all(a: IntArray, right: IntArray, lengths: IntArray, costs: FloatArray) -> FloatArray:
    """Return D_l between one string and every padded string of ``right``; one row of A at a time, for all of them at
    once.

    Insertions run along the row: A[i, j] = min over k <= j of (B[k] + j - k), B being the best of deleting and
    replacing. That is a running minimum of B[k] - k.
    """
    steps = np.arange(right.shape[1] + 1, dtype=np.float64)
    row = np.broadcast_to(steps, (len(right), len(steps))).copy()  # A[0, j] = j
    for layer in a:
        best = row + 1.0
        np.minimum(best[:, 1:], row[:, :-1] + costs[layer, right], out=best[:, 1:])
        row = np.minimum.accumulate(best - steps, axis=1) + steps
    last: FloatArray = row[np.arange(len(right)), lengths]
    return last


@lru_cache(maxsize=65536)
def layer_cost(a: Layer, b: Layer) -> float:
    """Return d_l."""
    if a.op != b.op:
        return 1.0
    return max((_difference(x, y) for (_, x), (_, y) in zip(a.attrs, b.attrs, strict=True)), default=0.0)


def _difference(a: Value, b: Value) -> float:
    if a == b:
        return 0.0
    if isinstance(a, str | bool | tuple) or isinstance(b, str | bool | tuple):
        return 1.0
    return min(1.0, abs(a - b) / max(abs(a), abs(b)))


@lru_cache(maxsize=65536)
def skip_cost(a: tuple[Skip, ...], b: tuple[Skip, ...]) -> float:
    """Return D_s."""
    if not a or not b or a == b:
        return float(abs(len(a) - len(b)))
    costs = np.array([[_skip_difference(x, y) for y in b] for x in a])
    rows, columns = linear_sum_assignment(costs)
    return float(costs[rows, columns].sum()) + abs(len(a) - len(b))


def _skip_difference(a: Skip, b: Skip) -> float:
    if a.op != b.op:
        return 1.0
    most = max(a.start, b.start) + max(a.length, b.length)
    return (abs(a.start - b.start) + abs(a.length - b.length)) / most if most else 0.0

"""A kernel over vectors whose columns fall into blocks: a sum of products of Gaussian kernels.

======== ============================================================= ==========
symbol   meaning                                                       shape
======== ============================================================= ==========
x_b      columns of block b of a vector x                              (blocks[b],)
D_b      |x_b - y_b|^2 for every pair                                  (n, m)
l_b      length-scale of block b                                       (B,)
t        a term: the blocks that multiply in it                        T of them
a_t      variance of term t                                            (T,)
theta    (log a, log l)                                                (T + B,)
======== ============================================================= ==========

k(x, y) = sum_t a_t exp(-1/2 sum_{b in t} D_b / l_b^2). Products and sums of Gaussian kernels are positive
semi-definite. A product says that two networks are alike where all of its blocks agree; a sum lets one of its terms be
enough. Which term counts, and how much, is for the marginal likelihood to say.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# Observed networks lie about 1 apart in a block. Much shorter, and networks that differ in nothing that matters would
# all look new.
SCALE_BOUNDS = (0.5, 50.0)
VARIANCE_BOUNDS = (1e-3, 50.0)


@dataclasses.dataclass(frozen=True)
class Layout:
    """How columns are used: the size of each block, and the blocks of each term.

    >>> Layout((3, 5), ((0,), (0, 1)))  # k_0 + k_0 k_1
    Layout(blocks=(3, 5), terms=((0,), (0, 1)))
    """

    blocks: tuple[int, ...]
    terms: tuple[tuple[int, ...], ...]

    @cached_property
    def spans(self) -> tuple[slice, ...]:
        """The columns of each block."""
        edges = np.cumsum((0, *self.blocks))
        return tuple(slice(int(a), int(b)) for a, b in pairwise(edges))

    def squares(self, X: FloatArray, Y: FloatArray | None = None) -> list[FloatArray]:
        """Return D, a matrix ``(n, m)`` a block; without ``Y`` between the rows of ``X``."""
        return [squared_distances(X[:, span], None if Y is None else Y[:, span]) for span in self.spans]


@dataclasses.dataclass(frozen=True, eq=False)
class Kernel:
    """One kernel of a layout: its variances and length-scales.

    Attributes:
        layout: blocks and terms.
        variances: a, shape ``(T,)``.
        scales: l, shape ``(B,)``.
    """

    layout: Layout
    variances: FloatArray
    scales: FloatArray

    @classmethod
    def start(cls, layout: Layout) -> Kernel:
        """Return the kernel to begin with: of variance 1, and as wide for a product of many blocks as for one.

        Where every block is a unit wide, length-scales near the root of their number leave two networks as alike as
        one block would.
        """
        longest = max(len(term) for term in layout.terms)
        count = len(layout.terms)
        return cls(layout, np.full(count, 1.0 / count), np.full(len(layout.blocks), np.sqrt(longest)))

    @property
    def theta(self) -> FloatArray:
        """(log a, log l)."""
        theta: FloatArray = np.log(np.concatenate([self.variances, self.scales]))
        return theta

    def with_theta(self, theta: FloatArray) -> Kernel:
        """Return the kernel of the same layout with this theta."""
        values = np.exp(theta)
        return Kernel(self.layout, values[: len(self.layout.terms)], values[len(self.layout.terms) :])

    @property
    def bounds(self) -> list[tuple[float, float]]:
        """Bounds of theta."""
        pairs = [VARIANCE_BOUNDS] * len(self.layout.terms) + [SCALE_BOUNDS] * len(self.layout.blocks)
        return [(float(np.log(low)), float(np.log(high))) for low, high in pairs]

    @property
    def variance(self) -> float:
        """k(x, x), the same for every x."""
        return float(self.variances.sum())

    def __call__(self, X: FloatArray, Y: FloatArray | None = None) -> FloatArray:
        """Return k, shape ``(n, m)``; without ``Y`` between the rows of ``X``."""
        k: FloatArray = np.sum(self.terms(self.layout.squares(X, Y)), axis=0)
        return k

    def terms(self, squares: Sequence[FloatArray]) -> list[FloatArray]:
        """Return each term of k at the distances D."""
        return [
            variance * np.exp(-0.5 * sum(squares[b] / self.scales[b] ** 2 for b in term))
            for variance, term in zip(self.variances, self.layout.terms, strict=True)
        ]

    def gradient(self, squares: Sequence[FloatArray], terms: Sequence[FloatArray], weights: FloatArray) -> FloatArray:
        """Return sum_ij weights[i, j] dk[i, j]/dtheta, shape ``(T + B,)``, from the distances and `terms`."""
        weighted = [weights * each for each in terms]
        scales = np.zeros(len(self.scales))
        for each, term in zip(weighted, self.layout.terms, strict=True):
            for b in term:
                scales[b] += float(np.vdot(each, squares[b])) / self.scales[b] ** 2
        return np.concatenate([[float(each.sum()) for each in weighted], scales])


def squared_distances(X: FloatArray, Y: FloatArray | None = None) -> FloatArray:
    """Return |x - y|^2 by one matrix product: with many columns far quicker than the difference of every pair."""
    other = X if Y is None else Y
    squares = (X**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2.0 * X @ other.T
    if Y is None:
        np.fill_diagonal(squares, 0.0)  # not left to rounding
    clipped: FloatArray = np.maximum(squares, 0.0)
    return clipped

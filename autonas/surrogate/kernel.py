"""A Gaussian kernel with one length-scale a block of columns, for scikit-learn's Gaussian process.

======== ==================================================== ==========
symbol   meaning                                              shape
======== ==================================================== ==========
x_b      columns of block b of a vector x                     (blocks[b],)
l_b      length-scale of block b                              (blocks,)
======== ==================================================== ==========

k(x, y) = exp(-1/2 sum_b |x_b - y_b|^2 / l_b^2), a product of Gaussian kernels and so positive semi-definite;
dk/dlog l_b = k |x_b - y_b|^2 / l_b^2.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from sklearn.gaussian_process.kernels import Hyperparameter, Kernel, NormalizedKernelMixin, StationaryKernelMixin

FloatArray = npt.NDArray[np.float64]


class BlockRBF(StationaryKernelMixin, NormalizedKernelMixin, Kernel):  # type: ignore[misc]
    """exp(-1/2 sum_b |x_b - y_b|^2 / l_b^2).

    Args:
        blocks: number of columns of each block.
        length_scales: l_b, one a block (or one number where there is one block).
        length_scale_bounds: smallest and largest l_b.
    """

    def __init__(
        self,
        blocks: tuple[int, ...],
        length_scales: npt.ArrayLike,
        length_scale_bounds: tuple[float, float] = (0.05, 50.0),
    ) -> None:
        self.blocks = blocks
        self.length_scales = length_scales
        self.length_scale_bounds = length_scale_bounds

    @property
    def hyperparameter_length_scales(self) -> Hyperparameter:
        """What scikit-learn fits: the length-scales."""
        return Hyperparameter("length_scales", "numeric", self.length_scale_bounds, len(self.blocks))

    def __call__(
        self, X: FloatArray, Y: FloatArray | None = None, eval_gradient: bool = False
    ) -> FloatArray | tuple[FloatArray, FloatArray]:
        """Return k(X, Y), shape ``(n, m)``; with ``eval_gradient`` also dk/dlog l, shape ``(n, n, blocks)``."""
        scaled = [square / scale**2 for square, scale in zip(self._squares(X, Y), self._scales(), strict=True)]
        K: FloatArray = np.exp(-0.5 * np.sum(scaled, axis=0))
        return (K, K[:, :, None] * np.stack(scaled, axis=2)) if eval_gradient else K

    def _scales(self) -> FloatArray:
        return np.atleast_1d(np.asarray(self.length_scales, dtype=np.float64))

    def _squares(self, X: FloatArray, Y: FloatArray | None) -> list[FloatArray]:
        edges = np.cumsum((0, *self.blocks))
        spans = [slice(a, b) for a, b in pairwise(edges)]
        return [_squared_distances(X[:, span], None if Y is None else Y[:, span]) for span in spans]


def _squared_distances(X: FloatArray, Y: FloatArray | None) -> FloatArray:
    """Return |x - y|^2 by one matrix product: with many columns far quicker than the difference of every pair."""
    other = X if Y is None else Y
    squares = (X**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2.0 * X @ other.T
    if Y is None:
        np.fill_diagonal(squares, 0.0)  # not left to rounding
    clipped: FloatArray = np.maximum(squares, 0.0)
    return clipped

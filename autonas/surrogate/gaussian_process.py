"""Gaussian process regression (Rasmussen & Williams 2006, chapters 2 and 5) over vectors, on scikit-learn's regressor.

======== ======================================================================== ===========
symbol   meaning                                                                  shape
======== ======================================================================== ===========
X, y     vectors of the observed architectures; their scores                      (n, d), (n,)
z        standardised scores: (y - mean) / standard deviation                     (n,)
a^2      variance of the function                                                 scalar
s^2      variance of the noise                                                    scalar
l        length-scales, one a block of columns                                    (blocks,)
theta    (log a^2, log l, log s^2)                                                (blocks + 2,)
mu       mean of the function at new points (eq. 2.25)                            (m,)
sigma    its standard deviation (eq. 2.26), the noise not counted                 (m,)
======== ======================================================================== ===========

theta maximises log p(z | X, theta) (eq. 5.8) plus the logarithm of a broad Gaussian prior, so that one observation,
or ten equal ones, leave it where it starts instead of driving it to its bounds. It is fitted on 200 observations at
most: theta needs no more, and its cost grows with the cube. Everything is in standardised units; the order of two
scores is all that a search needs.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Kernel, WhiteKernel

from autonas.surrogate.kernel import BlockRBF

FloatArray = npt.NDArray[np.float64]

PRIOR_WIDTH = 1.5  # standard deviation of log theta: a factor of 4.5 either way is still ordinary
START_NOISE = 0.05  # of the variance of the scores
MOST_POINTS = 200


@dataclasses.dataclass(frozen=True)
class GaussianProcess:
    """A fitted Gaussian process. Make it with `fit`."""

    X: FloatArray
    z: FloatArray
    regressor: GaussianProcessRegressor

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mu and sigma at ``X``, shapes ``(m,)``, in standardised units."""
        mu, deviation = self.regressor.predict(X, return_std=True)
        return mu, np.sqrt(np.maximum(deviation**2 - self.noise, 0.0))

    def imagine(self, X: FloatArray) -> GaussianProcess:
        """Return the process that has also seen ``X``, where every score was just as it expects (the kriging
        believer).
        """
        imagined, _ = self.predict(X)
        return _condition(np.vstack([self.X, X]), np.concatenate([self.z, imagined]), self.regressor.kernel_)

    @property
    def noise(self) -> float:
        """s^2, in standardised units."""
        return float(self.regressor.kernel_.k2.noise_level)


def fit(X: FloatArray, y: FloatArray, blocks: tuple[int, ...], noise: float | None = None) -> GaussianProcess:
    """Return the process fitted to scores ``y`` at ``X``, whose columns fall into ``blocks``.

    ``noise`` fixes s as a share of the scores' standard deviation; None fits it.
    """
    z = standardise(y)
    some = np.unique(np.linspace(0, len(z) - 1, min(len(z), MOST_POINTS)).astype(int))
    kernel = _fitted(_start(blocks, noise), X[some], z[some])
    return _condition(X, z, kernel)


def standardise(y: FloatArray) -> FloatArray:
    """Return ``y`` with mean 0 and standard deviation 1; equal scores all become 0."""
    deviation = float(y.std())
    centred: FloatArray = y - y.mean()
    return centred / deviation if deviation > 1e-12 * max(1.0, float(np.abs(y).max())) else np.zeros_like(centred)


def _start(blocks: tuple[int, ...], noise: float | None) -> Kernel:
    level, bounds = (START_NOISE, (1e-4, 1.0)) if noise is None else (max(noise**2, 1e-8), "fixed")
    # Blocks multiply: with b of them, each a unit wide, length-scales near sqrt(b) leave two networks as alike as one
    # block would.
    signal = ConstantKernel(1.0, (0.05, 20.0)) * BlockRBF(blocks, np.full(len(blocks), np.sqrt(len(blocks))))
    return signal + WhiteKernel(level, bounds)


def _fitted(kernel: Kernel, X: FloatArray, z: FloatArray) -> Kernel:
    """Return ``kernel`` with the theta of the highest posterior. scikit-learn's own fit knows no prior."""
    regressor = GaussianProcessRegressor(kernel, optimizer=None).fit(X, z)
    start = kernel.theta.copy()

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = regressor.log_marginal_likelihood(theta, eval_gradient=True, clone_kernel=False)
        offset = (theta - start) / PRIOR_WIDTH
        return 0.5 * float(offset @ offset) - value, offset / PRIOR_WIDTH - gradient

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(low, high) for low, high in kernel.bounds])
    return kernel.clone_with_theta(found.x)


def _condition(X: FloatArray, z: FloatArray, kernel: Kernel) -> GaussianProcess:
    return GaussianProcess(X, z, GaussianProcessRegressor(kernel, optimizer=None).fit(X, z))

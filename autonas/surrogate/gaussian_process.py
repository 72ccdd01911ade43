"""Gaussian process regression (Rasmussen & Williams 2006, chapters 2 and 5) over vectors.

======== ======================================================================== ===========
symbol   meaning                                                                  shape
======== ======================================================================== ===========
X, z     vectors of the observed architectures; their scores, standardised        (n, d), (n,)
k        the kernel (`autonas.surrogate.kernel`)                                  scalar
s^2      variance of the noise                                                    scalar
theta    the kernel's, and log s^2                                                (T + B + 1,)
L        lower Cholesky factor of k(X, X) + s^2 I                                 (n, n)
mu       mean of the function at new points (eq. 2.25)                            (m,)
sigma    its standard deviation (eq. 2.26), the noise not counted                 (m,)
======== ======================================================================== ===========

theta maximises log p(z | X, theta) (eq. 5.8) plus the logarithm of a broad Gaussian prior, so that one observation,
or ten equal ones, leave it where it starts instead of driving it to its bounds. It is fitted on 200 observations at
most: theta needs no more, and its cost grows with the cube.

One more observation is one more row of L (`GaussianProcess.told`), O(n^2). scikit-learn's regressor has no such step
and computes every distance anew for every theta; docs/decisions.md has the ratio.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize

from autonas.surrogate.kernel import Kernel, Layout

FloatArray = npt.NDArray[np.float64]

PRIOR_WIDTH = 1.5  # standard deviation of log theta: a factor of 4.5 either way is still ordinary
START_NOISE, NOISE_BOUNDS = 0.02, (1e-4, 1.0)  # of the variance of the scores
JITTER = 1e-6  # of the variance of the function, so that equal rows have a Cholesky factor
MOST_POINTS = 200
MOST_STEPS = 40  # of the optimiser; the last digits of theta change no decision


@dataclasses.dataclass(frozen=True, eq=False)
class GaussianProcess:
    """A Gaussian process that has seen ``z`` at ``X``. Make it with `fit` or `condition`."""

    kernel: Kernel
    noise: float
    X: FloatArray
    z: FloatArray
    lower: FloatArray

    def predict(self, X: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mu and sigma at ``X``, shapes ``(m,)``."""
        cross = self.kernel(X, self.X)
        half = solve_triangular(self.lower, cross.T, lower=True, check_finite=False)
        variance = self.kernel.variance - np.einsum("ij,ij->j", half, half)
        return cross @ self._alpha, np.sqrt(np.maximum(variance, 0.0))

    def draw(self, X: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return one function drawn from the process, at ``X``, shape ``(m,)``."""
        cross = self.kernel(X, self.X)
        half = solve_triangular(self.lower, cross.T, lower=True, check_finite=False)
        covariance = self.kernel(X) - half.T @ half
        covariance[np.diag_indices_from(covariance)] += 10 * JITTER * self.kernel.variance
        sample: FloatArray = cross @ self._alpha + cholesky(covariance, lower=True) @ rng.standard_normal(len(X))
        return sample

    def told(self, X: FloatArray, z: FloatArray) -> GaussianProcess:
        """Return the process that has seen ``X`` as well; ``z`` holds all scores, old ones and new, as one more may
        change what standardising makes of the others.
        """
        side = solve_triangular(self.lower, self.kernel(X, self.X).T, lower=True, check_finite=False).T
        corner = _factor(self.kernel(X) - side @ side.T, self.kernel, self.noise)
        n, m = len(self.X), len(X)
        lower = np.zeros((n + m, n + m))
        lower[:n, :n], lower[n:, :n], lower[n:, n:] = self.lower, side, corner
        return GaussianProcess(self.kernel, self.noise, np.vstack([self.X, X]), z, lower)

    def widened(self, layout: Layout) -> GaussianProcess:
        """Return the same process over blocks that have more columns, all zero for what it has seen."""
        grown = [more - block for block, more in zip(self.kernel.layout.blocks, layout.blocks, strict=True)]
        if not any(grown):
            return self
        parts = zip(self.kernel.layout.spans, grown, strict=True)
        X = np.hstack([np.pad(self.X[:, span], [(0, 0), (0, more)]) for span, more in parts])
        return dataclasses.replace(self, kernel=dataclasses.replace(self.kernel, layout=layout), X=X)

    def imagine(self, X: FloatArray) -> GaussianProcess:
        """Return the process that has also seen ``X``, where every score was just as it expects (the kriging
        believer).
        """
        return self.told(X, np.concatenate([self.z, self.kernel(X, self.X) @ self._alpha]))

    @cached_property
    def _alpha(self) -> FloatArray:
        solved: FloatArray = cho_solve((self.lower, True), self.z, check_finite=False)
        return solved


def fit(X: FloatArray, z: FloatArray, layout: Layout, noise: float | None = None) -> GaussianProcess:
    """Return the process fitted to standardised scores ``z`` at ``X``, whose columns are used as ``layout`` says.

    ``noise`` fixes s; None fits it.
    """
    some = np.unique(np.linspace(0, len(z) - 1, min(len(z), MOST_POINTS)).astype(int))
    kernel, variance = _fitted(Kernel.start(layout), X[some], z[some], noise)
    return condition(kernel, variance, X, z)


def condition(kernel: Kernel, noise: float, X: FloatArray, z: FloatArray) -> GaussianProcess:
    """Return the process of ``kernel`` and s^2 = ``noise`` that has seen ``z`` at ``X``."""
    return GaussianProcess(kernel, noise, X, z, _factor(kernel(X), kernel, noise))


def log_marginal_likelihood(
    kernel: Kernel, noise: float, squares: list[FloatArray], z: FloatArray
) -> tuple[float, FloatArray]:
    """Return log p(z | X, theta) and its gradient by theta (eq. 5.9), from the distances between the rows of X."""
    terms = kernel.terms(squares)
    lower = _factor(np.sum(terms, axis=0), kernel, noise)
    alpha = cho_solve((lower, True), z, check_finite=False)
    value = -0.5 * float(z @ alpha) - float(np.log(np.diag(lower)).sum()) - 0.5 * len(z) * np.log(2 * np.pi)
    weights = 0.5 * (np.outer(alpha, alpha) - cho_solve((lower, True), np.eye(len(z)), check_finite=False))
    gradient = kernel.gradient(squares, terms, weights)
    # The jitter is a share of the variances, and so part of their gradient.
    gradient[: len(terms)] += JITTER * kernel.variances * np.trace(weights)
    return value, np.append(gradient, noise * np.trace(weights))


def _fitted(start: Kernel, X: FloatArray, z: FloatArray, noise: float | None) -> tuple[Kernel, float]:
    """Return the kernel and the noise of the highest posterior."""
    squares = start.layout.squares(X)
    level = START_NOISE if noise is None else max(noise**2, 1e-8)
    begin = np.append(start.theta, np.log(level))
    low, high = np.log(NOISE_BOUNDS) if noise is None else (begin[-1], begin[-1])

    def loss(theta: FloatArray) -> tuple[float, FloatArray]:
        kernel = start.with_theta(theta[:-1])
        value, gradient = log_marginal_likelihood(kernel, float(np.exp(theta[-1])), squares, z)
        offset = (theta - begin) / PRIOR_WIDTH
        return 0.5 * float(offset @ offset) - value, offset / PRIOR_WIDTH - gradient

    bounds = [*start.bounds, (low, high)]
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": MOST_STEPS})
    return start.with_theta(found.x[:-1]), float(np.exp(found.x[-1]))


def _factor(K: FloatArray, kernel: Kernel, noise: float) -> FloatArray:
    """Return the lower Cholesky factor of ``K`` plus the noise; ``K`` is changed."""
    K[np.diag_indices_from(K)] += noise + JITTER * kernel.variance
    factor: FloatArray = cholesky(K, lower=True, check_finite=False)
    return factor

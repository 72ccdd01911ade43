"""Acquisition functions: how much a look at a new network promises; higher is better.

======== ============================================================== =======
symbol   meaning                                                        shape
======== ============================================================== =======
mu       expected score (higher is better)                              (m,)
sigma    its standard deviation                                         (m,)
best     the score to beat                                              scalar
u        (mu - best) / sigma                                            (m,)
======== ============================================================== =======

Expected improvement (Jones, Schonlau & Welch 1998, eq. 15): E[max(f - best, 0)] = (mu - best) Phi(u) + sigma phi(u).
Upper confidence bound (Srinivas et al. 2010, eq. 6; Jin et al. 2018, eq. 8, with the sign of a cost): mu + beta sigma.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

FloatArray = npt.NDArray[np.float64]


def expected_improvement(mu: FloatArray, sigma: FloatArray, best: float) -> FloatArray:
    """Return E[max(f - best, 0)] for f ~ N(mu, sigma^2); where sigma is 0 that is max(mu - best, 0)."""
    gain = mu - best
    certain = sigma <= 0
    u = gain / np.where(certain, 1.0, sigma)
    density = np.exp(-0.5 * u**2) / np.sqrt(2 * np.pi)
    improvement: FloatArray = np.where(certain, np.maximum(gain, 0.0), gain * ndtr(u) + sigma * density)
    return np.maximum(improvement, 0.0)  # rounding, far below best


def upper_confidence_bound(mu: FloatArray, sigma: FloatArray, beta: float) -> FloatArray:
    """Return mu + beta sigma."""
    return mu + beta * sigma

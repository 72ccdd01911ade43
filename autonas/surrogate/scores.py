"""Scores as a Gaussian process likes them: of mean 0 and standard deviation 1.

Both keep the order of scores, which is all that a search needs. ``rank-gauss`` looks at nothing else: the i-th smallest
of n scores becomes the normal quantile of (i - 1/2) / n. A network that fails to learn is then one of the worst, not
one that is 40 points worse and bends the whole process; and the best few, often a hair's breadth apart, are spread out.
Of few scores, ranks tell too little: how far the best is ahead says where to go on. ``auto`` takes ranks from 20 scores
on (docs/decisions.md).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from scipy.stats import rankdata

FloatArray = npt.NDArray[np.float64]

ENOUGH = 20  # scores, for their ranks to say what matters


def standardise(y: FloatArray) -> FloatArray:
    """Return ``y`` with mean 0 and standard deviation 1; equal scores all become 0."""
    deviation = float(y.std())
    centred: FloatArray = y - y.mean()
    return centred / deviation if deviation > 1e-12 * max(1.0, float(np.abs(y).max())) else np.zeros_like(centred)


def rank_gauss(y: FloatArray) -> FloatArray:
    """Return the standardised normal quantiles of the ranks of ``y``; equal scores share theirs."""
    return standardise(ndtri((rankdata(y) - 0.5) / len(y)))


def by_number(y: FloatArray) -> FloatArray:
    """Return `rank_gauss` of ENOUGH scores, and of fewer `standardise`."""
    return rank_gauss(y) if len(y) >= ENOUGH else standardise(y)


SCORES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "auto": by_number,
    "standardised": standardise,
    "rank-gauss": rank_gauss,
}
"""How scores are transformed, by name."""

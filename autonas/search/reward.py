"""Rewards: what a policy gets for a score. Higher scores are better: they are accuracies, or losses with a minus."""

from __future__ import annotations

import math
from collections.abc import Callable

TALLEST = 1.0 - 1e-3
"""Accuracy from which on EAS's reward, tan(accuracy pi / 2), grows no more: at 1 it would be infinite."""


def cube(score: float) -> float:
    """Return the cube of an accuracy (Zoph & Le 2016): differences near the top count most. Below 0 (an R2) it is 0."""
    return max(score, 0.0) ** 3


def perplexity(score: float) -> float:
    """Return 80 / perplexity^2 (Zoph & Le 2016) of minus a perplexity, which is at least 1."""
    return 80.0 / max(-score, 1.0) ** 2


def inverse(score: float) -> float:
    """Return 1 / (1 + loss) of minus a loss; of a loss below 0, 1 - loss, which goes on from there."""
    return 1.0 / (1.0 - score) if score < 0 else 1.0 + score


def tangent(score: float) -> float:
    """Return tan(accuracy pi / 2) (Cai et al. 2017), clipped; of a metric that may exceed 1, what it does is added."""
    return math.tan(min(max(score, 0.0), TALLEST) * math.pi / 2) + max(score - 1.0, 0.0)


def plain(score: float) -> float:
    """Return the score."""
    return score


REWARDS: dict[str, Callable[[float], float]] = {
    "cube": cube,
    "perplexity": perplexity,
    "inverse": inverse,
    "tangent": tangent,
    "plain": plain,
}
"""Every reward by name."""

OF_ACCURACIES, OF_LOSSES = ("cube", "tangent"), ("perplexity",)
"""Those that are the same for all losses, and for all accuracies."""

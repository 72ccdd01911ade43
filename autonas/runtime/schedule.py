"""Learning rate over one training run: a warm-up, then a cosine to almost nothing, as a function of the run's progress.

One-cycle for a network that starts from scratch (Smith & Topin 2017); for an inherited one a short warm-up and a lower
peak, that is one cosine cycle of
SGDR (Loshchilov & Hutter 2016), which is what made NASH's children comparable (Elsken et al. 2017).
"""

from __future__ import annotations

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Schedule:
    """How the learning rate goes.

    Attributes:
        peak: the largest learning rate.
        warmup: share of the run in which it rises linearly from a tenth of the peak.
        end: the last learning rate, as a share of the peak.
    """

    peak: float
    warmup: float = 0.15
    end: float = 0.002

    def at(self, progress: float) -> float:
        """Return the learning rate when ``progress`` of the run is done, from 0 to 1."""
        progress = min(max(progress, 0.0), 1.0)
        if progress < self.warmup:
            return self.peak * (0.1 + 0.9 * progress / self.warmup)
        fraction = (progress - self.warmup) / (1 - self.warmup)
        return self.peak * (self.end + (1 - self.end) * (1 + math.cos(math.pi * fraction)) / 2)


@dataclasses.dataclass(frozen=True)
class Span:
    """How long one training run may be: it ends when either bound is reached.

    Attributes:
        steps: gradient steps; None for no bound.
        seconds: wall-clock seconds from the first gradient step, validation included; None for no bound.
    """

    steps: int | None
    seconds: float | None

    def progress(self, steps: int, seconds: float) -> float:
        """Return the share of the run that is done after ``steps`` and ``seconds``, from 0 to 1."""
        shares = [
            done / bound if bound > 0 else 1.0
            for done, bound in ((steps, self.steps), (seconds, self.seconds))
            if bound is not None
        ]
        return min(max(shares), 1.0)


@dataclasses.dataclass(frozen=True)
class Restarts:
    """Cosine with warm restarts (Loshchilov & Hutter 2016, eq. 5): cycles one after the other, each longer.

    lr = lmin + (lmax - lmin) (1 + cos(pi T_cur / T_i)) / 2;  T_i *= T_mul at each restart.

    Attributes:
        peak: lmax, the learning rate at each restart.
        end: lmin.
        cycles: how many there are until the progress is 1, where the last one ends.
        growth: T_mul.
    """

    peak: float = 0.05
    end: float = 0.001
    cycles: int = 3
    growth: float = 2.0

    def at(self, progress: float) -> float:
        """Return the learning rate when ``progress`` of the run is done, from 0 to 1."""
        lengths = [self.growth**cycle for cycle in range(self.cycles)]
        left = min(max(progress, 0.0), 1.0) * sum(lengths)
        for length in lengths[:-1]:
            if left < length:
                break
            left, lengths = left - length, lengths[1:]
        return self.end + (self.peak - self.end) * (1 + math.cos(math.pi * min(left / lengths[0], 1.0))) / 2

"""When a running trial cannot become the best any more, judged from the curves of finished ones.

notation  meaning
p         progress of a run, 0 to 1
s(p)      score of a run at its validation nearest to p; higher is better
g(p)      the most that any finished run of the same kind has gained from p to its end

A run is hopeless at p when ``s(p) + g(p)`` stays below the best final score: it would have to gain more than any before
it. The rule is milder than the median rule of Vizier (Golovin et al. 2017, section 3.2.2), which stops half of all
runs; here every stopped run costs the Gaussian process an honest score.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from autonas.runtime.evaluator import Curve

MINIMUM = 3


@dataclasses.dataclass(frozen=True)
class Finished:
    """A finished run's curve and whether it started from inherited weights."""

    curve: Curve
    warm: bool


def verdict(curve: Curve, finished: Sequence[Finished], warm: bool, metric: str, maximise: bool) -> str | None:
    """Return why the run with ``curve`` is hopeless, or None. Needs three finished runs of its kind."""
    sign = 1.0 if maximise else -1.0
    peers = [run.curve for run in finished if run.warm == warm and len(run.curve) > 1]
    if len(peers) < MINIMUM or not curve:
        return None
    progress, score = curve[-1]["progress"], sign * curve[-1][metric]
    best = max(sign * run.curve[-1][metric] for run in finished)
    gain = max(sign * (peer[-1][metric] - _nearest(peer, progress)[metric]) for peer in peers)
    if score + max(gain, 0.0) >= best:
        return None
    needed = f"at {progress:.0%} it would have to gain {best - score:.4f}"
    return f"{needed}; the most that any run gained from there is {gain:.4f}"


def _nearest(curve: Curve, progress: float) -> dict[str, float]:
    return min(curve[:-1], key=lambda point: abs(point["progress"] - progress))

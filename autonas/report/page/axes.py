"""The frame of a chart: where values lie on paper, ticks at round numbers, axes.

Notation: a chart is drawn in units of its viewBox, which is ``width`` wide; browsers scale it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from autonas.report.page.markup import Markup, join, tag
from autonas.report.phrases import duration

LEFT, RIGHT, TOP, BOTTOM = 64.0, 18.0, 12.0, 44.0  # margins
ROUND = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 18000.0, 36000.0)
SPREAD = 2.5  # how many times the middle half's width is shown beyond it


@dataclasses.dataclass(frozen=True)
class Axis:
    """One direction: the values shown, whether by their logarithm, what is written beside it, and in what words;
    ``steps`` are the distances that ticks may have, where powers of ten are not round."""

    low: float
    high: float
    name: str
    log: bool = False
    words: Callable[[float], str] = lambda value: f"{value:g}"
    steps: tuple[float, ...] = ()

    def share(self, value: float) -> float:
        """Return how far along the axis a value lies, from 0 to 1; what lies outside is put on the edge."""
        low, high, value = (math.log10(each) if self.log else each for each in (self.low, self.high, self.kept(value)))
        return (value - low) / (high - low)

    def kept(self, value: float) -> float:
        """Return a value, or the edge that it lies beyond."""
        return min(max(value, self.low), self.high)

    def ticks(self) -> list[float]:
        """Return round values to write."""
        return _log_ticks(self.low, self.high) if self.log else _ticks(self.low, self.high, self.steps)


@dataclasses.dataclass(frozen=True)
class Frame:
    """A chart's paper: two axes and its size."""

    x: Axis
    y: Axis
    width: float = 640.0
    height: float = 360.0

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point lies on paper."""
        across, up = self.width - LEFT - RIGHT, self.height - TOP - BOTTOM
        return round(LEFT + across * self.x.share(x), 1), round(TOP + up * (1 - self.y.share(y)), 1)

    def draw(self, *content: object, label: str) -> Markup:
        """Return the chart: axes, then ``content``; ``label`` tells those who do not see it what it shows."""
        box = f"0 0 {self.width:g} {self.height:g}"
        return tag("svg", self._axes(), *content, viewBox=box, role="img", aria_label=label, class_="chart")

    def _axes(self) -> Markup:
        bottom, right = self.height - BOTTOM, self.width - RIGHT
        parts: list[Markup] = []
        for value in self.y.ticks():
            _, y = self.at(self.x.low, value)
            parts.append(tag("line", x1=LEFT, x2=right, y1=y, y2=y, class_="grid"))
            parts.append(tag("text", self.y.words(value), x=LEFT - 8, y=y + 4, class_="tick end"))
        for value in self.x.ticks():
            x, _ = self.at(value, self.y.low)
            parts.append(tag("line", x1=x, x2=x, y1=bottom, y2=bottom + 5, class_="axis"))
            parts.append(tag("text", self.x.words(value), x=x, y=bottom + 18, class_="tick middle"))
        parts.append(tag("line", x1=LEFT, x2=right, y1=bottom, y2=bottom, class_="axis"))
        middle = (LEFT + right) / 2
        parts.append(tag("text", self.x.name, x=middle, y=self.height - 6, class_="name middle"))
        turn = f"translate(14 {(TOP + bottom) / 2:g}) rotate(-90)"
        return join(*parts, tag("text", self.y.name, transform=turn, class_="name middle"))


def span(values: Sequence[float], name: str, words: Callable[[float], str] | None = None) -> Axis:
    """Return an axis over ``values`` that a few extreme ones do not stretch."""
    middle = np.quantile(values, [0.25, 0.5, 0.75])
    reach = SPREAD * (middle[2] - middle[0]) or math.inf
    low, high = max(min(values), middle[0] - reach), min(max(values), middle[2] + reach)
    return padded(float(low), float(high), name, words)


def padded(low: float, high: float, name: str, words: Callable[[float], str] | None = None) -> Axis:
    """Return an axis from low to high with a little room at both ends."""
    room = 0.04 * (high - low) or abs(high) * 0.05 or 1.0
    return Axis(low - room, high + room, name, words=words or (lambda value: f"{value:g}"))


def times(longest: float, name: str) -> Axis:
    """Return an axis of durations from 0 to ``longest`` seconds."""
    axis = padded(0.0, longest, name, lambda value: duration(value) if value else "0")
    return dataclasses.replace(axis, steps=ROUND)


def sizes(values: Sequence[float], name: str) -> Axis:
    """Return a logarithmic axis over positive ``values``."""
    low, high = max(min(values), 1.0), max(*values, 2.0)
    return Axis(low / 1.15, high * 1.15, name, log=True, words=short)


def short(value: float) -> str:
    """Write a count in few letters.

    >>> short(950), short(12_345), short(2_000_000)
    ('950', '12.3k', '2M')
    """
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:.3g}{letter}"
    return f"{value:.3g}"


def _ticks(low: float, high: float, steps: tuple[float, ...] = (), most: int = 6) -> list[float]:
    raw = (high - low) / most
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(each for each in (*steps, *(unit * factor for factor in (1, 2, 5, 10))) if each >= raw)
    return [round(number * step, 12) for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    wide = math.log10(high / low) > 2
    found = [10.0**power * factor for power in decades for factor in ((1,) if wide else (1, 2, 5))]
    inside = [value for value in found if low <= value <= high]
    return inside if len(inside) > 1 else [low, high]

"""How much time is left. Time arrives as a clock, so that a test of a long budget lasts milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Clock = Callable[[], float]  # returns seconds since some fixed moment, such as time.monotonic


@dataclass(frozen=True)
class Deadline:
    """The end of a span of time that begins when the deadline is made.

    Attributes:
        clock: tells the time in seconds; it must never go back, so use time.monotonic and not time.time.
        seconds: length of the span; None for no end.
        started: what the clock said at the beginning.

    >>> Deadline(lambda: 100.0, seconds=60).left()
    60.0
    """

    clock: Clock
    seconds: float | None
    started: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "started", self.clock())

    def elapsed(self) -> float:
        """Return the seconds since the beginning."""
        return self.clock() - self.started

    def left(self) -> float | None:
        """Return the seconds until the end, at least 0; None for no end."""
        return None if self.seconds is None else float(max(0.0, self.seconds - self.elapsed()))

    def passed(self) -> bool:
        """Say whether the end has come."""
        return self.left() == 0.0

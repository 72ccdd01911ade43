"""How figures of a search are put into words, the same in the live display, in log lines and in tables."""

from __future__ import annotations

from autonas.tuner.watcher import TrialEnded


def duration(seconds: float) -> str:
    """Return seconds as people read them.

    >>> duration(7.44), duration(501), duration(3723)
    ('7.4 s', '8:21', '1:02:03')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def time_left(seconds: float | None) -> str:
    """Return how much time is left, or nothing where there is no end."""
    return "" if seconds is None else f"{duration(seconds)} left"


def best_so_far(objective: str, best: float | None, trial_id: str | None) -> str:
    """Return the best score of a search and whose it is."""
    return "no score yet" if best is None else f"best {objective} {best:.4f} (trial {trial_id})"


def outcome(event: TrialEnded, objective: str) -> str:
    """Return what became of a trial, on one line."""
    if event.score is None:
        return f"trial {event.trial_id}: {event.words}: failed: {event.reason} (after {duration(event.seconds)})"
    size = f"{event.parameters:,} parameters"
    return f"trial {event.trial_id}: {event.words}: {objective} {event.score:.4f}, {size}, {duration(event.seconds)}"

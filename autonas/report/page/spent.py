"""Where the time went, as bars."""

from __future__ import annotations

from autonas.report.page.figure import Figure, nothing
from autonas.report.page.markup import Markup, table, tag
from autonas.report.phrases import duration
from autonas.report.story import Story

WIDE, ROW, NAMES, NUMBERS = 640.0, 28.0, 150.0, 110.0  # units
LEARNING = ("gradient_steps", "validation")


def spent(story: Story) -> Figure:
    """Return seconds by kind: of the latest fit where it has ended, else of the trials."""
    id, title = "spent", "Where the time went"
    timing = {name: seconds for name, seconds in story.facts.get("timing", {}).items() if name != "total"}
    seconds = timing or _of_trials(story)
    total = sum(seconds.values())
    if total <= 0:
        return nothing(id, title, "No trial has ended yet.")
    ordered = sorted(((name, value) for name, value in seconds.items() if value > 0), key=lambda each: -each[1])
    most = ordered[0][1]
    bars = [_bar(place, name, value, value / most, value / total) for place, (name, value) in enumerate(ordered)]
    learning = sum(seconds.get(name, 0.0) for name in LEARNING)
    whose = "the latest fit" if timing else "all trials"
    label = f"Time of {whose}, {duration(total)}, by kind; {ordered[0][0]} took most, {duration(most)}."
    height = ROW * len(ordered)
    svg = tag("svg", *bars, viewBox=f"0 0 {WIDE:g} {height:g}", role="img", aria_label=label, class_="bars")
    note = f"{duration(total)} in {whose}; {100 * learning / total:.0f} % of it in gradient steps and validation."
    rows = [(words(name), f"{value:.1f}", f"{100 * value / total:.1f}") for name, value in ordered]
    return Figure(id, title, svg, note, table(("kind", "seconds", "% of all"), rows, f"Time of {whose}", (1, 2)))


def words(kind: str) -> str:
    """Return the name of a kind of time as people read it."""
    return kind.replace("_", " ")


def _of_trials(story: Story) -> dict[str, float]:
    total: dict[str, float] = {}
    for trial in story.trials:
        for name, seconds in trial.seconds.items():
            total[name] = total.get(name, 0.0) + seconds
    return total


def _bar(place: int, name: str, seconds: float, length: float, share: float) -> Markup:
    y = place * ROW
    across = WIDE - NAMES - NUMBERS
    look = "bar learning" if name in LEARNING else "bar"
    return tag(
        "g",
        tag("text", words(name), x=NAMES - 10, y=y + 18, class_="tick end"),
        tag("rect", x=NAMES, y=y + 5, width=f"{max(across * length, 1.0):.1f}", height=ROW - 10, rx=3, class_=look),
        tag(
            "text", f"{duration(seconds)} · {100 * share:.0f} %", x=NAMES + across * length + 8, y=y + 18, class_="tick"
        ),
    )

"""Learning curves: the objective at every validation of every trial, over the epochs behind the weights."""

from __future__ import annotations

import math

from autonas.report.page.axes import Frame, padded, span
from autonas.report.page.figure import Figure, bin_of, nothing
from autonas.report.page.markup import table, tag
from autonas.report.story import Story, Told

LISTED = 10

Points = list[tuple[float, float]]


def curves(story: Story) -> Figure:
    """Return the curves of all trials, the best on top; a child's begins where its parent's ended."""
    id, title = "curves", "Learning curves"
    seen = {each.trial: _points(each, story.objective) for each in story.trials}
    drawn = [each for each in story.trials if seen[each.trial]]
    if not drawn:
        return nothing(id, title, "No trial has been validated yet.", wide=True)
    values = [value for each in drawn for _, value in seen[each.trial]]
    longest = max(x for each in drawn for x, _ in seen[each.trial])
    frame = Frame(padded(0.0, longest, "epochs, inherited ones included"), span(values, story.objective), 1280, 340)
    ranked = len(story.ranked)
    lines = []
    for each in sorted(drawn, key=lambda each: -(each.rank or math.inf)):
        path = [frame.at(x, y) for x, y in seen[each.trial]]
        look = f"curve {bin_of(each.rank, ranked)}{' best' if each.rank == 1 else ''}"
        hint = tag("title", f"trial {each.trial}, rank {each.rank or 'none'}: {each.edits}")
        if len(path) == 1:
            lines.append(tag("circle", hint, cx=path[0][0], cy=path[0][1], r=2.5, class_=look, data_trial=each.trial))
            continue
        corners = " ".join(f"{x},{y}" for x, y in path)
        lines.append(tag("polyline", hint, points=corners, class_=look, data_trial=each.trial))
    label = f"{story.objective} at the validations of {len(drawn)} trials, over up to {longest:.1f} epochs."
    note = "A line a trial, coloured by rank. A child goes on where its parent's weights were."
    return Figure(id, title, frame.draw(*lines, label=label), note, _table(story, seen), wide=True)


def _table(story: Story, seen: dict[str, Points]) -> object:
    rows = []
    for each in story.ranked[:LISTED]:
        points = seen[each.trial]
        if points:
            (begun, first), (ended, last) = points[0], points[-1]
            rows.append((each.trial, len(points), f"{begun:.1f}", f"{first:.4f}", f"{ended:.1f}", f"{last:.4f}"))
    head = ("trial", "validations", "first at epoch", story.objective, "last at epoch", story.objective)
    return table(head, rows, f"The best {LISTED} trials" if len(rows) == LISTED else "The best trials", (1, 2, 3, 4, 5))


def _points(trial: Told, objective: str) -> Points:
    """Return (epochs, objective) of each validation that gave a number."""
    own = trial.epochs or 0.0
    before = max((trial.cumulative_epochs or own) - own, 0.0)
    count = len(trial.curve)
    found = []
    for place, entry in enumerate(trial.curve, start=1):
        value = entry.get(objective, math.nan)
        if math.isfinite(value):
            found.append((before + own * entry.get("progress", place / count), float(value)))
    return found

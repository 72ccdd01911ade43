"""Scores against time and against the number of parameters, with what was best so far and with the Pareto front."""

from __future__ import annotations

from collections.abc import Callable

from autonas.report.page.axes import Axis, Frame, sizes, span, times
from autonas.report.page.figure import Figure, bin_of, nothing
from autonas.report.page.markup import Markup, join, table, tag
from autonas.report.phrases import duration
from autonas.report.story import Story, Told

LATER = "There is nothing to draw before a first trial has a score."


def over_time(story: Story) -> Figure:
    """Return scores in the order of time, and the best so far as a line."""
    id, title = "time", "Score over time"
    ranked = sorted((each for each in story.ranked if each.finished is not None), key=lambda each: each.finished or 0)
    if not ranked:
        return nothing(id, title, LATER)
    ends = [each.finished or 0.0 for each in ranked]
    frame = Frame(times(max(ends), "time in trials, one after the other"), _scores(story))
    steps = records(story, ranked)
    path = _stairs(frame, [(each.finished or 0.0, each.score or 0.0) for each in steps], ends[-1])
    picture = frame.draw(
        path,
        *points(frame, ranked, len(ranked), lambda each: each.finished or 0.0),
        label=f"{len(ranked)} scores over {duration(ends[-1])} of trials; the best, {steps[-1].score:.4f}, after "
        f"{duration(steps[-1].finished or 0.0)}.",
    )
    rows = [(duration(each.finished or 0.0), each.trial, f"{each.score:.4f}", each.edits) for each in steps]
    words = table(("after", "trial", story.objective, "what was tried"), rows, "Trials that were the best so far", (2,))
    return Figure(id, title, picture, f"The line is the best so far. {_beyond(frame.y, ranked)}".strip(), words)


def over_size(story: Story) -> Figure:
    """Return scores by number of parameters; the Pareto front as a line."""
    id, title = "size", "Score and size"
    ranked = story.ranked
    if not ranked:
        return nothing(id, title, LATER)
    frame = Frame(sizes([each.parameters for each in ranked], "parameters (logarithmic)"), _scores(story))
    front = pareto(story)
    line = [frame.at(each.parameters, each.score or 0.0) for each in front]
    picture = frame.draw(
        tag("polyline", points=" ".join(f"{x},{y}" for x, y in line), class_="front"),
        *points(frame, ranked, len(ranked), lambda each: each.parameters, {each.trial for each in front}),
        label=f"{len(ranked)} networks of {min(each.parameters for each in ranked):,} to "
        f"{max(each.parameters for each in ranked):,} parameters; {len(front)} are on the Pareto front.",
    )
    rows = [(f"{each.parameters:,}", f"{each.score:.4f}", each.trial, each.edits) for each in front]
    words = table(("parameters", story.objective, "trial", "what was tried"), rows, "The Pareto front", (0, 1))
    note = "Ringed networks are on the Pareto front: none that is as small does better."
    return Figure(id, title, picture, f"{note} {_beyond(frame.y, ranked)}".strip(), words)


def records(story: Story, ranked: list[Told]) -> list[Told]:
    """Return the trials that beat all before them, in the order of ``ranked``."""
    found: list[Told] = []
    for each in ranked:
        if not found or _better(story, each, found[-1]):
            found.append(each)
    return found


def pareto(story: Story) -> list[Told]:
    """Return the trials that no other beats both in score and in size, the smallest first."""
    return records(story, sorted(story.ranked, key=lambda each: (each.parameters, each.rank)))


def points(
    frame: Frame, trials: list[Told], ranked: int, across: Callable[[Told], float], ringed: set[str] | None = None
) -> list[Markup]:
    """Return a dot a trial, the best one last and so on top."""
    drawn = []
    for each in sorted(trials, key=lambda each: -(each.rank or 0)):
        x, y = frame.at(across(each), each.score or 0.0)
        ring = " ringed" if ringed and each.trial in ringed else ""
        look = f"dot {bin_of(each.rank, ranked)}{ring}{' best' if each.rank == 1 else ''}"
        hint = tag("title", f"trial {each.trial}, rank {each.rank}: {each.score:.4f}, {each.parameters:,} parameters")
        drawn.append(tag("circle", hint, cx=x, cy=y, r=6 if each.rank == 1 else 4, class_=look, data_trial=each.trial))
    return drawn


def _better(story: Story, one: Told, other: Told) -> bool:
    return (one.score or 0.0) > (other.score or 0.0) if story.maximise else (one.score or 0.0) < (other.score or 0.0)


def _scores(story: Story) -> Axis:
    way = "higher" if story.maximise else "lower"
    return span([each.score or 0.0 for each in story.ranked], f"{story.objective} ({way} is better)")


def _beyond(axis: Axis, trials: list[Told]) -> str:
    outside = sum(axis.kept(each.score or 0.0) != each.score for each in trials)
    return f"Scores of {outside} trials lie beyond the edge they are drawn on." if outside else ""


def _stairs(frame: Frame, steps: list[tuple[float, float]], end: float) -> Markup:
    corners: list[str] = []
    for place, (at, score) in enumerate(steps):
        later = steps[place + 1][0] if place + 1 < len(steps) else end
        corners += ["{},{}".format(*frame.at(at, score)), "{},{}".format(*frame.at(later, score))]
    return join(tag("polyline", points=" ".join(corners), class_="record"))

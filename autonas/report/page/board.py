"""The leaderboard as a table that sorts: each cell brings the value that it is sorted by."""

from __future__ import annotations

from autonas.report.page.figure import bin_of
from autonas.report.page.markup import Markup, tag
from autonas.report.phrases import duration
from autonas.report.story import Story, Told

HEAD = ("rank", "trial", "score", "parameters", "epochs", "total epochs", "time", "ended after", "parent", "status")
NUMBERS = frozenset({"rank", "score", "parameters", "epochs", "total epochs", "time", "ended after"})

Cell = tuple[object, object]  # what is read, what is sorted by


def board(story: Story) -> Markup:
    """Return the section with the leaderboard."""
    others = [each for each in story.trials if each.rank is None]
    rows = [_row(story, each) for each in [*story.ranked, *others]]
    heads = [_head(name, name == "rank") for name in (*HEAD, "what was tried")]
    caption = (
        f"{len(rows)} {'trial' if len(rows) == 1 else 'trials'}; score is {story.objective}. Press a heading to sort."
    )
    table = tag(
        "table", tag("caption", caption), tag("thead", tag("tr", *heads)), tag("tbody", *rows), class_="sortable"
    )
    area = tag("div", table, class_="scroll board", tabindex="0", role="region", aria_label="Leaderboard")
    return tag("section", tag("h2", "Leaderboard", id="board-title"), area, id="board", class_="card wide")


def _head(name: str, sorted: bool) -> Markup:
    button = tag("button", name, tag("span", "", class_="arrow", aria_hidden="true"), type="button")
    kind = "number" if name in NUMBERS else "text"
    return tag("th", button, scope="col", data_kind=kind, class_=kind, aria_sort="ascending" if sorted else None)


def _row(story: Story, trial: Told) -> Markup:
    cells = [_cell(name, *value) for name, value in zip(HEAD, _values(trial), strict=True)]
    reason = trial.reason and tag("span", f" {trial.reason}", class_="reason")
    cells.append(tag("td", trial.edits, reason, data_sort=trial.edits))
    return tag("tr", *cells, data_trial=trial.trial, class_=bin_of(trial.rank, len(story.ranked)))


def _values(trial: Told) -> tuple[Cell, ...]:
    seconds = sum(trial.seconds.values()) or None
    name = tag("button", trial.trial, type="button", class_="pick", title="show in the figures")
    return (
        ("" if trial.rank is None else trial.rank, trial.rank),
        (name, trial.trial),
        ("" if trial.score is None else f"{trial.score:.4f}", trial.score),
        (f"{trial.parameters:,}", trial.parameters),
        ("" if trial.epochs is None else f"{trial.epochs:.1f}", trial.epochs),
        ("" if trial.cumulative_epochs is None else f"{trial.cumulative_epochs:.1f}", trial.cumulative_epochs),
        ("" if seconds is None else duration(seconds), seconds),
        ("" if trial.finished is None else duration(trial.finished), trial.finished),
        (trial.parent or "", trial.parent),
        (trial.status, trial.status),
    )


def _cell(name: str, shown: object, value: object) -> Markup:
    exact = f"{value!r}" if isinstance(value, float) else "" if value is None else value
    return tag("td", shown, data_sort=exact, class_="number" if name in NUMBERS else None)

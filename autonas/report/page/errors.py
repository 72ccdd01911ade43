"""How the final network errs on the validation data: a confusion matrix, counts a label, or residuals, head by head.

What is drawn here is in facts.json, one dict a head; `autonas.estimators.judged` has its format.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autonas.report.page.axes import Frame, padded
from autonas.report.page.figure import Figure, nothing
from autonas.report.page.markup import Markup, join, table, tag
from autonas.report.story import Story

CELL, LEFT, TOP, LONGEST = 38.0, 120.0, 30.0, 14


def errors(story: Story) -> list[Figure]:
    """Return a figure a head."""
    judged = story.facts.get("judged")
    if not judged:
        why = story.facts.get("unjudged") or "It is measured when fit ends."
        return [nothing("errors", "How the network errs", why)]
    return [_KINDS[head["kind"]](head, place, len(judged) > 1) for place, head in enumerate(judged)]


def _confusion(head: Mapping[str, Any], place: int, several: bool) -> Figure:
    note = f"{head['right']:,} of {_many(head)} are right. Off the diagonal: what was taken for what."
    rows = sorted((row for row in head["counts"] if row[0] != row[1]), key=lambda row: -row[2])
    labels = head["labels"]
    listed = [(labels[true], labels[said], count) for true, said, count in rows]
    words = table(("truth", "predicted", "how often"), listed, "Errors, the most frequent first", (2,))
    title = _titled("Confusion matrix", head, several)
    if not head["drawn"]:
        why = f"{note} {head['classes']} classes are too many to draw; the most frequent errors are in the numbers."
        return Figure(f"errors-{place}", title, None, why, words)
    return Figure(f"errors-{place}", title, _matrix(labels, head["counts"]), note, words)


def _matrix(labels: list[str], counts: list[list[int]]) -> Markup:
    totals = [sum(count for true, _, count in counts if true == row) for row in range(len(labels))]
    cells = []
    for true, said, count in counts:
        x, y, share = LEFT + said * CELL, TOP + true * CELL, count / max(totals[true], 1)
        look = f"cell {'right' if true == said else 'wrong'}"
        hint = tag("title", f"{count} of {totals[true]} of {labels[true]} were said to be {labels[said]}")
        cells.append(
            tag("rect", hint, x=x, y=y, width=CELL - 2, height=CELL - 2, rx=4, class_=look, style=f"--s:{share:.3f}")
        )
        middle = {"x": x + CELL / 2 - 1, "y": y + CELL / 2 + 4}
        cells.append(tag("text", count, **middle, class_=f"count middle{' light' if share > 0.55 else ''}"))
    for number, name in enumerate(labels):
        at = number * CELL + CELL / 2
        cells.append(tag("text", _cut(name), x=LEFT - 8, y=TOP + at + 4, class_="tick end"))
        cells.append(tag("text", _cut(name, 5), x=LEFT + at - 1, y=TOP - 8, class_="tick middle"))
    right = sum(count for true, said, count in counts if true == said)
    label = (
        f"Confusion matrix of {len(labels)} classes, rows the truth, columns the prediction; {right} on the diagonal."
    )
    wide, high = LEFT + CELL * len(labels), TOP + CELL * len(labels)
    frame = [_empty(row, column) for row in range(len(labels)) for column in range(len(labels))]
    return tag(
        "svg",
        *frame,
        *cells,
        viewBox=f"0 0 {wide:g} {high:g}",
        role="img",
        aria_label=label,
        class_="matrix",
        width=wide,
    )


def _empty(row: int, column: int) -> Markup:
    place = {"x": LEFT + column * CELL, "y": TOP + row * CELL}
    return tag("rect", **place, width=CELL - 2, height=CELL - 2, rx=4, class_="cell empty")


def _labels(head: Mapping[str, Any], place: int, several: bool) -> Figure:
    rows = [
        (name, hit, missed, wrong, f"{hit / max(hit + wrong, 1):.3f}", f"{hit / max(hit + missed, 1):.3f}")
        for name, hit, missed, wrong in head["counts"]
    ]
    names = ("label", "found", "missed", "wrongly said", "precision", "recall")
    bars = table(names, rows, "Labels", (1, 2, 3, 4, 5))
    note = f"Counted on {_many(head)}; a label is said where its probability is a half or more."
    title = _titled("How well labels are found", head, several)
    return Figure(f"errors-{place}", title, None, note, before=tag("div", bars, class_="scroll"))


def _residuals(head: Mapping[str, Any], place: int, several: bool) -> Figure:
    pairs = head["pairs"]
    values = [value for pair in pairs for value in pair]
    low, high = min(values), max(values)
    frame = Frame(padded(low, high, "truth"), padded(low, high, "predicted"), 480, 400)
    (x1, y1), (x2, y2) = frame.at(low, low), frame.at(high, high)
    dots = [_dot(frame, truth, said) for truth, said in pairs]
    label = f"Predictions against the truth of {len(pairs)} validation examples; R2 is {head['r2']:.3f}."
    picture = frame.draw(tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_="record"), *dots, label=label)
    spread = ", ".join(f"{share} % {value:.4g}" for share, value in head["quantiles"].items())
    note = f"On the line, predictions are exact. Mean absolute error {head['mae']:.4g}, R2 {head['r2']:.3f}."
    rows = [(f"{share} %", f"{value:.4g}") for share, value in head["quantiles"].items()]
    words = table(("share of examples", "error at most"), rows, f"Absolute errors ({spread})", (0, 1))
    return Figure(f"errors-{place}", _titled("Predictions and truth", head, several), picture, note, words)


def _dot(frame: Frame, truth: float, said: float) -> Markup:
    x, y = frame.at(truth, said)
    return join(tag("circle", cx=x, cy=y, r=3, class_="pair"))


def _titled(title: str, head: Mapping[str, Any], several: bool) -> str:
    return f"{title}: {head['name']}" if several or head.get("column") else title


def _many(head: Mapping[str, Any]) -> str:
    whole = "" if head["examples"] == head["of"] else f" (drawn from {head['of']:,})"
    return f"{head['examples']:,} validation examples{whole}"


def _cut(text: str, most: int = LONGEST) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


_KINDS = {"confusion": _confusion, "labels": _labels, "residuals": _residuals}

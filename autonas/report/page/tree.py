"""The family tree of a search: every network hangs below the one whose weights it inherited.

Generations go from left to right. A network without descendants has a row of its own, others stand in the row of their
first child; the best network's line comes first, and so runs straight along the top.
"""

from __future__ import annotations

from autonas.report.page.figure import Figure, bin_of, nothing
from autonas.report.page.markup import Markup, tag
from autonas.report.phrases import duration
from autonas.report.story import Story, Told

MARGIN, TALL, WIDE, LABELLED = 24.0, 580.0, 1150.0, 60  # units; trials up to which each is named
STEP, ROW = (14.0, 110.0), (2.0, 27.0)  # least and most between generations, and between rows
NAME = 12.0  # height of a trial's name: the least between rows where trials are named

Places = dict[str, tuple[float, float]]


def tree(story: Story) -> Figure:
    """Return the tree with the best network's lineage, which is also told in words."""
    id, title = "tree", "From the first network to the best"
    if not story.trials:
        return nothing(id, title, "There is no trial yet.", wide=True)
    line = {each.trial for each in story.lineage}
    places, width, height = layout(story.trials, line)
    edges = [_edge(places, each, line) for each in story.trials if each.parent in places]
    named = len(story.trials) <= LABELLED
    nodes = [_node(places[each.trial], each, len(story.ranked), line, named) for each in story.trials]
    roots = sum(each.parent not in places for each in story.trials)
    label = (
        f"Family tree of {len(story.trials)} networks: {roots} began from new weights, the others inherited. "
        f"The best descends through {len(line)} trials."
    )
    box = f"0 0 {width:.0f} {height:.0f}"
    svg = tag("svg", *edges, *nodes, viewBox=box, role="img", aria_label=label, class_="tree", width=f"{width:.0f}")
    note = (
        "From left to right: parents to children, which inherit weights through an edit. The stronger the colour, "
        "the better the rank; hollow ones have no score. The thick line leads to the best."
    )
    return Figure(id, title, svg, note, wide=True, before=_lineage(story))


def layout(trials: tuple[Told, ...], line: set[str]) -> tuple[Places, float, float]:
    """Return where each trial stands, those of ``line`` in the first row, and the picture's width and height."""
    known = {each.trial for each in trials}
    children: dict[str, list[str]] = {name: [] for name in known}
    roots, depth = [], {}
    for each in trials:  # a parent begins before its children
        if each.parent in known:
            children[each.parent or ""].append(each.trial)
        else:
            roots.append(each.trial)
        depth[each.trial] = depth.get(each.parent or "", -1) + 1
    for names in (roots, *children.values()):
        names.sort(key=lambda name: name not in line)
    rows = _rows(roots, children)
    leaves, generations = max(rows.values()) + 1, max(depth.values()) + 1
    row = min(max(TALL / leaves, NAME if len(trials) <= LABELLED else ROW[0]), ROW[1])
    step = min(max(WIDE / generations, STEP[0]), STEP[1])
    places = {name: (MARGIN + depth[name] * step, MARGIN + rows[name] * row) for name in rows}
    return places, 2 * MARGIN + (generations - 1) * step + 40, 2 * MARGIN + (leaves - 1) * row


def _rows(roots: list[str], children: dict[str, list[str]]) -> dict[str, float]:
    rows: dict[str, float] = {}
    free, waiting = 0, roots[::-1]
    while waiting:  # depth first, without recursion: a line of descent may be hundreds of edits long
        name = waiting[-1]
        below = children[name]
        ahead = [each for each in below if each not in rows]
        if ahead:
            waiting += ahead[::-1]
            continue
        waiting.pop()
        if below:
            rows[name] = rows[below[0]]
        else:
            rows[name], free = float(free), free + 1
    return rows


def _edge(places: Places, trial: Told, line: set[str]) -> Markup:
    (x1, y1), (x2, y2) = places[trial.parent or ""], places[trial.trial]
    bend = (x1 + x2) / 2
    path = f"M{x1:.1f},{y1:.1f}C{bend:.1f},{y1:.1f} {bend:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"
    return tag("path", d=path, class_="branch line" if trial.trial in line else "branch")


def _node(place: tuple[float, float], trial: Told, ranked: int, line: set[str], named: bool) -> Markup:
    x, y = place
    best = trial.rank == 1
    score = "no score" if trial.score is None else f"rank {trial.rank}, {trial.score:.4f}"
    hint = tag("title", f"trial {trial.trial}: {score}; {trial.edits}")
    look = f"dot {bin_of(trial.rank, ranked)}{' best' if best else ''}"
    radius = 6 if best else 5 if trial.trial in line else 4 if named else 3
    dot = tag("circle", hint, cx=f"{x:.1f}", cy=f"{y:.1f}", r=radius, class_=look, data_trial=trial.trial)
    return tag("g", dot, _name(x, y, trial.trial, trial.trial in line) if named else None)


def _name(x: float, y: float, trial: str, above: bool) -> Markup:
    """Return a trial's name: in the first row above its dot, elsewhere beside it, where others leave room."""
    if above:
        return tag("text", trial, x=f"{x:.1f}", y=f"{y - 9:.1f}", class_="tick middle")
    return tag("text", trial, x=f"{x + 8:.1f}", y=f"{y + 3.5:.1f}", class_="tick beside")


def _lineage(story: Story) -> Markup | None:
    line = story.lineage
    if not line:
        return None
    items = []
    for each in line:
        score = "" if each.score is None else f"{each.score:.4f}"
        size = f"{each.parameters:,} parameters"
        spent = duration(sum(each.seconds.values()))
        said = " · ".join(part.replace(" ", "\u00a0") for part in (f"trial {each.trial}", score, size, spent) if part)
        facts = tag("span", said, class_="facts")
        items.append(tag("li", tag("span", each.edits, class_="edit"), " ", facts, data_trial=each.trial))
    return tag("ol", *items, class_="lineage", tabindex="0", aria_label="Edits that led to the best network")

"""The network drawn: layers from top to bottom, data along the lines.

Layers that only follow one other (normalisation, activations, dropout) share its box. A box stands one level below the
deepest that it reads; a line that passes levels by makes a bow to the right.
"""

from __future__ import annotations

import dataclasses
import math

from autonas.arch import Architecture
from autonas.report.page.figure import Figure, nothing
from autonas.report.page.markup import Markup, join, table, tag
from autonas.report.story import Story

HIGH, GAP, APART, MARGIN = 30.0, 20.0, 28.0, 10.0
LETTER, LEAST, BOW, SHIFT = 7.3, 150.0, 18.0, 8.0  # width of a letter, least of a box; how far bows reach

Spot = tuple[float, float, float]  # left edge, upper edge, width


@dataclasses.dataclass(frozen=True)
class Box:
    """Layers in one box: their nodes, the box's level, and the boxes that it reads by their last node."""

    nodes: tuple[str, ...]
    level: int
    reads: tuple[str, ...]


def network(story: Story) -> Figure:
    """Return the best network, drawn and as a table."""
    id, title = "network", "The best network"
    if story.network is None:
        return nothing(id, title, "There is no network before a first trial has a score.")
    found = story.network
    words = f"{found.parameters:,} parameters in {len(found.nodes)} layers, {found.flops:,} operations an example."
    kept = {None: "", "search": " Finishing left it as its trial had it."}.get(
        story.source, f" Its weights come from finishing ({story.source})."
    )
    note = f"{words} Beside each box, the shape of what it gives.{kept}"
    return Figure(id, title, draw(found), note, _layers(found))


def boxes(network: Architecture) -> list[Box]:
    """Return the boxes in the order of the data."""
    members: dict[str, list[str]] = {}  # by the last node so far
    for each in network.nodes:
        alone = each.inputs[0] if len(each.inputs) == 1 else None
        light = each.id not in network.weights or "norm" in each.op
        if alone in members and light and len(network.consumers[alone]) == 1 and network[alone].op != "input":
            members[each.id] = [*members.pop(alone), each.id]
        else:
            members[each.id] = [each.id]
    last_of = {name: last for last, names in members.items() for name in names}
    found: dict[str, Box] = {}
    place = {each.id: number for number, each in enumerate(network.nodes)}
    for last, names in sorted(members.items(), key=lambda item: place[item[1][0]]):
        reads = tuple(dict.fromkeys(last_of[name] for name in network[names[0]].inputs))
        level = 1 + max((found[name].level for name in reads), default=-1)
        found[last] = Box(tuple(names), level, reads)
    return list(found.values())


def draw(network: Architecture) -> Markup:
    """Return the drawing."""
    drawn = boxes(network)
    labels = {box.nodes[-1]: " · ".join(network[name].words for name in box.nodes) for box in drawn}
    shapes = {name: "×".join(map(str, network.shapes[name])) for name in labels}
    widths = {name: max(LEAST, LETTER * (len(labels[name]) + len(shapes[name]) + 4)) for name in labels}
    levels: dict[int, list[str]] = {}
    for box in drawn:
        levels.setdefault(box.level, []).append(box.nodes[-1])
    row = max(sum(widths[name] + APART for name in names) - APART for names in levels.values())
    spots = _spots(levels, widths, row)
    level_of = {box.nodes[-1]: box.level for box in drawn}
    bows = [
        (level_of[box.nodes[-1]] - level_of[name], name, box)
        for box in drawn
        for name in box.reads
        if _far(box, name, level_of)
    ]
    edges = [_straight(spots, name, box) for box in drawn for name in box.reads if not _far(box, name, level_of)]
    edges += [_bow(spots, name, box, span) for span, name, box in bows]
    reach = max((BOW + SHIFT * span for span, _, _ in bows), default=0.0)
    width = row + 2 * MARGIN + reach
    height = (max(levels) + 1) * (HIGH + GAP) - GAP + 2 * MARGIN
    label = (
        f"Drawing of the network: {len(drawn)} boxes in {len(levels)} levels. The layers stand in the table below it."
    )
    contents = [_box(spots[name], labels[name], shapes[name]) for name in labels]
    view = f"0 0 {width:.0f} {height:.0f}"
    return tag(
        "svg", *edges, *contents, viewBox=view, role="img", aria_label=label, class_="network", width=f"{width:.0f}"
    )


def _spots(levels: dict[int, list[str]], widths: dict[str, float], row: float) -> dict[str, Spot]:
    spots = {}
    for level, names in levels.items():
        left = MARGIN + (row - sum(widths[name] + APART for name in names) + APART) / 2
        for name in names:
            spots[name] = (left, MARGIN + level * (HIGH + GAP), widths[name])
            left += widths[name] + APART
    return spots


def _far(box: Box, name: str, level_of: dict[str, int]) -> bool:
    return box.level - level_of[name] > 1


def _straight(spots: dict[str, Spot], name: str, box: Box) -> Markup:
    (x1, y1, w1), (x2, y2, w2) = spots[name], spots[box.nodes[-1]]
    return tag("line", x1=x1 + w1 / 2, y1=y1 + HIGH, x2=x2 + w2 / 2, y2=y2, class_="wire")


def _bow(spots: dict[str, Spot], name: str, box: Box, span: int) -> Markup:
    (x1, y1, w1), (x2, y2, w2) = spots[name], spots[box.nodes[-1]]
    start, end = x1 + w1, x2 + w2
    out = max(start, end) + (BOW + SHIFT * span) * 4 / 3  # a cubic curve reaches three quarters of the way
    middle, below = y1 + HIGH / 2, y2 + HIGH / 2
    path = f"M{start:.1f},{middle:.1f}C{out:.1f},{middle:.1f} {out:.1f},{below:.1f} {end:.1f},{below:.1f}"
    return tag("path", d=path, class_="wire skip")


def _box(spot: Spot, label: str, shape: str) -> Markup:
    left, upper, width = spot
    frame = tag("rect", x=left, y=upper, width=width, height=HIGH, rx=7, class_="layer")
    words = tag("text", label, x=left + 10, y=upper + HIGH / 2 + 4, class_="words")
    size = tag("text", shape, x=left + width - 10, y=upper + HIGH / 2 + 4, class_="tick end")
    return tag("g", join(frame, words, size))


def _layers(network: Architecture) -> Markup:
    rows = []
    for each in network.nodes:
        own = sum(math.prod(spec.shape) for spec in network.weights.get(each.id, ()))
        shape = "×".join(map(str, network.shapes[each.id]))
        rows.append((each.id, each.words, ", ".join(each.inputs), shape, f"{own:,}" if own else ""))
    return table(("layer", "what it does", "reads", "gives", "parameters"), rows, "Layers, in order", (4,))

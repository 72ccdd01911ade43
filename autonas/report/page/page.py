"""The whole page, from the parts."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib import resources
from string import Template

from autonas.report.page.board import board
from autonas.report.page.curves import curves
from autonas.report.page.errors import errors
from autonas.report.page.markup import Markup, join, tag
from autonas.report.page.network import network
from autonas.report.page.scatter import over_size, over_time
from autonas.report.page.spent import spent
from autonas.report.page.tree import tree
from autonas.report.phrases import duration
from autonas.report.story import Story

LINKS = (
    ("time", "Score"),
    ("board", "Leaderboard"),
    ("tree", "Family tree"),
    ("curves", "Learning curves"),
    ("network", "Network"),
    ("spent", "Time"),
    ("facts", "Data and settings"),
)


def render(story: Story, live: bool = False) -> str:
    """Return the page as HTML.

    Args:
        story: what it tells.
        live: whether the page asks where it came from for a newer one, every few seconds.
    """
    style, script, page = (_file(name) for name in ("page.css", "page.js", "page.html"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return Template(page).substitute(
        title=join(_title(story)),
        style=style,
        script=script,
        digest=digest,
        connect="'self'" if live else "'none'",
        live="true" if live else "false",
        heading=join(_title(story)),
        links=join(*(tag("a", name, href=f"#{id}") for id, name in LINKS)),
        content=_content(story),
    )


def _content(story: Story) -> Markup:
    figures = [over_time(story), over_size(story)]
    beside = [*errors(story), spent(story)]
    return join(
        _tiles(story),
        *(each.draw() for each in figures),
        board(story),
        tree(story).draw(),
        curves(story).draw(),
        network(story).draw(),
        tag("div", *(each.draw() for each in beside), class_="column"),
        _facts(story),
    )


def _title(story: Story) -> str:
    return str(story.facts.get("title") or "Architecture search")


def _tiles(story: Story) -> Markup:
    ranked = story.ranked
    best = story.metrics.get(story.objective) if story.metrics else None
    spent = sum(sum(each.seconds.values()) for each in story.trials)
    failed = sum(each.status == "failed" for each in story.trials)
    tiles = [
        (f"best {story.objective}", "none yet" if best is None else f"{best:.4f}"),
        ("parameters of the best", "none yet" if story.network is None else f"{story.network.parameters:,}"),
        ("trials", f"{len(story.trials)}" + (f", {failed} failed" if failed else "")),
        ("time in trials", duration(spent)),
    ]
    if len(ranked) > 1 and story.lineage:
        tiles.append(("edits to the best", f"{len(story.lineage) - 1}"))
    made = [tag("div", tag("dt", name), tag("dd", value)) for name, value in tiles]
    return tag("dl", *made, class_="tiles wide", aria_label="Summary")


def _facts(story: Story) -> Markup:
    parts = [(name, story.facts.get(name)) for name in ("data", "settings", "versions")]
    told = [_listed(name, facts) for name, facts in parts if facts]
    none = None if told else tag("p", "This search was run without an estimator, so nothing is known of its data.")
    return tag(
        "section",
        tag("h2", "Data, settings and versions", id="facts-title"),
        none,
        tag("div", *told, class_="facts-grid"),
        id="facts",
        class_="card wide",
    )


def _listed(name: str, facts: Mapping[str, object]) -> Markup:
    rows = [tag("tr", tag("th", key, scope="row"), tag("td", value)) for key, value in facts.items()]
    return tag("div", tag("h3", name.capitalize()), tag("table", tag("tbody", *rows), class_="plain"))


def _file(name: str) -> str:
    return resources.files("autonas.report.page").joinpath(name).read_text("utf-8")

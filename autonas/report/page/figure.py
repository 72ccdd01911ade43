"""A figure of the page: a heading, a picture, a sentence, and the same in words or numbers for those who do not see
it."""

from __future__ import annotations

import dataclasses

from autonas.report.page.markup import Markup, tag


@dataclasses.dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        id: names it in links.
        title: its heading.
        picture: the drawing; None where there is nothing to draw.
        note: what it shows and how to read it.
        words: the alternative, usually a table; None where the note says it all.
        wide: whether it takes the page's whole width.
        before: what stands between heading and picture, such as a list.
    """

    id: str
    title: str
    picture: Markup | None
    note: str
    words: Markup | None = None
    wide: bool = False
    before: Markup | None = None

    def draw(self) -> Markup:
        """Return the figure as HTML."""
        name = f"{self.id}-title"
        picture = self.picture and tag(
            "div", self.picture, class_="picture", tabindex="0", role="group", aria_label=f"{self.title}: picture"
        )
        words = self.words and tag(
            "details", tag("summary", "In numbers"), tag("div", self.words, class_="scroll", tabindex="0")
        )
        return tag(
            "figure",
            tag("h2", self.title, id=name),
            self.before,
            picture,
            tag("figcaption", self.note),
            words,
            id=self.id,
            class_="card wide" if self.wide else "card",
            aria_labelledby=name,
        )


def nothing(id: str, title: str, why: str, wide: bool = False) -> Figure:
    """Return a figure that says why it is empty."""
    return Figure(id, title, None, why, wide=wide)


def bin_of(rank: int | None, ranked: int) -> str:
    """Return the class that colours a trial by its rank: ``q6`` the best seventh, ``q0`` the worst, ``none``."""
    return "none" if rank is None else f"q{6 - 7 * (rank - 1) // ranked}"

"""HTML and SVG as values. What is not `Markup` is text, and is escaped wherever it is put: nothing that a user or a
trial brings can become markup.

>>> str(tag("b", "1 < 2", class_="x"))
'<b class="x">1 &lt; 2</b>'
"""

from __future__ import annotations

from html import escape


class Markup(str):
    """Text that is markup already; only this module, and the page's own files, make it."""

    __slots__ = ()


def join(*parts: object) -> Markup:
    """Return ``parts`` one after the other; text among them is escaped, None is nothing."""
    return Markup("".join(_inside(part) for part in parts))


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """Return an element. In the names of attributes ``_`` stands for ``-``, but for one at the end (``class_``); None
    and False leave an attribute out, True gives it no value."""
    head = "".join(_attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{name}{head}>{join(*children)}</{name}>")


def table(head: tuple[str, ...], rows: list[tuple[object, ...]], caption: str, numbers: tuple[int, ...] = ()) -> Markup:
    """Return a plain table; columns in ``numbers`` are set to the right."""
    top = (tag("th", name, scope="col", class_=_side(place, numbers)) for place, name in enumerate(head))
    body = (
        tag("tr", *(tag("td", cell, class_=_side(place, numbers)) for place, cell in enumerate(row))) for row in rows
    )
    return tag("table", tag("caption", caption), tag("thead", tag("tr", *top)), tag("tbody", *body))


def _side(place: int, numbers: tuple[int, ...]) -> str | None:
    return "number" if place in numbers else None


def _inside(part: object) -> str:
    if part is None:
        return ""
    return part if isinstance(part, Markup) else escape(_text(part))


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(_text(value))}"'


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)

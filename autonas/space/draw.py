"""Drawing edits: first a family (deepen, widen, skip, ...), then an edit in it, so that numerous kinds do not drown
the others.

A network of 60 nodes allows 500 skips and 20 ways to widen it; drawn evenly, a search would hardly ever widen anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from autonas.morph import Edit

FAMILIES = {"add_skip": "skip", "concat_skip": "skip", "narrow": "shrink", "remove": "shrink"}
"""Family of every kind of edit that shares one; any other kind is a family of its own."""


def family(edit: Edit) -> str:
    """Return the family that ``edit`` belongs to."""
    return FAMILIES.get(edit.kind, edit.kind)


def drawn(edits: Iterable[Edit], rng: np.random.Generator) -> Iterator[Edit]:
    """Yield all ``edits`` in random order: every next one from a family drawn evenly among those that have any left."""
    left: dict[str, list[Edit]] = {}
    for edit in edits:
        left.setdefault(family(edit), []).append(edit)
    while left:
        name = list(left)[rng.integers(len(left))]
        members = left[name]
        yield members.pop(rng.integers(len(members)))
        if not members:
            del left[name]

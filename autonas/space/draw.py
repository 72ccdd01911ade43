"""Drawing edits: first a family (deepen, widen, skip, ...), then an edit in it, so that numerous kinds do not drown
the others.

A network of 60 nodes allows 500 skips and 20 ways to widen it; drawn evenly, a search would hardly ever widen anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from autonas.morph import Edit

FAMILIES = {
    "add_skip": "skip",
    "concat_skip": "skip",
    "add_heads": "widen",
    "narrow": "shrink",
    "remove": "shrink",
}
"""Family of every kind of edit that shares one; any other kind is a family of its own."""


def drawn(families: Mapping[str, Iterable[Edit]], rng: np.random.Generator) -> Iterator[Edit]:
    """Yield all edits in random order, every next one from a family drawn evenly among those that have any left.

    A family is gone through when it is first drawn, and not before: to draw one edit, most need never be enumerated.
    """
    names = list(families)
    entered: dict[str, list[Edit]] = {}
    while names:
        name = names[rng.integers(len(names))]
        if name not in entered:
            entered[name] = list(families[name])
        if not entered[name]:
            names.remove(name)
            continue
        yield entered[name].pop(rng.integers(len(entered[name])))

"""Tokens: what a policy decides, step by step, to write an architecture down.

A `Choice` is one decision among a few; a `Skips` step is one decision, yes or no, for every earlier `Skips` step:
whether the layer there feeds the layer here. Decisions of one architecture are a row of ints, ``Choice`` by ``Choice``
and bit by bit, in the order of the steps:

>>> steps = (Choice("op", 3), Skips(), Choice("op", 3), Skips(), Choice("op", 3), Skips())
>>> columns(steps)  # an op; an op and a bit; an op and two bits
(1, 0, 1, 1, 1, 2)
"""

from __future__ import annotations

import dataclasses

from autonas.errors import SettingError, message


@dataclasses.dataclass(frozen=True)
class Choice:
    """One of ``options`` values, counted from 0.

    Attributes:
        kind: what is chosen. Steps of one kind share what a policy learns of them; their options count from the same
            first one, but some may have fewer.
        options: how many there are.
    """

    kind: str
    options: int

    def __post_init__(self) -> None:
        if self.options < 1:
            raise SettingError(message("options", ">= 1", self.options, "Leave out a step without a choice"))


@dataclasses.dataclass(frozen=True)
class Skips:
    """An anchor point: a bit for every earlier one, in order; the first has none."""


Step = Choice | Skips


def columns(steps: tuple[Step, ...]) -> tuple[int, ...]:
    """Return how many decisions each step has."""
    anchors, counts = 0, []
    for step in steps:
        counts.append(1 if isinstance(step, Choice) else anchors)
        anchors += isinstance(step, Skips)
    return tuple(counts)

"""Spaces that are tables of trained networks: decisions <-> architecture, and the two scores of every row.

The signal is what a search may see (accuracy on validation data, say), the report what its find is judged by. A row
is a name, one string a choice; its architecture has one ``choice`` node for each, in order. Rows are networks of
their own unless `kinship` says otherwise: rows of equal kinship and exactly equal scores are one network under
several names. It goes by the first of its names in alphabetical order; the others are never proposed, and a step
from any of its names is a step from the network.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np

from autonas.arch import Architecture
from autonas.errors import SettingError, message
from autonas.morph import Edit, SetChoices
from autonas.space.adjacency import Choices, adjacency
from autonas.space.tokens import Choice

Builder = Callable[[Choices, tuple[str, ...]], Architecture]
"""Choices and all options -> the network, which has a ``choice`` node for every choice, in order."""


@dataclasses.dataclass(frozen=True, eq=False)
class TableSpace:
    """The networks of a table. Edits set choices; where the table has holes, several at once (`adjacency`).

    Attributes:
        rows: signal and report of every name. Higher is better.
        build: the architecture of a name.
        kinship: what names of one network have in common besides their scores; by default nothing but the name itself.

    Raises:
        SettingError: no rows, names of unequal length or with blanks in them, or a score that is not finite.
    """

    rows: Mapping[Choices, tuple[float, float]]
    build: Builder
    kinship: Callable[[Choices], Hashable] = lambda choices: choices
    inherits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not self.rows:
            raise SettingError(message("rows", "one at least", 0, "Use a table that is not empty"))
        length = len(next(iter(self.rows)))
        for choices, scores in self.rows.items():
            if len(choices) != length or length == 0:
                expected = f"{length or 'one or more'} choices in every row, as in the first"
                raise SettingError(message("a table", expected, choices, "Split the table by length"))
            if any(not value or value.split() != [value] for value in choices):
                raise SettingError(message("choices", "without blanks", choices, "Rename them"))
            if len(scores) != 2 or not all(map(math.isfinite, scores)):
                expected = f"two finite numbers for {choices}"
                raise SettingError(message("scores", expected, scores, "Leave networks without a score out"))

    @cached_property
    def names(self) -> Mapping[Choices, tuple[Choices, ...]]:
        """All names of every network, by the one it goes by; in alphabetical order."""
        groups: dict[Hashable, list[Choices]] = {}
        for choices in sorted(self.rows):
            groups.setdefault((self.kinship(choices), self.rows[choices]), []).append(choices)
        return {group[0]: tuple(group) for group in groups.values()}

    @cached_property
    def options(self) -> tuple[str, ...]:
        """Every value that some choice has, in alphabetical order."""
        return tuple(sorted({value for choices in self.rows for value in choices}))

    @property
    def starters(self) -> tuple[Architecture, ...]:
        """The network in the middle of the alphabetical order: at its ends stand those that take one extreme choice
        everywhere.
        """
        return (self.network(self._listed[len(self._listed) // 2]),)

    def families(self, architecture: Architecture) -> Mapping[str, Iterator[Edit]]:
        """Return one family: an edit to each neighbour."""
        return {"choice": self._edits(architecture)}

    def child(self, architecture: Architecture, edit: Edit) -> Architecture | None:
        """Return the edited network, or None where it is not in the table, or there under another name."""
        choices = _edited(architecture, edit)
        return self.network(choices) if choices in self.names else None

    def sample(self, rng: np.random.Generator) -> Architecture:
        """Return a network, each as likely as any other, however many names it has."""
        return self.network(self._listed[rng.integers(len(self._listed))])

    def network(self, choices: Choices) -> Architecture:
        """Return the architecture of a name, built once."""
        if choices not in self._built:
            self._built[choices] = self.build(choices, self.options)
        return self._built[choices]

    @cached_property
    def steps(self) -> tuple[Choice, ...]:
        """A choice for every column, among the values that stand in it."""
        return tuple(Choice(f"choice {at}", len(values)) for at, values in enumerate(self._values))

    def decided(self, decisions: Sequence[int]) -> Architecture | None:
        """Return the network whose choices are the ``decisions``, counted in alphabetical order; None where the table
        lists no such name.
        """
        name = tuple(values[at] for values, at in zip(self._values, decisions, strict=True))
        return self.network(self._network_of[name]) if name in self._network_of else None

    def decisions(self, architecture: Architecture) -> tuple[int, ...]:
        """Return the decisions that lead to ``architecture``."""
        return tuple(values.index(each) for values, each in zip(self._values, choices_of(architecture), strict=True))

    def signal(self, architecture: Architecture) -> float:
        """What a search may see of ``architecture``."""
        return self.rows[choices_of(architecture)][0]

    def report(self, architecture: Architecture) -> float:
        """What ``architecture`` is judged by."""
        return self.rows[choices_of(architecture)][1]

    def _edits(self, architecture: Architecture) -> Iterator[Edit]:
        here = choices_of(architecture)
        ids = _choice_ids(architecture)
        for there in self._neighbours[here]:
            yield SetChoices.of({id: new for id, old, new in zip(ids, here, there, strict=True) if new != old})

    @cached_property
    def _neighbours(self) -> Mapping[Choices, tuple[Choices, ...]]:
        return adjacency(self.names)

    @cached_property
    def _listed(self) -> tuple[Choices, ...]:
        return tuple(self.names)

    @cached_property
    def _values(self) -> tuple[list[str], ...]:
        return tuple(sorted(set(column)) for column in zip(*self.rows, strict=True))

    @cached_property
    def _network_of(self) -> Mapping[Choices, Choices]:
        return {name: network for network, group in self.names.items() for name in group}

    @cached_property
    def _built(self) -> dict[Choices, Architecture]:
        return {}


def choices_of(architecture: Architecture) -> Choices:
    """Return the values of the ``choice`` nodes, in order."""
    return tuple(each["value"] for each in architecture.nodes if each.op == "choice")


def _choice_ids(architecture: Architecture) -> list[str]:
    return [each.id for each in architecture.nodes if each.op == "choice"]


def _edited(architecture: Architecture, edit: Edit) -> Choices:
    """Return the choices after ``edit``. Setting them needs no new graph, of which a search would make very many."""
    if not isinstance(edit, SetChoices):
        return choices_of(edit.apply(architecture))
    here = dict(zip(_choice_ids(architecture), choices_of(architecture), strict=True))
    edit.check(architecture)
    return tuple({**here, **edit.values}.values())

"""Set choices: the edit of networks that a benchmark table knows.

One choice in most cases. Where a table lists one network under several names, its neighbour's own name may differ in
more of them, so that an edit holds any number.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import ClassVar

from autonas.arch import Architecture, Weights
from autonas.morph.edit import Arrays, Edit, Inheritance, refuse, require_node


@dataclasses.dataclass(frozen=True)
class SetChoices(Edit):
    """Give choice nodes other values.

    Attributes:
        choices: ``node=value`` for each node that changes, separated by blanks, e.g. ``layer_0=2 layer_4=0``.
    """

    choices: str
    kind: ClassVar[str] = "set_choices"
    preserving: ClassVar[bool] = False

    @property
    def values(self) -> Mapping[str, str]:
        """The new value of every node that changes."""
        return dict(_pair(part, self) for part in self.choices.split())

    @classmethod
    def of(cls, values: Mapping[str, str]) -> SetChoices:
        """Return the edit that gives these nodes these values."""
        return cls(" ".join(f"{name}={value}" for name, value in values.items()))

    @classmethod
    def legal(cls, architecture: Architecture) -> Iterator[SetChoices]:
        """Every other value of every single choice."""
        for each in architecture.nodes:
            if each.op == "choice":
                yield from (cls.of({each.id: value}) for value in each["options"] if value != each["value"])

    def apply(self, architecture: Architecture) -> Architecture:
        self.check(architecture)
        values = self.values
        nodes = (each.with_attrs(value=values[each.id]) if each.id in values else each for each in architecture.nodes)
        return Architecture(tuple(nodes), architecture.outputs)

    def check(self, architecture: Architecture) -> None:
        """Raise `ArchitectureError` unless the edit fits ``architecture``."""
        for name, value in self.values.items():
            self._check_choice(architecture, name, value)

    def _check_choice(self, architecture: Architecture, name: str, value: str) -> None:
        require_node(self, architecture, name)
        if architecture[name].op != "choice":
            raise refuse(self, "it must name choices", f"{name!r}, of op {architecture[name].op!r}")
        if value not in architecture[name]["options"]:
            raise refuse(self, f"a value must be one of {architecture[name]['options']}", repr(value))

    def inherit(self, architecture: Architecture, child: Architecture, weights: Weights, how: Inheritance) -> Arrays:
        return dict(weights)  # a choice owns none

    def words(self, architecture: Architecture) -> str:
        changes = (f"{name}: {architecture[name].words} to {value}" for name, value in self.values.items())
        return "set " + ", ".join(changes)


def _pair(part: str, edit: SetChoices) -> tuple[str, str]:
    name, separator, value = part.partition("=")
    if not (name and separator and value):
        raise refuse(edit, "choices must read node=value, separated by blanks", repr(part))
    return name, value

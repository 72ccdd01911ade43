"""What an edit is: a checked pass over an architecture and its weights, as data.

An edit says what it requires (`Edit.legal` enumerates where that holds), what it does to the graph (`Edit.apply`) and
what it does to the arrays (`Edit.inherit`). A preserving edit keeps the network's function at inference (network
morphism: Chen et al. 2016, Wei et al. 2016); a shrinking one does not, and says so. Node ids survive edits, so weights
are found again by id.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, get_type_hints

import numpy as np

from autonas.arch import Architecture, Weights
from autonas.arch.op import Array
from autonas.errors import ArchitectureError

Arrays = dict[str, tuple[Array, ...]]


@dataclasses.dataclass(frozen=True)
class Inheritance:
    """How weights pass from parent to child.

    Attributes:
        rng: draws which units are copied, and the noise.
        widening: what a consumer does with copied inputs: ``divide`` its weights by the number of copies (Net2Net,
            exact at inference), or give the copies ``zero`` weight (Auto-Keras).
        noise: how much symmetry-breaking noise new units get, as a multiple of Net2Net's usual amount; 0 keeps the
            function exactly.
    """

    rng: np.random.Generator
    widening: Literal["divide", "zero"] = "divide"
    noise: float = 0.0

    def __post_init__(self) -> None:
        if self.widening not in ("divide", "zero"):
            raise ArchitectureError(f"widening must be 'divide' or 'zero'. Received: {self.widening!r}.")
        if not self.noise >= 0:
            raise ArchitectureError(
                f"noise must be >= 0. Received: {self.noise!r}. Use 0 to keep the function exactly."
            )

    def disturb(self, array: Array, ratio: float) -> Array:
        """Return ``array`` plus N(0, (noise * ratio * its standard deviation)^2)."""
        if self.noise == 0 or array.size == 0:
            return array
        scale = self.noise * ratio * float(array.std())
        disturbed: Array = (array + scale * self.rng.standard_normal(array.shape)).astype(array.dtype)
        return disturbed


@dataclasses.dataclass(frozen=True)
class Edit(abc.ABC):
    """One change to an architecture. Subclasses are frozen dataclasses whose fields are ids, strings and ints."""

    kind: ClassVar[str]
    preserving: ClassVar[bool]

    @classmethod
    @abc.abstractmethod
    def legal(cls, architecture: Architecture) -> Iterator[Edit]:
        """Every edit of this kind that ``architecture`` allows."""

    @abc.abstractmethod
    def apply(self, architecture: Architecture) -> Architecture:
        """Return the edited architecture.

        Raises:
            ArchitectureError: the edit does not fit ``architecture``.
        """

    @abc.abstractmethod
    def inherit(self, architecture: Architecture, child: Architecture, weights: Weights, how: Inheritance) -> Arrays:
        """Return the child's weights, made from those of ``architecture``; ``child`` is what `apply` returned."""

    @abc.abstractmethod
    def words(self, architecture: Architecture) -> str:
        """What the edit does, for people; ``architecture`` is the one before it."""


def refuse(edit: Edit, expected: str, received: object) -> ArchitectureError:
    """The error of an edit that does not fit its architecture."""
    return ArchitectureError(
        f"{edit} does not fit this architecture: {expected}. Received: {received}. Use autonas.morph.legal_edits."
    )


def require_node(edit: Edit, architecture: Architecture, id: str) -> None:
    """Raise `ArchitectureError` unless ``architecture`` has the node ``id``."""
    if id not in architecture:
        raise refuse(edit, "an edit must name an existing node", id)


def fresh_id(taken: Mapping[str, object], op: str, skip: int = 0) -> str:
    """Return a node id that is not taken, the same for the same graph: the op's name and the next free number."""
    numbers = (name.rsplit("_", 1)[-1] for name in taken)
    highest = max((int(number) for number in numbers if number.isdecimal()), default=0)
    return f"{op}_{highest + 1 + skip}"


def edit_to_json(edit: Edit) -> dict[str, Any]:
    """Return ``edit`` as plain data for JSON."""
    return {"edit": edit.kind, **dataclasses.asdict(edit)}


def read_edit(kinds: Mapping[str, type[Edit]], data: Mapping[str, Any]) -> Edit:
    """Return the edit that `edit_to_json` wrote, looked up in ``kinds``."""
    name = data.get("edit") if isinstance(data, Mapping) else None
    if not isinstance(name, str) or name not in kinds:
        raise ArchitectureError(f"An edit's kind must be one of {sorted(kinds)}. Received: {name!r}.")
    values = {key: value for key, value in data.items() if key != "edit"}
    _check_fields(kinds[name], values)
    return kinds[name](**values)


def _check_fields(kind: type[Edit], values: Mapping[str, Any]) -> None:
    types = get_type_hints(kind)
    fields = {field.name: types[field.name] for field in dataclasses.fields(kind)}
    if set(values) != set(fields):
        raise ArchitectureError(f"Edit '{kind.kind}' must have the keys {sorted(fields)}. Received: {sorted(values)}.")
    for name, value in values.items():
        if type(value) is not fields[name]:
            expected = fields[name].__name__
            raise ArchitectureError(f"{name} of edit '{kind.kind}' must be of type {expected}. Received: {value!r}.")

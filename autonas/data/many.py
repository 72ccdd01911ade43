"""Several inputs of one example: an image, a text, a row of a table, each by its own schema and under its own name.

x is a list, in the order of the inputs, or a dict by their names. Rows are a dict: `name` where the input is one array,
`name.key` where it is several (the columns of a table, the words and the terms of a text).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from autonas.data.entered import Entered
from autonas.data.heads_target import HeadsOf
from autonas.data.images import ImageSchema
from autonas.data.rows import Rows, count
from autonas.data.schema import Reader, Schema
from autonas.data.tables import TableSchema
from autonas.data.text import TextSchema
from autonas.errors import DataError, message

_PARTS: dict[str, type[Any]] = {schema.kind: schema for schema in (ImageSchema, TableSchema, TextSchema)}


@dataclass(frozen=True, eq=False)
class ManySchema:
    """What the inputs looked like at fit, by name."""

    kind: ClassVar[str] = "many"

    parts: Mapping[str, Schema]

    @property
    def shape(self) -> dict[str, tuple[int, ...]]:
        """Shapes of one example as the network sees it, by input name."""
        return flat({name: part.shape for name, part in self.parts.items()})

    def check(self, x: Any, *, name: str = "x") -> Rows:
        """Return x as rows if it looks as it did at fit; raise DataError if not."""
        given = named(x, list(self.parts), name)
        return _of_one_length(
            {one: part.check(given[one], name=f"{name}[{one!r}]") for one, part in self.parts.items()}, name
        )

    def encode(self, rows: Rows) -> Rows:
        """Return what the network is trained on."""
        return flat({name: part.encode(inner(rows, name)) for name, part in self.parts.items()})

    def feed(self, rows: Rows) -> Rows:
        """Return rows as the exported model takes them."""
        return flat({name: part.feed(inner(rows, name)) for name, part in self.parts.items()})

    def to_json(self) -> dict[str, Any]:
        """Return the schema as JSON-able values."""
        return {"kind": self.kind, "parts": {name: part.to_json() for name, part in self.parts.items()}}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> "ManySchema":
        """Return the schema that `to_json` wrote."""
        return cls({name: _PARTS[held["kind"]].from_json(held) for name, held in state["parts"].items()})


def many_reader(readers: Mapping[str, Reader], heads: Mapping[str, str]) -> Reader:
    """Return how examples of several inputs, each read by its own reader, are read; ``heads`` are tasks by name."""

    def enter(x: Any, y: Any = None, sample_weight: Any = None, *, schema: ManySchema | None = None) -> Entered:
        if y is None:
            raise DataError(message("y", f"given for the heads {list(heads)}", None, "Give a list of them"))
        given = named(x, list(readers), "x")
        came = {
            name: reader.enter(given[name], y, schema=schema.parts[name] if schema else None).x
            for name, reader in readers.items()
        }
        return Entered(came, HeadsOf(named(y, list(heads), "y"), heads), sample_weight)

    def check(x: Any) -> Rows:
        return _of_one_length({name: reader.check(x[name]) for name, reader in readers.items()}, "x")

    def describe(x: Any, rows: Rows) -> ManySchema:
        return ManySchema({name: reader.describe(x[name], inner(rows, name)) for name, reader in readers.items()})

    def arrivals(x: Any, schema: ManySchema) -> Iterator[Rows]:
        given = named(x, list(readers), "x")
        came = {name: next(reader.arrivals(given[name], schema.parts[name])) for name, reader in readers.items()}
        yield _of_one_length(came, "x")

    return Reader(check=check, describe=describe, enter=enter, arrivals=arrivals)


def named(held: Any, names: Sequence[str], what: str) -> dict[str, Any]:
    """Return a list, or a dict, of as many things as there are names, by name; a single one may come alone."""
    remedy = "Give a list in their order, or a dict by name"
    if isinstance(held, Mapping):
        if set(held) != set(names):
            raise DataError(message(what, f"a dict by the names {list(names)}", list(held), remedy))
        return {name: held[name] for name in names}
    if len(names) == 1 and not (isinstance(held, list | tuple) and len(held) == 1 and hasattr(held[0], "__len__")):
        return {names[0]: held}
    if not isinstance(held, list | tuple) or len(held) != len(names):
        received = f"{type(held).__name__} of {len(held)}" if isinstance(held, list | tuple) else type(held).__name__
        raise DataError(message(what, f"a list of {len(names)}, for {', '.join(names)}", received, remedy))
    return dict(zip(names, held, strict=True))


def flat(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what parts hold under one name each: `name`, or `name.key` where a part is a dict."""
    found: dict[str, Any] = {}
    for name, part in parts.items():
        found.update(
            {f"{name}.{key}": held for key, held in part.items()} if isinstance(part, Mapping) else {name: part}
        )
    return found


def part_name(key: str) -> str:
    """Return the name of the input that a row of this key belongs to."""
    return key.split(".")[0]


def inner(rows: Mapping[str, Any], name: str) -> Any:
    """Return what `flat` was given for a name."""
    if name in rows:
        return rows[name]
    return {key.removeprefix(f"{name}."): held for key, held in rows.items() if key.startswith(f"{name}.")}


def _of_one_length(parts: Mapping[str, Rows], name: str) -> dict[str, Any]:
    lengths = {one: count(rows) for one, rows in parts.items()}
    if len(set(lengths.values())) != 1:
        raise DataError(message(name, "of one length in all inputs", lengths, "Give every input one entry an example"))
    return flat(parts)

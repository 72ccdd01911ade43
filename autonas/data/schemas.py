"""The schemas by the kind of data that they describe, and the way back from what a saved file holds."""

from collections.abc import Mapping
from typing import Any

from autonas.data.images import ImageSchema
from autonas.data.many import ManySchema
from autonas.data.schema import Schema
from autonas.data.tables import TableSchema
from autonas.data.text import TextSchema
from autonas.errors import DataError, message

SCHEMAS: dict[str, type[Schema]] = {
    schema.kind: schema for schema in (ImageSchema, ManySchema, TableSchema, TextSchema)
}
"""Every schema by its kind. One of your own is one more entry."""


def schema_from_json(state: Mapping[str, Any]) -> Schema:
    """Return the schema that `to_json` of any kind wrote."""
    kind = state.get("kind")
    if kind not in SCHEMAS:
        expected = f"one of {', '.join(SCHEMAS)}"
        raise DataError(message("kind of schema", expected, kind, "Load the file with the version that wrote it"))
    return SCHEMAS[kind].from_json(state)

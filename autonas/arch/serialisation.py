"""Architectures as JSON, versioned; what is not known is refused, never guessed."""

from __future__ import annotations

import json
from typing import Any

from autonas.arch.architecture import Architecture, Node, node
from autonas.errors import ArchitectureError

FORMAT = "autonas.architecture"
VERSION = 1


def to_json(architecture: Architecture) -> str:
    """Return ``architecture`` as compact JSON text; node ids are kept."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "nodes": [_node_data(each) for each in architecture.nodes],
        "outputs": list(architecture.outputs),
    }
    return json.dumps(document, separators=(",", ":"))


def from_json(text: str) -> Architecture:
    """Return the architecture that `to_json` wrote.

    Raises:
        ArchitectureError: not JSON, not an architecture, of another version, or with a key, op or attribute that this
            version does not know.
    """
    document = _parse(text)
    _check_keys("An architecture", document, {"format", "version", "nodes", "outputs"})
    if document["format"] != FORMAT:
        raise ArchitectureError(f"format must be {FORMAT!r}. Received: {document['format']!r}.")
    if type(document["version"]) is not int or document["version"] != VERSION:
        raise ArchitectureError(
            f"version must be {VERSION}, the one this autonas reads. Received: {document['version']!r}. "
            f"Use the autonas that wrote it, or a newer one."
        )
    nodes = _typed("nodes", document["nodes"], list)
    return Architecture(tuple(_read_node(item) for item in nodes), _names("outputs", document["outputs"]))


def _node_data(each: Node) -> dict[str, Any]:
    return {"id": each.id, "op": each.op, "inputs": list(each.inputs), "attrs": dict(each.attrs)}


def _read_node(item: Any) -> Node:
    _check_keys("A node", item, {"id", "op", "inputs", "attrs"})
    op, attrs = _typed("op", item["op"], str), _typed("attrs", item["attrs"], dict)
    return node(item["id"], op, _names("inputs", item["inputs"]), **attrs)


def _names(what: str, value: Any) -> tuple[str, ...]:
    return tuple(_typed(f"a name in {what}", name, str) for name in _typed(what, value, list))


def _typed(what: str, value: Any, kind: type) -> Any:
    if type(value) is not kind:
        words = {"list": "a list", "dict": "an object", "str": "a string"}[kind.__name__]
        raise ArchitectureError(f"In an architecture's JSON, {what} must be {words}. Received: {value!r}.")
    return value


def _parse(text: str) -> Any:
    if not isinstance(text, str):
        raise ArchitectureError(f"An architecture must be JSON text. Received: {type(text).__name__}.")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ArchitectureError(f"An architecture must be JSON text. Received: {text[:60]!r} ({error}).") from error


def _check_keys(what: str, item: Any, expected: set[str]) -> None:
    if not isinstance(item, dict) or set(item) != expected:
        received = sorted(item) if isinstance(item, dict) else type(item).__name__
        raise ArchitectureError(f"{what} must be a JSON object with the keys {sorted(expected)}. Received: {received}.")

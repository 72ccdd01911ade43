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
        ArchitectureError: not JSON, not an architecture, of a later version, or with a key, op or attribute that this version does not know.
    """
    document = _parse(text)
    _check_keys("An architecture", document, {"format", "version", "nodes", "outputs"})
    if document["format"] != FORMAT:
        raise ArchitectureError(f"format must be {FORMAT!r}. Received: {document['format']!r}.")
    if document["version"] != VERSION:
        raise ArchitectureError(
            f"version must be {VERSION}, the one this autonas reads. Received: {document['version']!r}. Use the autonas that wrote it, or a newer one."
        )
    return Architecture(tuple(_read_node(item) for item in document["nodes"]), tuple(document["outputs"]))


def _node_data(each: Node) -> dict[str, Any]:
    return {"id": each.id, "op": each.op, "inputs": list(each.inputs), "attrs": dict(each.attrs)}


def _read_node(item: Any) -> Node:
    _check_keys("A node", item, {"id", "op", "inputs", "attrs"})
    return node(item["id"], item["op"], item["inputs"], **item["attrs"])


def _parse(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ArchitectureError(f"An architecture must be JSON text. Received: {text[:60]!r} ({error}).") from error
    return document  # type: ignore[no-any-return]


def _check_keys(what: str, item: Any, expected: set[str]) -> None:
    if not isinstance(item, dict) or set(item) != expected:
        received = sorted(item) if isinstance(item, dict) else type(item).__name__
        raise ArchitectureError(f"{what} must be a JSON object with the keys {sorted(expected)}. Received: {received}.")

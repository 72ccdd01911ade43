"""A proposal as the values of a KerasTuner trial, and back: strings, which travel as hyper-parameters do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from autonas.arch import content_id, from_json, to_json
from autonas.errors import ArchitectureError
from autonas.morph import edit_from_json, edit_to_json
from autonas.search.strategy import Drawn, Proposal

ARCHITECTURE, PARENT, EDITS, DRAWN = "architecture", "parent", "edits", "drawn"


def to_values(proposal: Proposal) -> dict[str, str]:
    """Return ``proposal`` as a trial's values; no parent is the empty string, and no policy no value."""
    values = {
        ARCHITECTURE: to_json(proposal.architecture),
        PARENT: proposal.parent or "",
        EDITS: json.dumps([edit_to_json(edit) for edit in proposal.edits]),
    }
    drawn = proposal.drawn
    return values if drawn is None else {**values, DRAWN: json.dumps([drawn.decisions, drawn.log_probability])}


def from_values(values: Mapping[str, Any]) -> Proposal:
    """Return the proposal that `to_values` wrote.

    Raises:
        ArchitectureError: a value is missing or cannot be read.
    """
    missing = {ARCHITECTURE, PARENT, EDITS} - set(values)
    if missing:
        raise ArchitectureError(
            f"A trial's values must hold a proposal. Received: {sorted(values)}; missing: {sorted(missing)}."
        )
    edits = tuple(edit_from_json(data) for data in json.loads(values[EDITS]))
    return Proposal(from_json(values[ARCHITECTURE]), values[PARENT] or None, edits, _drawn(values.get(DRAWN)))


def _drawn(text: str | None) -> Drawn | None:
    if text is None:
        return None
    decisions, log_probability = json.loads(text)
    return Drawn(tuple(decisions), log_probability)


def identity(values: Mapping[str, Any]) -> str:
    """Return what makes two trials duplicates: the content id of the architecture, whatever its parent and edits."""
    return content_id(from_json(values[ARCHITECTURE]))

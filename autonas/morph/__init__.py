"""Network morphisms: edits of an architecture and of its weights. Imports numpy and nothing heavier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autonas.arch import Architecture, Weights, check_weights
from autonas.morph.blend import blend, blendable
from autonas.morph.choice import SetChoices
from autonas.morph.dense_layer import DenseLayer
from autonas.morph.depth import Deepen, Remove
from autonas.morph.edit import Arrays, Edit, Inheritance, edit_to_json, read_edit
from autonas.morph.heads import AddHeads
from autonas.morph.kernel import Enlarge
from autonas.morph.skip import AddSkip, ConcatSkip
from autonas.morph.width import Narrow, Widen

EDITS: dict[str, type[Edit]] = {
    kind.kind: kind for kind in (Deepen, Widen, AddSkip, ConcatSkip, Enlarge, AddHeads, Narrow, Remove)
}
"""Every kind of morphism by name. A kind of your own is one more entry."""


def legal_edits(architecture: Architecture, shrink: bool = False) -> tuple[Edit, ...]:
    """Return every edit that ``architecture`` allows; with ``shrink`` also those that do not preserve the function."""
    kinds = (kind for kind in EDITS.values() if shrink or kind.preserving)
    return tuple(edit for kind in kinds for edit in kind.legal(architecture))


def apply_edits(architecture: Architecture, edits: Iterable[Edit]) -> Architecture:
    """Return ``architecture`` after ``edits``, in order."""
    for edit in edits:
        architecture = edit.apply(architecture)
    return architecture


def transfer(
    edit: Edit, architecture: Architecture, weights: Weights, rng: np.random.Generator, noise: float = 0.0
) -> Arrays:
    """Return the weights that ``edit.apply(architecture)`` inherits; see `Inheritance` for more choices.

    Raises:
        ArchitectureError: the edit does not fit, or ``weights`` do not.
    """
    return inherit((edit,), architecture, weights, Inheritance(rng, noise=noise))


def inherit(edits: Iterable[Edit], architecture: Architecture, weights: Weights, how: Inheritance) -> Arrays:
    """Return the weights that the architecture after ``edits`` inherits from ``architecture``."""
    check_weights(architecture, weights)
    inherited = dict(weights)
    for edit in edits:
        child = edit.apply(architecture)
        inherited = edit.inherit(architecture, child, inherited, how)
        architecture = child
    check_weights(architecture, inherited)
    return inherited


def edit_from_json(data: Mapping[str, Any]) -> Edit:
    """Return the edit that `edit_to_json` wrote.

    Raises:
        ArchitectureError: the kind or a key is unknown, or a value is of another type.
    """
    return read_edit({**EDITS, SetChoices.kind: SetChoices, DenseLayer.kind: DenseLayer}, data)


__all__ = [
    "EDITS",
    "AddHeads",
    "AddSkip",
    "ConcatSkip",
    "Deepen",
    "DenseLayer",
    "Edit",
    "Enlarge",
    "Inheritance",
    "Narrow",
    "Remove",
    "SetChoices",
    "Widen",
    "apply_edits",
    "blend",
    "blendable",
    "edit_from_json",
    "edit_to_json",
    "inherit",
    "legal_edits",
    "transfer",
]

"""The best children of a supernet on disk, with the weights that it gives them: what trials start from."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autonas.arch import Architecture, content_id, from_json, initial_weights, to_json
from autonas.morph import Arrays
from autonas.runtime.files import read_json, replacing, write_json
from autonas.space.supergraph import Route

FILE = "children.json"


@dataclasses.dataclass(frozen=True)
class Child:
    """One child.

    Attributes:
        architecture: the network.
        decisions: what it was in its space.
        score: what the shared weights gave, more is better.
        words: what it consists of.
    """

    architecture: Architecture
    decisions: Route
    score: float
    words: str


def write_children(folder: Path, children: Sequence[Child], weights: Sequence[Arrays]) -> None:
    """Keep children, the best first, and their shared weights; the list is written last."""
    for place, arrays in enumerate(weights):
        with replacing(_weights_file(folder, place)) as temporary:
            np.savez(temporary, **{f"{id}/{k}": each for id, held in arrays.items() for k, each in enumerate(held)})
    write_json(
        folder / FILE,
        [{**dataclasses.asdict(each), "architecture": to_json(each.architecture)} for each in children],
    )


def read_children(folder: Path) -> list[Child] | None:
    """Return what `write_children` kept, or None where there is nothing.

    Raises:
        DirectoryError, ArchitectureError: a file is damaged.
    """
    if not (folder / FILE).is_file():
        return None
    return [
        Child(from_json(each["architecture"]), tuple(each["decisions"]), each["score"], each["words"])
        for each in read_json(folder / FILE)
    ]


class SharedWeights:
    """First weights of the children in ``folder``: the supernet's, and fresh ones for nodes that it does not have."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        children = read_children(folder) or []
        self._places = {content_id(each.architecture): place for place, each in enumerate(children)}

    def __call__(self, architecture: Architecture, rng: np.random.Generator) -> Arrays:
        """Return the first weights of ``architecture``, one of the children, by node id."""
        fresh = initial_weights(architecture, rng)
        with np.load(_weights_file(self._folder, self._places[content_id(architecture)])) as stored:
            held = {name.partition("/")[0] for name in stored.files}
            shared = {
                id: tuple(stored[f"{id}/{k}"] for k in range(len(arrays))) for id, arrays in fresh.items() if id in held
            }
        return {**fresh, **shared}


def _weights_file(folder: Path, place: int) -> Path:
    return folder / f"child-{place:03d}.npz"

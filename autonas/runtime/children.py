"""The best children of a supernet on disk, with the weights that it gives them: what trials start from."""

from __future__ import annotations

import contextlib
import dataclasses
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autonas.arch import Architecture, content_id, from_json, initial_weights, to_json
from autonas.errors import DirectoryError
from autonas.morph import Arrays
from autonas.runtime.files import damaged, read_json, replacing, write_json
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


@dataclasses.dataclass(frozen=True)
class Best:
    """The best children, and what they were chosen for.

    Attributes:
        children: best first.
        asked: how many were asked for; there may be fewer.
        max_params: the bound that they keep, or None.
        seconds: what it took to find them, shared weights and ranking, in all runs.
        planned: seconds that shared weights had; None for no bound.
    """

    children: tuple[Child, ...]
    asked: int
    max_params: int | None
    seconds: float
    planned: float | None = None


def write_best(folder: Path, best: Best, weights: Sequence[Arrays]) -> None:
    """Keep children and their shared weights; the list is written last."""
    for child, arrays in zip(best.children, weights, strict=True):
        with replacing(_weights_file(folder, child.architecture)) as temporary:
            np.savez(temporary, **{f"{id}/{k}": each for id, held in arrays.items() for k, each in enumerate(held)})
    children = [{**dataclasses.asdict(each), "architecture": to_json(each.architecture)} for each in best.children]
    write_json(folder / FILE, {**dataclasses.asdict(best), "children": children})


def read_best(folder: Path) -> Best | None:
    """Return what `write_best` kept, or None where there is nothing.

    Raises:
        DirectoryError, ArchitectureError: a file is damaged.
    """
    if not (folder / FILE).is_file():
        return None
    document = read_json(folder / FILE)
    children = tuple(
        Child(from_json(each["architecture"]), tuple(each["decisions"]), each["score"], each["words"])
        for each in document["children"]
    )
    return Best(children, document["asked"], document["max_params"], document["seconds"], document.get("planned"))


class SharedWeights:
    """First weights of the children in ``folder``: the supernet's, and fresh ones for nodes that it does not have.

    It travels to machines that do not see the folder: what is pickled holds the weights of the best children itself.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, dict[str, np.ndarray]] = {}  # by file; empty but in a copy that travelled

    def __call__(self, architecture: Architecture, rng: np.random.Generator) -> Arrays:
        """Return the first weights of ``architecture``, one of the children, by node id; fresh ones, with a warning,
        where its file is missing or damaged."""
        fresh, path = initial_weights(architecture, rng), _weights_file(self._folder, architecture)
        try:
            return {**fresh, **_shared(path, self._stored(path), fresh)}
        except DirectoryError as error:
            warnings.warn(f"{error} The trial begins from scratch.", stacklevel=2)
            return fresh

    def __getstate__(self) -> dict[str, Any]:
        best = read_best(self._folder)
        paths = [_weights_file(self._folder, each.architecture) for each in best.children] if best else []
        held = {}
        for path in paths:
            with contextlib.suppress(DirectoryError):  # told where a trial asks for it
                held[path.name] = self._stored(path)
        return {**vars(self), "_held": held}

    def _stored(self, path: Path) -> dict[str, np.ndarray]:
        """Return the arrays in a file, or those that travelled.

        Raises:
            DirectoryError: the file is missing or damaged.
        """
        if path.name in self._held:
            return self._held[path.name]
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                return dict(stored)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise damaged(path, error) from error


def _shared(path: Path, stored: dict[str, np.ndarray], fresh: Arrays) -> dict[str, tuple[np.ndarray, ...]]:
    """Return the ``stored`` weights by node id; raise `DirectoryError` where they are not those of this network."""
    held, shared = {name.partition("/")[0] for name in stored}, {}
    try:
        for id in fresh.keys() & held:
            shared[id] = tuple(stored[f"{id}/{k}"] for k in range(len(fresh[id])))
            if [each.shape for each in shared[id]] != [each.shape for each in fresh[id]]:
                raise ValueError(f"other shapes than those of {id}")
    except (KeyError, ValueError) as error:
        raise damaged(path, error) from error
    return shared


def _weights_file(folder: Path, architecture: Architecture) -> Path:
    return folder / f"child-{content_id(architecture)}.npz"

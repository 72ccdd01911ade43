"""What identifies a search in its directory: resuming needs the same data, split and aim."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from autonas.data import Dataset
from autonas.data.disk import DiskArray
from autonas.runtime.files import read_json
from autonas.tuner.fingerprint import FINGERPRINT_FILE


def resolved_seed(seed: int | None, folder: Path, overwrite: bool) -> int:
    """Return the seed of a search: the one given, else the one of the search in ``folder``, else a new one."""
    if seed is not None:
        return int(seed)
    stored = folder / FINGERPRINT_FILE
    if stored.is_file() and not overwrite:
        document = read_json(stored)
        if isinstance(document, dict) and isinstance(document.get("seed"), int):
            return int(document["seed"])
    return secrets.randbelow(2**31)


def fingerprint(data: Dataset, task: str, objective: str, oracle: str, seed: int) -> dict[str, Any]:
    """Return what must be equal for a search to be resumed; see `autonas.tuner.SearchTuner`."""
    return {
        "task": task,
        "shape": list(data.schema.shape),
        "objective": objective,
        "oracle": oracle,
        "seed": seed,
        "data": _digest(data),
    }


def _digest(data: Dataset) -> str:
    """A hash of both parts: of all targets and weights, and of all pixels."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (data.train, data.validation):
        for array in (part.x, part.y, part.weight):
            _update(digest, array)
    return digest.hexdigest()


def _update(digest: Any, array: npt.NDArray[Any] | DiskArray | None) -> None:
    if array is None:
        digest.update(b"none")
        return
    digest.update(f"{array.dtype}{array.shape}".encode())
    for block in array.blocks() if isinstance(array, DiskArray) else (array,):
        digest.update(np.ascontiguousarray(block).data)

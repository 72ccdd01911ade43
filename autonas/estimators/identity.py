"""What identifies a search in its directory: resuming needs the same data, split and aim."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any

import keras
import numpy as np
import scipy.sparse

from autonas.data import Dataset
from autonas.data.disk import DiskArray
from autonas.data.rows import leaves
from autonas.runtime.files import read_json
from autonas.runtime.scoring import Scoring
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


def fingerprint(data: Dataset, task: str, objective: str, oracle: str, seed: int, scoring: Scoring) -> dict[str, Any]:
    """Return what must be equal for a search to be resumed; see `autonas.tuner.SearchTuner`."""
    return {
        **_losses(scoring),
        "task": task,
        "kind": data.schema.kind,
        "shape": data.schema.shape,
        "objective": objective,
        "oracle": oracle,
        "seed": seed,
        "data": digest(data),
    }


def _losses(scoring: Scoring) -> dict[str, Any]:
    """Return the user's own losses, and of several heads their weights; nothing where there are none."""
    own = {} if scoring.loss is None else {"loss": _loss_name(scoring.loss)}
    weights = {name: head.weight for name, head in scoring.heads.items() if head.weight != 1}
    heads = {name: _losses(head)["loss"] for name, head in scoring.heads.items() if head.loss is not None}
    return {**own, **({"loss": heads} if heads else {}), **({"loss_weights": weights} if weights else {})}


def _loss_name(loss: Any) -> str:
    """Return what a loss is called, with its settings where it is Keras's: a function's content is not looked at."""
    if isinstance(loss, keras.losses.Loss):
        return f"{type(loss).__name__} {sorted((name, repr(value)) for name, value in loss.get_config().items())}"
    return str(getattr(loss, "__name__", type(loss).__name__))


def digest(data: Dataset) -> str:
    """Return a hash of both parts: of all examples, targets and weights."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (data.train, data.validation):
        for array in (*leaves(part.x), part.y, part.weight):
            _update(digest, array)
    return digest.hexdigest()


def _update(digest: Any, array: Any) -> None:
    """Let an array, one on disk, a sparse matrix or None go into the digest."""
    if array is None:
        digest.update(b"none")
        return
    if scipy.sparse.issparse(array):
        rows = array.tocsr()
        for part in (rows.indptr, rows.indices, rows.data):
            _update(digest, part)
        return
    digest.update(f"{array.dtype}{array.shape}".encode())
    for block in array.blocks() if isinstance(array, DiskArray) else (array,):
        digest.update(np.ascontiguousarray(block).data)

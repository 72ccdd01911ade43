"""The other end of `autonas.tuner.handover`, in the process of a slot."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


class _Receiver(pickle.Unpickler):
    """Looks up the arrays that were kept apart."""

    def __init__(self, file: io.BytesIO, find: Callable[[Any], np.ndarray]) -> None:
        super().__init__(file)
        self._find = find

    def persistent_load(self, stands_for: Any) -> Any:
        """Return the array that was kept apart."""
        _, where = stands_for
        return self._find(where)


def receive(sent: bytes, folder: Path | None = None) -> Any:
    """Return the evaluator that `autonas.tuner.handover.send` sent; its large arrays are mapped into memory, where all
    processes share them, and are read-only. They stand in ``folder`` where that is called otherwise here than where
    they were written."""

    def find(path: str) -> np.ndarray:
        found = path if folder is None else folder / Path(path).name
        return np.load(found, mmap_mode="r", allow_pickle=False)

    return unpack(sent, find)


def unpack(sent: bytes, find: Callable[[Any], np.ndarray]) -> Any:
    """Return what `autonas.tuner.handover.pack` packed; ``find`` returns the array that was kept somewhere."""
    return _Receiver(io.BytesIO(sent), find).load()

"""The other end of `autonas.tuner.handover`, in the process of a slot."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from autonas.data.disk import DiskArray

ARRAY, FILE = "array", "file"  # what was kept apart


class _Receiver(pickle.Unpickler):
    """Looks up what was kept apart."""

    def __init__(
        self, file: io.BytesIO, find: Callable[[Any], np.ndarray], find_file: Callable[[Any], Any] | None
    ) -> None:
        super().__init__(file)
        self._find, self._find_file = find, find_file

    def persistent_load(self, stands_for: Any) -> Any:
        """Return what was kept apart."""
        kind, where, *rest = stands_for
        if kind == ARRAY:
            return self._find(where)
        assert self._find_file is not None, "who packs files says how to find them"
        row_shape, dtype, rows = rest
        held = self._find_file(where)
        return DiskArray(held, held.path, row_shape, np.dtype(dtype), rows)


def receive(sent: bytes, folder: Path | None = None) -> Any:
    """Return the evaluator that `autonas.tuner.handover.send` sent; its large arrays are mapped into memory, where all
    processes share them, and are read-only. They stand in ``folder`` where that is called otherwise here than where
    they were written."""

    def find(path: str) -> np.ndarray:
        found = path if folder is None else folder / Path(path).name
        return np.load(found, mmap_mode="r", allow_pickle=False)

    return unpack(sent, find)


def unpack(sent: bytes, find: Callable[[Any], np.ndarray], find_file: Callable[[Any], Any] | None = None) -> Any:
    """Return what `autonas.tuner.handover.pack` packed.

    Args:
        sent: the bytes.
        find: returns the array that was kept somewhere.
        find_file: returns something with the ``path`` of the file that was kept somewhere; the file lives as long.
    """
    return _Receiver(io.BytesIO(sent), find, find_file).load()

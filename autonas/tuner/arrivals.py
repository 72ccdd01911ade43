"""The other end of `autonas.tuner.handover`, in the process of a slot or on another machine."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np


class _Receiver(pickle.Unpickler):
    """Maps arrays that were written to files into memory, where all processes share them."""

    def __init__(self, file: io.BytesIO, folder: Path | None) -> None:
        super().__init__(file)
        self._folder = folder

    def persistent_load(self, stands_for: Any) -> Any:
        """Return the array that a name stands for, read-only."""
        _, path = stands_for
        found = path if self._folder is None else self._folder / Path(path).name
        return np.load(found, mmap_mode="r", allow_pickle=False)


def receive(sent: bytes, folder: Path | None = None) -> Any:
    """Return the evaluator that `autonas.tuner.handover.send` sent; its arrays stand in ``folder`` where that is
    called otherwise here than where it was sent."""
    return _Receiver(io.BytesIO(sent), folder).load()

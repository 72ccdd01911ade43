"""The other end of `autonas.tuner.handover`, in the process of a slot."""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np


class _Receiver(pickle.Unpickler):
    """Maps arrays that were written to files into memory, where all processes share them."""

    def persistent_load(self, stands_for: Any) -> Any:
        """Return the array that a name stands for, read-only."""
        _, path = stands_for
        return np.load(path, mmap_mode="r", allow_pickle=False)


def receive(sent: bytes) -> Any:
    """Return the evaluator that `autonas.tuner.handover.send` sent."""
    return _Receiver(io.BytesIO(sent)).load()

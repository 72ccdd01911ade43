"""An evaluator on its way to the processes of slots: bytes for a pipe, and its large arrays apart, as files that all of
them map into memory, or in the object store of a Ray cluster.

The bytes cross once, when a process starts, and are never kept: the format of files is JSON and .npy. They carry what
no JSON could, such as a user's loss, metrics and callbacks; functions and classes of a script or notebook travel by
value (cloudpickle), so that nobody imports the script again.
"""

from __future__ import annotations

import copyreg
import io
import itertools
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle
import keras
import numpy as np

from autonas.data.disk import DiskArray
from autonas.errors import AutonasError, DiskFull
from autonas.tuner.arrivals import ARRAY, FILE

LARGE = 1 << 16  # bytes of an array from which on it goes into a file


class Unsendable(AutonasError):
    """An evaluator holds what cannot leave its process."""


def send(evaluator: Any, folder: Path) -> bytes:
    """Return ``evaluator`` as bytes that `receive` understands; its large arrays are written into ``folder``.

    Raises:
        Unsendable: something in it cannot be sent, such as an open file in a user's callback.
        DiskFull: its arrays cannot be written.
    """
    numbers = itertools.count()

    def write(array: np.ndarray) -> str:
        path = folder / f"{next(numbers)}.npy"
        np.save(path, array, allow_pickle=False)
        return str(path)

    try:
        return pack(evaluator, write)
    except OSError as error:
        raise DiskFull(
            f"The temporary folder must have room for the data, which trials' processes read. Received: {error}. "
            "Set the environment variable TMPDIR to a folder on another disk, or use workers=0."
        ) from error


def pack(evaluator: Any, keep: Callable[[np.ndarray], Any], keep_file: Callable[[Path], Any] | None = None) -> bytes:
    """Return ``evaluator`` as bytes, without its large arrays.

    Args:
        evaluator: what is sent.
        keep: puts an array where the receiver finds it, and says where; called once an array.
        keep_file: the same for a file that holds data on disk; None where the receiver sees it.

    Raises:
        Unsendable: something in it cannot be sent.
        OSError: ``keep`` had no room.
    """
    held = io.BytesIO()
    try:
        _Sender(held, keep, keep_file).dump(evaluator)
    except (OSError, AutonasError):
        raise
    except Exception as error:  # whatever a user's object raises when it is asked for its state
        raise Unsendable(
            f"callbacks, loss and metrics must be able to travel to another process. Received: {type(error).__name__}: "
            f"{error}. Use workers=0 to run trials in this process."
        ) from error
    return held.getvalue()


class _Sender(cloudpickle.Pickler):  # type: ignore[misc]
    """Keeps large arrays and files apart, each once."""

    def __init__(
        self, file: io.BytesIO, keep: Callable[[np.ndarray], Any], keep_file: Callable[[Path], Any] | None
    ) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._keep, self._keep_file = keep, keep_file
        self._sent: dict[int | Path, Any] = {}
        self._held: list[Any] = []  # so that an id stands for one array only

    def persistent_id(self, held: Any) -> tuple[Any, ...] | None:
        """Return what stands for what is kept apart, or None for anything else."""
        if self._keep_file is not None and isinstance(held, DiskArray):
            if held.path not in self._sent:
                self._sent[held.path] = self._keep_file(held.path)
            return FILE, self._sent[held.path], held.row_shape, held.dtype.str, held.rows
        if type(held) not in (np.ndarray, np.memmap) or held.nbytes < LARGE or held.dtype.hasobject:
            return None
        if id(held) not in self._sent:
            self._sent[id(held)] = self._keep(held)
            self._held.append(held)
        return ARRAY, self._sent[id(held)]

    def reducer_override(self, held: Any) -> Any:
        """Send a loss as the object that it is, and a metric as what it was made from.

        Keras would send names of classes and look them up, where a script's own are not found.
        """
        if isinstance(held, keras.losses.Loss):
            return copyreg.__newobj__, (type(held),), vars(held)  # type: ignore[attr-defined]
        if isinstance(held, keras.metrics.Metric):
            return type(held).from_config, (held.get_config(),)
        return super().reducer_override(held)

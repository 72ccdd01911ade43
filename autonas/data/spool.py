"""Batches to one array: in memory while they are few, in a file from there on.

What arrives once (a generator) is needed many times: to learn the scale of its pixels, to split it, and in every epoch
of every trial. So it is read once and kept, in memory up to `IN_MEMORY` bytes and as a file of fixed-size rows in the
system's temporary folder beyond (TMPDIR says where that is).
"""

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from autonas.data.disk import DiskArray, Folder
from autonas.errors import DataError

IN_MEMORY = 128 * 2**20  # bytes; arrays are copied twice on their way to training


class Spool:
    """Takes batches (b, ...) of one row shape and dtype; use it as a context manager."""

    def __init__(self, in_memory: int | None = None) -> None:
        self._limit = IN_MEMORY if in_memory is None else in_memory
        self._held: list[NDArray[Any]] = []
        self._bytes, self._count = 0, 0
        self._folder: Folder | None = None
        self._file: BinaryIO | None = None

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *args: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, batch: NDArray[Any]) -> None:
        """Take a batch. Raises DataError where the disk is full."""
        self._held.append(batch)
        self._bytes += batch.nbytes
        self._count += len(batch)
        if self._bytes > self._limit or self._file is not None:
            self._spill()

    def finish(self) -> NDArray[Any] | DiskArray:
        """Return everything, in the order in which it came."""
        if self._file is None or self._folder is None:
            return np.concatenate(self._held)
        self._file.close()
        array = DiskArray(self._folder, self._folder.path / _FILE, self._shape, self._dtype, np.arange(self._count))
        return array.joined(np.empty((0, *self._shape), self._dtype))  # which fills its last block

    def _spill(self) -> None:
        """Write what is held to the file, as uint8 or float32."""
        if self._file is None:
            self._folder = Folder()
            self._file = (self._folder.path / _FILE).open("wb")
            self._shape = self._held[0].shape[1:]
            self._dtype = np.dtype(np.uint8 if self._held[0].dtype == np.uint8 else np.float32)
        try:
            for batch in self._held:
                self._file.write(np.ascontiguousarray(batch, self._dtype).data)
        except OSError as error:
            raise DataError(
                f"The temporary folder must have room for the data, a row after the other. Received: {error} after "
                f"{self._count:,} rows. Use another disk: set the environment variable TMPDIR."
            ) from error
        self._held = []


_FILE = "rows.bin"

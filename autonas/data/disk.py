"""An array on disk, for what is too large for memory: rows of one size in one file, read by number.

It has as much of an array's manners as the house needs: `len`, `shape`, `dtype`, and `x[rows]`, which reads these rows
into memory. Taking a subset reads nothing. The file lives as long as any array on it.
"""

import itertools
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

BLOCK_BYTES = 2**20  # a file is a whole number of blocks of about this size, of zeros where rows end


class Folder:
    """A temporary folder that goes when the last one who knows it does."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="autonas-data-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True, eq=False)
class DiskArray:
    """Rows of `path`, by their numbers in the file; `rows` says which, and in which order."""

    folder: Folder
    path: Path
    row_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rows: NDArray[np.int64]  # (n,)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array: (n, *row_shape)."""
        return (len(self.rows), *self.row_shape)

    @property
    def ndim(self) -> int:
        """How many axes there are, that of the rows included."""
        return 1 + len(self.row_shape)

    @property
    def row_bytes(self) -> int:
        """Bytes of a row."""
        return int(np.prod(self.row_shape)) * self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all rows."""
        return len(self.rows) * self.row_bytes

    @property
    def block_rows(self) -> int:
        """How many rows a block of the file holds."""
        return max(BLOCK_BYTES // self.row_bytes, 1)

    @property
    def file_blocks(self) -> int:
        """How many blocks the file holds, rows of other arrays included."""
        return self.path.stat().st_size // (self.block_rows * self.row_bytes)

    def __getitem__(self, key: slice | NDArray[Any] | list[int]) -> NDArray[Any]:
        """Read rows by a slice, their numbers or a mask."""
        wanted = self.rows[key]
        order = np.argsort(wanted, kind="stable")
        read = np.empty((len(wanted), *self.row_shape), self.dtype)
        with self.path.open("rb") as file:
            for first, last in _runs(wanted[order]):
                read[order[first:last]] = self._read(file, int(wanted[order[first]]), last - first)
        return read

    def __array__(self, *args: Any, **kwargs: Any) -> NDArray[Any]:
        raise TypeError(f"A DiskArray of {self.nbytes:,} bytes is not loaded whole. Use x[rows] or blocks().")

    def blocks(self) -> Iterator[NDArray[Any]]:
        """Yield all rows in order, about a megabyte at a time."""
        for start in range(0, len(self), self.block_rows):
            yield self[start : start + self.block_rows]

    def subset(self, rows: NDArray[Any]) -> "DiskArray":
        """Return the array of these rows of this one; nothing is read."""
        return replace(self, rows=self.rows[rows])

    def with_row_shape(self, shape: tuple[int, ...]) -> "DiskArray":
        """Return the same rows in another shape of as many numbers."""
        return replace(self, row_shape=shape)

    def joined(self, more: NDArray[Any]) -> "DiskArray":
        """Return this array with the rows `more` behind its own; they are added to the file's end."""
        with self.path.open("ab") as file:
            begin = file.tell() // self.row_bytes
            file.write(np.ascontiguousarray(more, self.dtype).tobytes())
            file.write(bytes(-file.tell() % (self.block_rows * self.row_bytes)))
        return replace(self, rows=np.concatenate([self.rows, np.arange(begin, begin + len(more))]))

    def _read(self, file: BinaryIO, row: int, count: int) -> NDArray[Any]:
        file.seek(row * self.row_bytes)
        return np.fromfile(file, self.dtype, count * int(np.prod(self.row_shape))).reshape(count, *self.row_shape)


def _runs(rows: NDArray[Any]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) places of each stretch of consecutive numbers in sorted `rows`."""
    ends = np.flatnonzero(np.diff(rows) != 1) + 1
    bounds = [0, *ends.tolist(), len(rows)]
    yield from ((a, b) for a, b in itertools.pairwise(bounds) if b > a)

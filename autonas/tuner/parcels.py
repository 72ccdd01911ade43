"""Files as bytes, for a machine that does not see their folder."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from autonas.runtime.files import is_leftover, replacing
from autonas.tuner.results import RESULT_FILE

PIECE_BYTES = 64 * 2**20  # of a large file that travels
_OPEN_FILES = Path("/proc/self/fd")


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the content of the files that stand in ``folder`` itself, by name."""
    return {
        path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file() and not is_leftover(path)
    }


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write what `read_files` read into ``folder``, a trial's result last: where it stands, everything else does.

    Raises:
        DiskFull: there is no room.
    """
    for name in sorted(files, key=lambda each: each == RESULT_FILE):
        with replacing(folder / Path(name).name) as temporary:
            temporary.write_bytes(files[name])


def pieces(path: Path) -> Iterator[bytes]:
    """Yield a large file's content, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


class Copy:
    """A file made of pieces, in the temporary folder. It goes with this process, however that ends: on Linux it has no
    name in any folder."""

    def __init__(self, content: Iterable[bytes]) -> None:
        nameless = _OPEN_FILES.is_dir()
        self._file = tempfile.TemporaryFile() if nameless else tempfile.NamedTemporaryFile()  # noqa: SIM115 - it stays open
        weakref.finalize(self, self._file.close)
        for piece in content:
            self._file.write(piece)
        self._file.flush()
        self.path = _OPEN_FILES / str(self._file.fileno()) if nameless else Path(self._file.name)

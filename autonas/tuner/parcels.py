"""A folder's files as bytes, for a machine that does not see the folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from autonas.runtime.files import is_leftover, replacing
from autonas.tuner.results import RESULT_FILE


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

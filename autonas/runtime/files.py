"""Writing files so that a killed process leaves the old file or the new one, never half of one.

The new text goes to a temporary file beside the target, is pushed to the disk (fsync) and then takes the target's name
in one step (rename). JSON objects carry a checksum, so that what a disk or a hand changed is noticed.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import re
import threading
import warnings
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autonas.errors import DamagedFile, DiskFull

_MARK = ".tmp"
_FULL = (errno.ENOSPC, errno.EDQUOT)
_CHECKSUM = re.compile(r'(?:, )?"crc32": "([0-9a-f]{8})"\}$')


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path with the ending of ``path``; what is written there becomes ``path`` if the block ends
    well.

    >>> with replacing(Path("weights.npz")) as temporary:  # doctest: +SKIP
    ...     np.savez(temporary, **arrays)

    Raises:
        DiskFull: there is no room for it.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}-{threading.get_ident()}{_MARK}{path.suffix}")
    try:
        yield temporary
        _push_to_disk(temporary)
        temporary.replace(path)
        _push_to_disk(path.parent)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise DiskFull(
            f"The disk must have room for {path}. Received: {error}. Free some, or use a directory on another disk."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def is_leftover(path: Path) -> bool:
    """Say whether ``path`` is a temporary file that a killed process left behind."""
    return path.name.startswith(".") and _MARK in path.suffixes


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` as UTF-8, all or nothing."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, document: Any) -> None:
    """Write ``document`` to ``path`` as JSON, all or nothing; NumPy's scalars become Python's.

    An object ends with the CRC-32 of its text.
    """
    text = json.dumps(document, default=_plain)
    if isinstance(document, Mapping):
        text = f'{text[:-1]}{", " if document else ""}"crc32": "{_crc(text)}"}}'
    write_text(path, text)


def read_json(path: Path) -> Any:
    """Return the document in ``path``.

    Raises:
        DamagedFile: the file is missing, cannot be read, is not JSON, or does not have the checksum that it names.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = _CHECKSUM.search(text)
        whole = text if found is None else f"{text[: found.start()]}}}"
        if found is not None and _crc(whole) != found[1]:
            raise ValueError(f"its checksum is {_crc(whole)} and should be {found[1]}")
        return json.loads(whole)
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error


def set_aside(path: Path, error: Exception, meaning: str) -> None:
    """Give a damaged file another name, and warn: ``meaning`` says what the search does without it."""
    kept = next(each for n in itertools.count() if not (each := path.with_name(f"{path.name}.damaged-{n}")).exists())
    reason = " ".join(str(error.__cause__ or error).split())
    if path.exists():
        path.rename(kept)
        said = f"{reason}. It was set aside as {kept.name}"
    else:
        said = "no such file"
    warnings.warn(f"{path} must be a readable file of this search. Received: {said}; {meaning}.", stacklevel=3)


def damaged(path: Path, error: Exception) -> DamagedFile:
    """Return the error that says that a file of a search cannot be used."""
    reason = f"{type(error).__name__}: {error}"
    return DamagedFile(
        f"{path} must be a readable file of this search. Received: {reason}. "
        "Use a backup of the file, another directory, or overwrite=True to start anew."
    )


def _crc(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def _plain(value: Any) -> Any:
    """Return a NumPy scalar as a Python number."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"A JSON value must be text, a number, a list or a dict. Received: {value!r}.")


def _push_to_disk(path: Path) -> None:
    if path.is_dir() and os.name != "posix":
        return  # elsewhere a folder cannot be opened, and a rename is pushed with its file
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

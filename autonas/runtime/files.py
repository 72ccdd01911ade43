"""Writing files so that a killed process leaves the old file or the new one, never half of one.

The new text goes to a temporary file beside the target, is pushed to the disk (fsync) and then takes the target's name
in one step (rename).
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autonas.errors import DirectoryError

_MARK = ".tmp"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path with the ending of ``path``; what is written there becomes ``path`` if the block ends
    well.

    >>> with replacing(Path("weights.npz")) as temporary:  # doctest: +SKIP
    ...     np.savez(temporary, **arrays)
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}-{threading.get_ident()}{_MARK}{path.suffix}")
    try:
        yield temporary
        _push_to_disk(temporary)
        temporary.replace(path)
        _push_to_disk(path.parent)
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
    """Write ``document`` to ``path`` as JSON, all or nothing; NumPy's scalars become Python's."""
    write_text(path, json.dumps(document, default=_plain))


def read_json(path: Path) -> Any:
    """Return the document in ``path``.

    Raises:
        DirectoryError: the file is missing, cannot be read, or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> DirectoryError:
    """Return the error that says that a file of a search cannot be used."""
    reason = f"{type(error).__name__}: {error}"
    return DirectoryError(
        f"{path} must be a readable file of this search. Received: {reason}. "
        "Use a backup of the file, another directory, or overwrite=True to start anew."
    )


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

"""Whose folder is it? A search leaves its fingerprint where its trials live, and enters no folder with another."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autonas.errors import DirectoryError
from autonas.runtime.files import is_leftover, read_json, write_json

FINGERPRINT_FILE = "search.json"


def claim(folder: Path, fingerprint: Mapping[str, Any], overwrite: bool = False) -> None:
    """Make ``folder`` the home of the search that ``fingerprint`` (JSON data) identifies; one that already is stays as
    it is.

    With ``overwrite`` an earlier search's trials are removed first. A folder that no search made is never touched.

    Raises:
        DirectoryError: the folder holds another search, or something else.
    """
    mine = json.loads(json.dumps(dict(fingerprint)))  # as it will be read again: tuples become lists
    if _is_vacant(folder):
        _settle(folder, mine)
        return
    if not (folder / FINGERPRINT_FILE).is_file():
        raise DirectoryError(
            f"directory must be empty or hold an autonas search. Received: {str(folder)!r}, which holds other files. "
            "Use another directory."
        )
    if overwrite:
        _remove(folder)
        _settle(folder, mine)
        return
    _compare(folder, mine, read_json(folder / FINGERPRINT_FILE))


def _is_vacant(folder: Path) -> bool:
    return not folder.exists() or (folder.is_dir() and all(is_leftover(path) for path in folder.iterdir()))


def _settle(folder: Path, fingerprint: Mapping[str, Any]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:  # a file in the way, or no right to write
        raise DirectoryError(
            f"directory must be a folder that can be written. Received: {str(folder)!r} ({error}). "
            "Use another directory."
        ) from error
    write_json(folder / FINGERPRINT_FILE, fingerprint)


def _remove(folder: Path) -> None:
    """Remove a search; it leaves its place in one step, so that a kill half-way leaves no half of it there."""
    doomed = folder.with_name(f".{folder.name}.{os.getpid()}.removed")
    folder.rename(doomed)
    shutil.rmtree(doomed)


def _compare(folder: Path, mine: Mapping[str, Any], found: Any) -> None:
    if mine == found:
        return
    theirs = found if isinstance(found, dict) else {}
    names = [name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name)]
    expected = ", ".join(f"{name}={mine.get(name)!r}" for name in names)
    received = ", ".join(f"{name}={theirs.get(name)!r}" for name in names)
    raise DirectoryError(
        f"directory must be empty or hold the search that is asked for ({expected}). Received: {str(folder)!r}, "
        f"which holds another search ({received}). Use another directory, or overwrite=True to replace that search."
    )

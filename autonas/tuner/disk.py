"""Checkpoints that take more room than they may, and what is left of their trials: the outcome, which counts as before.

A child of such a trial would begin from scratch, so strategies are asked for another one. `autonas.tuner.pruning` says
which go first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autonas.tuner.results import RESULT_FILE
from autonas.tuner.store import TRIAL_FILE

_MARK = "pruned"  # an empty file that says that a checkpoint was removed on purpose
_OUTCOME = (TRIAL_FILE, RESULT_FILE, _MARK)


def is_pruned(trial_folder: Path) -> bool:
    """Say whether a trial's checkpoint was removed to save disk."""
    return (trial_folder / _MARK).is_file()


def size(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def prune(folders: Sequence[Path], needed: set[Path], most_mb: float) -> None:
    """Remove checkpoints until the trials' folders take ``most_mb`` megabytes, or only ``needed`` ones are left.

    Args:
        folders: those of all trials that have ended, the one to go first at the front.
        needed: those that stay.
        most_mb: megabytes.
    """
    total = sum(map(size, folders))
    for folder in folders:
        if total <= most_mb * 1e6:
            return
        if folder in needed or is_pruned(folder):
            continue
        before = size(folder)
        (folder / _MARK).touch()
        for path in folder.iterdir():
            if path.is_file() and path.name not in _OUTCOME:
                path.unlink()
        total -= before - size(folder)

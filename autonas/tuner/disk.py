"""Disk: where checkpoints take more room than they may, those go that are needed least.

Needed are those of the best trials (they may be returned or blended), of the youngest (evolution breeds from them) and
of the parents of what runs. Of the others the worst go first. What is left of such a trial is its outcome: it counts as
before, but a child of it would begin from scratch, so strategies are asked for another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autonas.tuner.results import RESULT_FILE
from autonas.tuner.store import TRIAL_FILE

BEST, YOUNGEST = 12, 6  # trials whose checkpoints stay, whatever they take
_MARK = "pruned"  # an empty file that says that a checkpoint was removed on purpose
_OUTCOME = (TRIAL_FILE, RESULT_FILE, _MARK)


def is_pruned(trial_folder: Path) -> bool:
    """Say whether a trial's checkpoint was removed to save disk."""
    return (trial_folder / _MARK).is_file()


def size(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def prune(folders: Sequence[Path], needed: set[Path], most: float) -> None:
    """Remove checkpoints until the trials' folders take ``most`` bytes, or only ``needed`` ones are left.

    Args:
        folders: those of all trials that have ended, the one to go first at the front.
        needed: those that stay.
        most: bytes.
    """
    total = sum(map(size, folders))
    for folder in folders:
        if total <= most:
            return
        if folder in needed or is_pruned(folder):
            continue
        before = size(folder)
        (folder / _MARK).touch()
        for path in folder.iterdir():
            if path.is_file() and path.name not in _OUTCOME:
                path.unlink()
        total -= before - size(folder)

"""Putting a finished file or folder where the user wants it, in one step, and never half of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def placed(path: Path) -> Iterator[Path]:
    """Give a temporary path on the same disk to write to; move it to `path` if the block ends well, else leave nothing.

    What stood at `path` is taken away only when its successor is complete, and comes back if the move fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".autonas-export-", dir=path.parent) as folder:
        temporary = Path(folder) / path.name
        yield temporary
        if path.is_dir() and not path.is_symlink():
            _exchange(temporary, path, old=Path(folder) / "old" / path.name)
        else:
            temporary.replace(path)


def _exchange(new: Path, path: Path, *, old: Path) -> None:
    """Move a folder to where another stands: folders, unlike files, cannot be replaced in one call."""
    old.parent.mkdir()
    path.rename(old)
    try:
        new.rename(path)
    except OSError:
        old.rename(path)
        raise

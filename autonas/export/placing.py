"""Putting finished files or a folder where the user wants them, in one step, and never half of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def placed(path: Path, beside: Sequence[Path] = ()) -> Iterator[Path]:
    """Give a temporary path on the same disk to write to; move it to `path` if the block ends well, else leave nothing.

    What the block writes next to the temporary path, under the names of the paths `beside`, goes with it. What stood at
    any of these is taken away only when its successor is complete, and comes back if a move fails.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".autonas-export-", dir=path.parent) as folder:
        temporary = Path(folder) / path.name
        yield temporary
        old = Path(folder) / ".old"
        old.mkdir()
        undo: list[tuple[Path, Path]] = []
        try:
            for place in beside:
                _exchange(Path(folder) / place.name, place, old, undo)
            if path.is_dir() and not path.is_symlink():
                _exchange(temporary, path, old, undo)
            else:
                temporary.replace(path)  # of files this is one call, with no moment in which there is none
        except OSError:
            for source, target in reversed(undo):
                source.rename(target)
            raise


def _exchange(new: Path, place: Path, old: Path, undo: list[tuple[Path, Path]]) -> None:
    """Move away what stands at a place, and what is new, if there is something, to it; note how to take both back."""
    if place.exists() or place.is_symlink():
        place.rename(old / place.name)
        undo.append((old / place.name, place))
    if new.exists():
        new.rename(place)
        undo.append((place, new))

"""One search at a time in a directory: a lock that the operating system lets go of when its holder dies, however."""

from __future__ import annotations

import errno
import os
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from autonas.errors import DirectoryError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
    import msvcrt

_HELD: dict[Path, tuple[int, int]] = {}  # by lock file: the thread that holds it, and how many times over
_ACCESS = threading.Lock()
_HELD_BY_ANOTHER = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)  # other errors: this file system has no locks


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of the search in ``folder`` while the block runs; a thread may take it again inside.

    The lock is the file ``.NAME.lock`` beside the folder. What counts is not that it is there, but that the system says
    that a living process holds it.

    Raises:
        DirectoryError: another process, or thread, holds it.
    """
    path = lock_file(folder)
    me = threading.get_ident()
    with _ACCESS:
        thread, times = _HELD.get(path, (me, 0))
        if thread != me:
            raise _busy(folder, f"another thread of process {os.getpid()}")
        descriptor = None if times else _take(folder, path)
        _HELD[path] = (me, times + 1)
    try:
        yield
    finally:
        with _ACCESS:
            if times:
                _HELD[path] = (me, times)
            else:
                del _HELD[path]
        if descriptor is not None:
            _let_go(descriptor, path)


def lock_file(folder: Path) -> Path:
    """Return the file that stands for the lock of the search in ``folder``."""
    whole = folder.absolute()
    return whole.with_name(f".{whole.name}.lock")


def _take(folder: Path, path: Path) -> int:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise DirectoryError(
                f"directory must be a folder that can be written. Received: {str(folder)!r} ({error}). "
                "Use another directory."
            ) from error
        try:
            _lock(descriptor)
        except OSError as error:
            if error.errno not in _HELD_BY_ANOTHER:
                warnings.warn(f"{path} cannot be locked ({error}). Start no second search there.", stacklevel=4)
                return descriptor
            holder = os.read(descriptor, 200).decode(errors="replace").strip() or "another process"
            os.close(descriptor)
            raise _busy(folder, holder) from error
        if _is_still(descriptor, path):
            with suppress(OSError):  # on a full disk, say: then the lock does not say whose it is
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
            return descriptor
        os.close(descriptor)  # its holder removed it between our two steps


def _lock(descriptor: int) -> None:
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)


def _is_still(descriptor: int, path: Path) -> bool:
    """Say whether ``path`` still is the file that was opened."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _let_go(descriptor: int, path: Path) -> None:
    with suppress(OSError):  # where an open file cannot be removed, it stays, and means nothing
        path.unlink()
    os.close(descriptor)


def _busy(folder: Path, holder: str) -> DirectoryError:
    return DirectoryError(
        f"directory must have no other search running in it. Received: {str(folder)!r}, where {holder} is searching. "
        "Use another directory, or wait for that search to end."
    )

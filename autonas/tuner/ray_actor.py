"""The other end of a Ray slot: an actor on some node, which shares no folder with the caller."""

from __future__ import annotations

import collections
import dataclasses
import importlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray

from autonas import __version__
from autonas.runtime.evaluator import Progress
from autonas.runtime.quiet import quiet_tracing
from autonas.tuner.arrivals import unpack
from autonas.tuner.parcels import Copy, read_files, write_files
from autonas.tuner.slot_process import resident_mb
from autonas.tuner.slots import Task, perform
from autonas.tuner.values import from_values

_KEPT = 100  # signs of progress that wait for the caller; of more, the oldest are dropped


class TrialActor:
    """Runs one trial at a time. Another thread of it answers `look` meanwhile.

    Args:
        environment: variables of its process.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        os.environ.update(environment)
        self._evaluator: Any = None
        self._come: collections.deque[dict[str, Any]] = collections.deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def about(self) -> dict[str, Any]:
        """Say who this is: version of autonas, node, process."""
        return {"version": __version__, "node": ray.get_runtime_context().get_node_id(), "pid": os.getpid()}

    def load(self, modules: Sequence[str]) -> None:
        """Import modules; what TensorFlow says to the standard error meanwhile, every process of it says."""
        with _silenced():
            for module in modules:
                importlib.import_module(module)

    def take(self, sent: bytes, stored: Sequence[ray.ObjectRef]) -> None:
        """Take over the evaluator. Its arrays are mapped from the node's object store, where all actors share them,
        read-only; data on disk are copied to a file of this actor's own."""
        copies: dict[tuple[int, ...], Copy] = {}

        def find_file(places: tuple[int, ...]) -> Copy:
            if places not in copies:
                copies[places] = Copy(ray.get(stored[place]) for place in places)
            return copies[places]

        self._evaluator = unpack(sent, lambda place: ray.get(stored[place]), find_file)

    def run(
        self,
        values: Mapping[str, Any],
        trial_id: str,
        attempt: str,
        seconds: float | None,
        parent: Mapping[str, bytes] | None,
        learned: Sequence[tuple[Any, bool]],
    ) -> dict[str, Any]:
        """Run an attempt at a trial, and return its files or what went wrong.

        Args:
            values: the proposal (`autonas.tuner.values`).
            trial_id, attempt, seconds: see `Task`.
            parent: the files of the trial whose weights it inherits.
            learned: curves of other actors' trials since the last one.
        """
        for curve, warm in learned:
            self._evaluator.remember(tuple(curve), warm)
        with tempfile.TemporaryDirectory(prefix="autonas-trial-", ignore_cleanup_errors=True) as place, quiet_tracing():
            folder = Path(place) / "trial"
            folder.mkdir()
            task = Task(trial_id, attempt, from_values(values), folder, _parent(Path(place), parent), seconds)
            failure = perform(self._evaluator, task, lambda progress: self._note(attempt, progress))
            files = {} if failure is not None else read_files(folder)
        return {"failure": failure, "files": files, "progress": self.look(), "resident_mb": resident_mb()}

    def look(self) -> list[dict[str, Any]]:
        """Return how far the trial has come since the last look."""
        with self._lock:
            come = list(self._come)
            self._come.clear()
        return come

    def _note(self, attempt: str, progress: Progress) -> None:
        with self._lock:
            self._come.append({"attempt": attempt, "progress": dataclasses.asdict(progress)})


@contextmanager
def _silenced() -> Iterator[None]:
    """Send what the process writes to its standard error nowhere, also from C++."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)


def _parent(place: Path, files: Mapping[str, bytes] | None) -> Path | None:
    if files is None:
        return None
    folder = place / "parent"
    folder.mkdir()
    write_files(folder, files)
    return folder

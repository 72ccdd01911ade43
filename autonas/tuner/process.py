"""One process of a slot, as its caller sees it: started, told, heard, killed."""

from __future__ import annotations

import collections
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autonas.tuner.messages import line
from autonas.tuner.slots import Memory, Task

_TAIL = 30  # lines of what a process printed that are kept to explain its death
_COMMAND = ("-P", "-m", "autonas.tuner.slot_process")
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class Process:
    """A running process; what it says arrives in a queue as (process, message), its end as (process, None).

    Attributes:
        task: what it is working on, or None.
        heard: when it last said anything, on `time.monotonic`.
        learned: how many of its caller's curves it has been told.
        memory: what it takes.
    """

    def __init__(
        self, slot: int, size: int, modules: Sequence[str], events: queue.Queue[tuple[Process, dict[str, Any] | None]]
    ) -> None:
        self.task: Task | None = None
        self.heard, self.learned = time.monotonic(), 0
        self._ready, self.memory = False, Memory()
        self._words: collections.deque[str] = collections.deque(maxlen=_TAIL)
        self._outbox: queue.Queue[bytes | None] = queue.Queue()
        self._popen = subprocess.Popen(
            [sys.executable, *_COMMAND, *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(slot, size),
            start_new_session=True,  # Ctrl-C on a terminal is for the caller alone
        )
        self._threads = [
            threading.Thread(target=work, daemon=True)
            for work in (lambda: self._listen(events), self._speak, self._read_words)
        ]
        for thread in self._threads:
            thread.start()
        self.tell(line("path", path=_path()))

    @property
    def pid(self) -> int:
        """Its id in the system."""
        return self._popen.pid

    def tell(self, *sent: bytes) -> None:
        """Send something; it waits in line until the process reads it."""
        self._outbox.put(b"".join(sent))

    def kill(self) -> int | None:
        """End it, frozen or not, and return its exit code."""
        self._popen.kill()
        self._outbox.put(None)
        return self._popen.wait()

    def is_starting(self) -> bool:
        """Say whether it lives and is not yet ready."""
        return not self._ready and self._popen.poll() is None

    def was_ready(self) -> bool:
        """Say whether it ever was ready to work."""
        return self._ready

    def last_words(self) -> str:
        """Return the last lines that it printed."""
        self._threads[-1].join(timeout=1.0)
        return "\n".join(self._words)

    def _listen(self, events: queue.Queue[tuple[Process, dict[str, Any] | None]]) -> None:
        assert self._popen.stdout is not None
        with self._popen.stdout as source:
            for text in source:
                self.heard = time.monotonic()
                try:
                    said = json.loads(text)
                except ValueError:
                    break  # cut off by a kill
                self._ready = self._ready or said["say"] == "ready"
                if said["say"] != "alive":
                    events.put((self, said))
        events.put((self, None))

    def _speak(self) -> None:
        assert self._popen.stdin is not None
        try:
            with self._popen.stdin as target:
                while (sent := self._outbox.get()) is not None:
                    target.write(sent)
                    target.flush()
        except OSError:
            return  # it is dead, as `_listen` will notice

    def _read_words(self) -> None:
        """Pass on what trials print; of what importing TensorFlow says, only what explains a death is of interest."""
        assert self._popen.stderr is not None
        with self._popen.stderr as source:
            for text in source:
                words = text.decode(errors="replace")
                self._words.append(words.rstrip("\n"))
                if self._ready:
                    sys.stderr.write(words)


def environment(slot: int, size: int) -> dict[str, str]:
    """Return the environment of the process of ``slot``, one of ``size``: with its share of threads and GPUs."""
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(_path())}
    found.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # this process has said the rest already
    found.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # finishing has the same GPU
    if size > 1:
        share = str(max(cores() // size, 1))
        found.update({name: share for name in THREADS if name not in os.environ})
    devices = gpus()
    if devices and size > 1:
        mine = devices[slot::size] if size <= len(devices) else [devices[slot % len(devices)]]
        found["CUDA_VISIBLE_DEVICES"] = ",".join(mine)
    return found


def gpus() -> list[str]:
    """Return the names of the NVIDIA GPUs that this process may use, as CUDA_VISIBLE_DEVICES has them."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [name.strip() for name in chosen.split(",") if name.strip() not in ("", "-1")]
    found = Path("/proc/driver/nvidia/gpus")
    return [str(number) for number in range(len(list(found.iterdir())))] if found.is_dir() else []


def cores() -> int:
    """Return how many processor threads this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _path() -> list[str]:
    """Return where this process finds modules; the empty entry means the current folder."""
    return [each or str(Path.cwd()) for each in sys.path]

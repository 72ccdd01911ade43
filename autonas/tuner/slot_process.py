"""The process of a slot: ``python -m autonas.tuner.slot_process MODULE...``, started by `autonas.tuner.processes`.

It imports the modules while its caller prepares the data, is told the evaluator and then one task after the other on
its standard input, and answers on its standard output (`autonas.tuner.messages`). What else is printed, by a user's
callback say, goes to the standard error. It ends when its input does, so that it does not outlive its caller.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import shutil
import signal
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from autonas.runtime.evaluator import Progress
from autonas.runtime.quiet import quiet_tracing
from autonas.tuner.arrivals import receive
from autonas.tuner.messages import line, progress_line, task_from
from autonas.tuner.slots import Task, perform

ALIVE_S = 1.0  # between two signs of life
LEAVING_S = 60.0  # for removing a dead caller's data, at most


class Speaker:
    """Sends messages to the caller, from any thread."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._lock = file, threading.Lock()

    def say(self, message: bytes) -> None:
        """Send one message; without a caller there is nobody to work for, and `_listen` ends the process."""
        try:
            with self._lock:
                self._file.write(message)
                self._file.flush()
        except OSError:
            threading.Event().wait(LEAVING_S)
            os._exit(1)


def main(modules: list[str]) -> None:
    """Serve one caller until it is gone."""
    with suppress(ValueError):  # not the main thread: nothing to set, and nobody to press Ctrl-C
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's
    speaker = Speaker(_taken_output())
    told: queue.Queue[tuple[dict[str, Any], bytes]] = queue.Queue()
    threading.Thread(target=_listen, args=(told,), daemon=True).start()
    threading.Thread(target=_live, args=(speaker,), daemon=True).start()
    try:
        for module in modules:
            importlib.import_module(module)
        speaker.say(line("ready", resident_mb=resident_mb()))
        with quiet_tracing():
            _serve(speaker, told)
    except Exception:  # noqa: BLE001 - it is not swallowed: the caller raises it
        speaker.say(line("broken", message=traceback.format_exc()))
        raise SystemExit(1) from None


def _taken_output() -> BinaryIO:
    """Return the standard output for messages alone; what others print goes to the standard error."""
    sys.stdout.flush()
    messages = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return messages


def _listen(told: queue.Queue[tuple[dict[str, Any], bytes]]) -> None:
    """Read the caller's messages; at their end, end the process, whatever it does.

    A caller that lives kills its processes. One that was killed could not remove the data that it had laid out for
    them, so they do.
    """
    source, folder = sys.stdin.buffer, None
    with suppress(ValueError):  # a message that a kill has cut off is the last one
        while header := source.readline():
            said = json.loads(header)
            folder = said.get("folder", folder) if said["say"] == "evaluator" else folder
            told.put((said, source.read(said.get("bytes", 0))))
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _live(speaker: Speaker) -> None:
    """Tell the caller again and again that this process lives."""
    pause = threading.Event()
    while not pause.wait(ALIVE_S):
        speaker.say(line("alive"))


def _serve(speaker: Speaker, told: queue.Queue[tuple[dict[str, Any], bytes]]) -> None:
    evaluator: Any = None
    while True:
        said, sent = told.get()
        if said["say"] == "path":
            sys.path[:] = [*said["path"], *(each for each in sys.path if each not in said["path"])]
        elif said["say"] == "evaluator":
            evaluator = receive(sent)
        else:
            for curve, warm in said["learned"]:
                evaluator.remember(tuple(curve), warm)
            _run(speaker, evaluator, task_from(said))


def _run(speaker: Speaker, evaluator: Any, task: Task) -> None:
    def watch(progress: Progress) -> None:
        speaker.say(progress_line(task, progress))

    failure = perform(evaluator, task, watch)
    speaker.say(line("ended", trial=task.trial_id, attempt=task.attempt, failure=failure, resident_mb=resident_mb()))


def resident_mb() -> float | None:
    """Return this process's resident memory in megabytes, or None where the system does not tell."""
    statm = Path("/proc/self/statm")
    if not statm.is_file():
        return None
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main(sys.argv[1:])

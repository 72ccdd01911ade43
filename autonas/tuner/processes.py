"""Slots that are processes of their own: each trains in isolation, may be killed, and gives its memory back.

A process is our own ``python -m autonas.tuner.slot_process`` and no `multiprocessing` child, which would import the
user's script once more: nobody needs ``if __name__ == "__main__"``, and notebooks work.
"""

from __future__ import annotations

import queue
import signal
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from autonas.errors import SearchFailed, SettingError, message
from autonas.runtime.evaluator import Curve, Evaluator
from autonas.tuner.handover import send
from autonas.tuner.messages import line, progress_from, task_line
from autonas.tuner.process import Process
from autonas.tuner.results import read_result
from autonas.tuner.slots import Report, Task, Watch, new_attempt

TRAINING = ("tensorflow", "autonas.runtime.evaluators")
"""Modules that processes import before they are told anything."""
LEASE_S = 120.0
"""Seconds without a sign of life after which a process counts as lost; it gives one every second."""
START_S = 600.0
"""The same for a process that is starting: modules may come over a slow network."""
GROWTH_MB = 300.0
"""By how much a process may grow after its first trial before it is replaced; TensorFlow keeps some 20 MB a trial."""
_STARTS = 3  # processes in a row that died before they were ready: none ever will be
_PAUSE_S = 0.05  # between two looks at what is starting


class ProcessSlots:
    """``size`` processes, each with its share of processor threads and GPUs.

    Args:
        size: how many trials run at a time.
        modules: what processes import before they are told anything.
        lease_s, growth_mb: see `LEASE_S`, `GROWTH_MB`.
    """

    def __init__(
        self,
        size: int,
        *,
        modules: Sequence[str] = TRAINING,
        lease_s: float = LEASE_S,
        growth_mb: float = GROWTH_MB,
    ) -> None:
        if size < 1:
            raise SettingError(message("size", "at least 1", size, "Use InlineSlots to run trials in this process"))
        self.size, self.share = size, 1.0 / size
        self._modules, self._lease_s, self._growth_mb = tuple(modules), lease_s, growth_mb
        self._processes: list[Process | None] = [None] * size
        self._events: queue.Queue[tuple[Process, dict[str, Any] | None]] = queue.Queue()
        self._reports: list[Report] = []
        self._learned: list[tuple[Curve, bool, Process]] = []
        self._evaluator: Evaluator | None = None
        self._sent: bytes | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._watch: Watch = lambda trial_id, progress: None
        self._failed_starts, self._looked = 0, time.monotonic()

    def start(self) -> None:
        """Start the processes, which import what they need while the caller prepares the data."""
        for slot in range(self.size):
            self._process(slot)

    def open(self, evaluator: Evaluator, watch: Watch) -> None:
        """Send ``evaluator`` to every process, its large arrays as files that all of them map.

        Raises:
            Unsendable: it holds what cannot leave this process.
        """
        self._forget_evaluator()
        self._folder = tempfile.TemporaryDirectory(prefix="autonas-slots-", ignore_cleanup_errors=True)
        self._sent = send(evaluator, Path(self._folder.name))
        self._evaluator, self._watch, self._learned = evaluator, watch, []
        for process in self._processes:
            if process is not None:
                self._tell_evaluator(process)
        self.start()

    def free(self) -> int | None:
        """Return the number of a free slot, or None."""
        busy = (process is not None and process.task is not None for process in self._processes)
        return next((slot for slot, taken in enumerate(busy) if not taken), None)

    def folder(self, trial_folder: Path) -> Path:
        """Return a new folder: an attempt that is given up for lost may still write."""
        return new_attempt(trial_folder)

    def begin(self, slot: int, task: Task) -> None:
        """Hand ``task`` to the process of a free slot, which may still be starting."""
        process = self._process(slot)
        process.task = task
        news = [(curve, warm) for curve, warm, origin in self._learned[process.learned :] if origin is not process]
        process.learned = len(self._learned)
        process.tell(task_line(task, news))

    def wait(self, seconds: float) -> Sequence[Report]:
        """Return what has ended, after ``seconds`` at most.

        Raises:
            SearchFailed: processes cannot start.
        """
        until = time.monotonic() + seconds
        while not self._reports:
            try:
                process, said = self._events.get(timeout=max(until - time.monotonic(), 0.0))
            except queue.Empty:
                break
            self._hear(process, said)
        self._end_silent()
        reports, self._reports = self._reports, []
        return reports

    def halt(self, trial_id: str) -> None:
        """Kill the process of a running trial."""
        for slot, process in enumerate(self._processes):
            if process is not None and process.task is not None and process.task.trial_id == trial_id:
                self._end(slot, "halted", "It was ended from outside.")

    def settle(self, seconds: float) -> None:
        """Return when every process is ready or dead, or after ``seconds``."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and any(
            process is not None and process.is_starting() for process in self._processes
        ):
            time.sleep(_PAUSE_S)

    def pids(self) -> list[int]:
        """Return the ids of the processes that there are."""
        return [process.pid for process in self._processes if process is not None]

    def close(self) -> None:
        """Kill all processes and remove the evaluator's arrays."""
        for slot, process in enumerate(self._processes):
            if process is not None:
                process.kill()
            self._processes[slot] = None
        self._reports = []
        self._forget_evaluator()

    def _forget_evaluator(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
        self._folder, self._sent, self._evaluator = None, None, None

    def _process(self, slot: int) -> Process:
        """Return the process of a slot, started where there is none."""
        process = self._processes[slot]
        if process is None:
            process = self._processes[slot] = Process(slot, self.size, self._modules, self._events)
            self._tell_evaluator(process)
        return process

    def _tell_evaluator(self, process: Process) -> None:
        if self._sent is not None and self._folder is not None:
            process.tell(line("evaluator", bytes=len(self._sent), folder=self._folder.name), self._sent)

    def _hear(self, process: Process, said: dict[str, Any] | None) -> None:
        """Take one message, or the end (None), of a process; of one that was given up, nothing counts."""
        if process not in self._processes:
            return
        slot = self._processes.index(process)
        if said is None:
            self._died(slot, process)
        elif said["say"] == "ready":
            self._failed_starts = 0
        elif said["say"] == "broken":
            raise SearchFailed(
                "A trial's process must be able to take over callbacks, loss, metrics and data. Received: "
                f"{said['message'].rstrip()}\nUse workers=0 to run trials in this process."
            )
        elif process.task is not None and process.task.attempt == said["attempt"]:
            if said["say"] == "progress":
                self._watch(process.task.trial_id, progress_from(said))
            else:
                self._ended(slot, process, process.task, said)

    def _ended(self, slot: int, process: Process, task: Task, said: dict[str, Any]) -> None:
        process.task = None
        outcome: Literal["done", "failed"] = "done" if said["failure"] is None else "failed"
        self._reports.append(Report(task.trial_id, task.attempt, outcome, said["failure"] or ""))
        if outcome == "done":
            self._learn(process, task)
        if process.memory.has_grown(said["resident_mb"], self._growth_mb):
            process.kill()
            self._processes[slot] = None
            self._process(slot)  # it starts while the caller records and asks

    def _learn(self, process: Process, task: Task) -> None:
        """Keep a trial's curve for the other processes, and for those that come after this one."""
        result = read_result(task.folder)
        if result is not None and self._evaluator is not None:
            warm = task.proposal.parent is not None
            self._learned.append((result.curve, warm, process))
            self._evaluator.remember(result.curve, warm)

    def _died(self, slot: int, process: Process) -> None:
        if not process.was_ready():
            self._failed_starts += 1
        if self._failed_starts >= _STARTS:
            raise SearchFailed(
                f"A trial's process must start. Received: {self._failed_starts} in a row that did not; the last one "
                f"said:\n{process.last_words()}\nUse workers=0 to run trials in this process."
            )
        self._end(slot, "lost", f"Its process ended: {_exit(process.kill())}. {process.last_words()}".rstrip())

    def _end_silent(self) -> None:
        now = time.monotonic()
        late, self._looked = now - self._looked > self._lease_s / 2, now
        for slot, process in enumerate(self._processes):
            if process is None:
                continue
            if late:  # this process itself was stopped or busy, and what the others said waits to be read
                process.heard = now
            elif (silent := now - process.heard) > (self._lease_s if process.was_ready() else START_S):
                self._end(slot, "lost", f"Its process gave no sign of life for {silent:.0f} seconds.")

    def _end(self, slot: int, outcome: Literal["lost", "halted"], words: str) -> None:
        """Kill the process of a slot and report on its trial; the next one starts where it is needed."""
        process = self._processes[slot]
        self._processes[slot] = None
        if process is None:
            return
        process.kill()
        if process.task is not None:
            self._reports.append(Report(process.task.trial_id, process.task.attempt, outcome, words))


def _exit(code: int | None) -> str:
    """Say how a process ended."""
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"killed by {name}" + (", as the system does where memory is short" if name == "SIGKILL" else "")
    return f"exit code {code}"

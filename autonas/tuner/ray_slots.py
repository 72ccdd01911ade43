"""Slots that are actors on a Ray cluster, whose nodes may come and go.

Data and inherited weights travel through Ray's object store, and what a trial wrote comes back as bytes: no folder is
shared. All of it is put by the caller, so that it outlives every other node. A slot is a number that the oracle knows;
which actor runs its task is found when one is free, so that the task of an actor that died goes to any other.
"""

from __future__ import annotations

import contextlib
import time
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from autonas import __version__
from autonas.errors import DiskFull, SearchFailed
from autonas.runtime.evaluator import Curve, Evaluator, Progress
from autonas.tuner.handover import pack
from autonas.tuner.parcels import pieces, read_files, write_files
from autonas.tuner.process import cores, gpus
from autonas.tuner.processes import GROWTH_MB, LEASE_S, START_S, TRAINING
from autonas.tuner.ray_cluster import Need, RayCluster, alive, connect, need
from autonas.tuner.ray_handle import LOOK_S, Handle, Kind
from autonas.tuner.results import read_result
from autonas.tuner.slots import Report, Task, Watch, new_attempt
from autonas.tuner.values import to_values

PATIENCE_S = 60.0
"""Seconds without an actor after which the user is told what the search waits for."""
_STARTS = 3  # rounds of actors, one after the other, that died before they were ready: none ever will be
_PARENTS = 8  # trials whose weights stay in the object store: the next child has often the same parent


class RaySlots:
    """As many actors as the cluster has room for, one trial each.

    Args:
        cluster: which cluster, and what a trial takes of it.
        modules: what actors import before they are told anything.
        lease_s: seconds without an answer after which an actor counts as lost.
        growth_mb: by how much an actor may grow after its first trial before it is replaced.
        start_s: seconds without any actor after which the search ends.
    """

    def __init__(
        self,
        cluster: RayCluster | None = None,
        *,
        modules: Sequence[str] = TRAINING,
        lease_s: float = LEASE_S,
        growth_mb: float = GROWTH_MB,
        start_s: float = START_S,
    ) -> None:
        self._cluster, self._modules = cluster or RayCluster(), tuple(modules)
        self._lease_s, self._growth_mb, self._start_s = lease_s, growth_mb, start_s
        self._ray: Any = None
        self._need, self._room = Need(self._cluster.num_cpus, self._cluster.num_gpus or 0.0), self._cluster.size or 1
        self._forget()

    @property
    def size(self) -> int:
        """How many trials run at a time, as the cluster was when it was last looked at; at least 1."""
        return max(self._room, 1)

    @property
    def share(self) -> float:
        """The part of this process's pace that a trial has, as if nodes were like this one; on a GPU elsewhere it has
        more, and nobody knows how much."""
        if self._need.num_gpus:
            return min(self._need.num_gpus / len(gpus()), 1.0) if gpus() else 1.0
        return min(self._need.num_cpus / cores(), 1.0)

    def start(self) -> None:
        """Join the cluster and ask for actors, which import what they need while the caller prepares the data.

        Raises:
            SettingError: Ray is not installed, or there is no such cluster.
        """
        if self._ray is None:
            self._ray, self._owned = connect(self._cluster.address)
            self._need = need(self._cluster, alive(self._ray))
            self._present = self._staffed = time.monotonic()
            self._staff()

    def open(self, evaluator: Evaluator, watch: Watch) -> None:
        """Put ``evaluator`` into the object store, its arrays and files once each, and hand it to every actor.

        Raises:
            Unsendable: it holds what cannot leave this process.
            DiskFull: the object store has no room for it.
        """
        self.start()
        stored: list[Any] = []

        def keep(held: Any) -> int:
            stored.append(self._put(held))
            return len(stored) - 1

        def keep_file(path: Path) -> tuple[int, ...]:
            return tuple(map(keep, pieces(path)))

        self._sent = self._put(pack(evaluator, keep, keep_file)), stored
        self._evaluator, self._watch, self._learned = evaluator, watch, []
        for handle in self._handles:
            handle.take(*self._sent)

    def free(self) -> int | None:
        """Return the number of a free slot, or None: a trial begins when an actor is ready, and only the first of all
        waits for one, so that it has its time however slowly actors start."""
        cold = not self._waiting and all(handle.is_starting() for handle in self._handles)
        if sum(handle.is_free() for handle in self._handles) <= len(self._waiting) and not cold:
            return None
        taken = {handle.slot for handle in self._handles if handle.task is not None} | self._waiting.keys()
        return next(slot for slot in range(len(taken) + 1) if slot not in taken)

    def folder(self, trial_folder: Path) -> Path:
        """Return a new folder, into which the caller writes what comes back."""
        return new_attempt(trial_folder)

    def begin(self, slot: int, task: Task) -> None:
        """Hand ``task`` to an actor: the first that is free."""
        self._waiting[slot] = task, None if task.seconds is None else time.monotonic() + task.seconds
        self._hand_out()

    def wait(self, seconds: float) -> Sequence[Report]:
        """Return what has ended, after ``seconds`` at most.

        Raises:
            SearchFailed: actors cannot start, or there has been none for long.
        """
        until = time.monotonic() + seconds
        while not self._reports:
            self._staff()
            self._hand_out()
            self._hear(max(until - time.monotonic(), 0.0))
            if time.monotonic() >= until:
                break
        self._end_silent()
        self._miss()
        reports, self._reports = self._reports, []
        return reports

    def halt(self, trial_id: str) -> None:
        """Kill the actor of a running trial."""
        for slot, (task, _) in list(self._waiting.items()):
            if task.trial_id == trial_id:
                del self._waiting[slot]
                self._reports.append(Report(trial_id, task.attempt, "halted", "It was ended before it began."))
        for handle in list(self._handles):
            if handle.task is not None and handle.task.trial_id == trial_id:
                self._end(handle, "halted", "It was ended from outside.")

    def settle(self, seconds: float) -> None:
        """Return when every actor is ready, or after ``seconds``."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and any(handle.is_starting() for handle in self._handles):
            self._staff()
            self._hear(max(until - time.monotonic(), 0.0))

    def places(self) -> list[tuple[str, int]]:
        """Return the node and the process of every actor that is there."""
        return [(handle.node, handle.pid) for handle in self._handles if handle.node]

    def close(self) -> None:
        """Kill all actors, let go of what they were given, and of Ray where it was joined here."""
        if self._ray is None:
            return
        for handle in self._handles:
            handle.kill()
        ray, owned = self._ray, self._owned
        self._forget()
        if owned:
            ray.shutdown()

    def _forget(self) -> None:
        self._ray, self._owned = None, False
        self._handles: list[Handle] = []
        self._waiting: dict[int, tuple[Task, float | None]] = {}  # by slot
        self._reports: list[Report] = []
        self._learned: list[tuple[Curve, bool, Handle]] = []
        self._parents: dict[Path, Any] = {}
        self._evaluator: Evaluator | None = None
        self._sent: tuple[Any, list[Any]] | None = None
        self._watch: Watch = lambda trial_id, progress: None
        self._failed_starts, self._failed_at, self._told = 0, 0.0, False
        self._looked = self._present = self._staffed = time.monotonic()

    def _put(self, held: Any) -> Any:
        """Put something into the object store, and return its reference."""
        try:
            return self._ray.put(held)
        except self._ray.exceptions.ObjectStoreFullError as error:
            raise DiskFull(
                f"Ray's object store must have room for data and weights. Received: {error}. Start Ray with more "
                "object_store_memory, or with room for what it spills to disk."
            ) from error

    def _staff(self) -> None:
        """Ask for an actor wherever the cluster has room for one more."""
        now = time.monotonic()
        if self._handles and now - self._staffed < LOOK_S:
            return
        self._staffed = now
        self._room = self._cluster.size or sum(map(self._need.room, alive(self._ray)))
        for _ in range(self._room - len(self._handles)):
            self._handles.append(Handle(self._ray, self._need, self._modules))
            if self._sent is not None:
                self._handles[-1].take(*self._sent)

    def _hand_out(self) -> None:
        """Give what waits to actors that are free."""
        for handle in self._handles:
            if self._waiting and handle.is_free():
                slot = next(iter(self._waiting))
                task, until = self._waiting.pop(slot)
                seconds = None if until is None else max(until - time.monotonic(), 0.0)
                named = to_values(task.proposal), task.trial_id, task.attempt
                handle.run(slot, task, *named, seconds, self._parent(task.parent_folder), self._news(handle))

    def _news(self, handle: Handle) -> list[tuple[Curve, bool]]:
        """Return the curves of other actors' trials since the last time."""
        news = [(curve, warm) for curve, warm, origin in self._learned[handle.learned :] if origin is not handle]
        handle.learned = len(self._learned)
        return news

    def _parent(self, folder: Path | None) -> Any:
        """Return the reference of a parent's files, put once."""
        if folder is None:
            return None
        reference = self._parents.pop(folder, None) or self._put(read_files(folder))
        self._parents[folder] = reference  # the latest stands last
        if len(self._parents) > _PARENTS:
            del self._parents[next(iter(self._parents))]
        return reference

    def _hear(self, seconds: float) -> None:
        """Take what actors answer, waiting for the first answer at most ``seconds``."""
        now = time.monotonic()
        for handle in self._handles:
            handle.look(now)
        asked = [reference for handle in self._handles for reference in handle.asked]
        if not asked:
            time.sleep(min(seconds, LOOK_S))
            return
        if self._ray.wait(asked, timeout=min(seconds, LOOK_S))[0]:
            for reference in self._ray.wait(asked, num_returns=len(asked), timeout=0)[0]:
                self._answered(reference)

    def _answered(self, reference: Any) -> None:
        handle = next((each for each in self._handles if reference in each.asked), None)
        if handle is None:
            return  # it was given up a moment ago
        kind, errors = handle.asked.pop(reference), self._ray.exceptions
        try:
            answer = self._ray.get(reference)
        except errors.RayTaskError as error:
            self._raised(handle, kind, error)
        except errors.RayError as error:
            self._died(handle, error)
        else:
            self._heard(handle, kind, answer)

    def _heard(self, handle: Handle, kind: Kind, answer: Any) -> None:
        if kind == "about":
            self._arrived(handle, answer)
        elif kind == "load":
            self._failed_starts = 0
        elif kind == "look":
            self._progressed(handle, answer)
        elif kind == "run":
            self._progressed(handle, answer["progress"])
            self._ended(handle, answer)

    def _arrived(self, handle: Handle, about: dict[str, Any]) -> None:
        """Take down where an actor is; it must run the same autonas."""
        handle.node, handle.pid = about["node"], about["pid"]
        if about["version"] != __version__:
            raise SearchFailed(
                f"Every node of the Ray cluster must have autonas {__version__}. Received: {about['version']} on node "
                f"{handle.node}. Install the same version there."
            )

    def _progressed(self, handle: Handle, come: Sequence[dict[str, Any]]) -> None:
        for said in come:
            if handle.task is not None and said["attempt"] == handle.task.attempt:
                self._watch(handle.task.trial_id, Progress(**said["progress"]))

    def _ended(self, handle: Handle, answer: dict[str, Any]) -> None:
        """Write what an attempt brought into its folder, and report it."""
        task, handle.task = handle.task, None
        assert task is not None, "only a task is answered so"
        failure = answer["failure"]
        if failure is None:
            try:
                write_files(task.folder, answer["files"])
            except DiskFull:
                failure = traceback.format_exc()
        self._reports.append(
            Report(task.trial_id, task.attempt, "done" if failure is None else "failed", failure or "")
        )
        if failure is None:
            self._learn(handle, task)
        if handle.memory.has_grown(answer["resident_mb"], self._growth_mb):
            self._dismiss(handle)

    def _learn(self, handle: Handle, task: Task) -> None:
        """Keep a trial's curve for the other actors, and for those that come after this one."""
        result = read_result(task.folder)
        if result is not None and self._evaluator is not None:
            warm = task.proposal.parent is not None
            self._learned.append((result.curve, warm, handle))
            self._evaluator.remember(result.curve, warm)

    def _raised(self, handle: Handle, kind: Kind, error: Exception) -> None:
        """Act on an exception in an actor: of a trial, it is the trial's; of anything before it, no trial can run."""
        if kind == "run" and handle.task is not None:
            task, handle.task = handle.task, None
            self._reports.append(Report(task.trial_id, task.attempt, "failed", str(error)))
        else:
            raise SearchFailed(
                "An actor of the Ray cluster must be able to take over callbacks, loss, metrics and data. Received: "
                f"{str(error).rstrip()}\nUse workers=0 to run trials in this process."
            ) from error

    def _died(self, handle: Handle, error: Exception) -> None:
        if handle.is_starting() and handle.born > self._failed_at:
            self._failed_starts, self._failed_at = self._failed_starts + 1, time.monotonic()
        if self._failed_starts >= _STARTS:
            raise SearchFailed(
                f"Actors must start on the Ray cluster. Received: {self._failed_starts} rounds of them that did not; "
                f"the last one said:\n{error}\nUse workers=0 to run trials in this process."
            ) from error
        self._end(handle, "lost", f"Its actor on node {handle.node or '?'} is gone: {error}")

    def _end_silent(self) -> None:
        now = time.monotonic()
        late, self._looked = now - self._looked > self._lease_s / 2, now
        for handle in list(self._handles):
            if late:  # this process itself was stopped or busy, and what the others said waits to be read
                handle.excuse(now)
            elif (silent := handle.silent(now)) > self._lease_s:
                self._end(handle, "lost", f"Its actor gave no sign of life for {silent:.0f} seconds.")

    def _miss(self) -> None:
        """Tell the user that no actor is there, and after long, give up."""
        now = time.monotonic()
        if any(handle.node for handle in self._handles):
            self._present, self._told = now, False
            return
        missed = now - self._present
        if missed > self._start_s:
            raise SearchFailed(
                f"The Ray cluster must have room for a trial. Received: none in {missed:.0f} seconds; {self._said()}. "
                "Add nodes, or ask for less by workers=RayCluster(num_cpus=, num_gpus=)."
            )
        if missed > PATIENCE_S and not self._told:
            self._told = True
            warnings.warn(f"The search waits for room on the Ray cluster: {self._said()}.", stacklevel=4)

    def _said(self) -> str:
        nodes = alive(self._ray)
        room = sum(map(self._need.room, nodes))
        return f"a trial takes {self._need}; {len(nodes)} nodes have room for {room}, other jobs of theirs left aside"

    def _end(self, handle: Handle, outcome: Literal["lost", "halted"], words: str) -> None:
        """Let go of an actor and report on its trial; another comes where there is room."""
        if handle.task is not None:
            self._reports.append(Report(handle.task.trial_id, handle.task.attempt, outcome, words))
        self._dismiss(handle)

    def _dismiss(self, handle: Handle) -> None:
        self._handles.remove(handle)
        with contextlib.suppress(self._ray.exceptions.RayError):
            handle.kill()

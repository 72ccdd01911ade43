"""What trials do in processes of their own: a module that imports no TensorFlow, as each process imports it."""

import os
import signal
import time

from autonas.runtime.clock import Deadline
from autonas.runtime.evaluator import Progress
from autonas.tuner.watcher import Unwatched
from tests.tuner.fakes import FakeEvaluator


class Slow(FakeEvaluator):
    """Takes a while, and says who runs it."""

    def evaluate(self, proposal, **task):
        result = super().evaluate(proposal, **task)
        time.sleep(0.3)
        (task["folder"] / "pid").write_text(str(os.getpid()))
        return result


class Long(FakeEvaluator):
    """Takes long enough to be caught at it: three seconds after it has said how far it is."""

    def evaluate(self, proposal, **task):
        task["watch"](Progress(0, 2))
        time.sleep(3.0)
        return super().evaluate(proposal, **{**task, "watch": lambda progress: None})


class Gathering(Slow):
    """From the seventh trial on, waits until a second process has come to that point."""

    def evaluate(self, proposal, **task):
        if task["trial_id"] >= "0006":
            met, end = self.log.parent / "met", time.monotonic() + 120
            met.mkdir(exist_ok=True)
            (met / str(os.getpid())).touch()
            while len(list(met.iterdir())) < 2 and time.monotonic() < end:
                time.sleep(0.05)
        return super().evaluate(proposal, **task)


class Stuck(FakeEvaluator):
    """Holds what cannot be sent."""

    def __getstate__(self):
        raise TypeError("cannot pickle a lock")


class ShortFrom(Unwatched):
    """Time in plenty until a trial begins, and one second from then on, however long its process took to start."""

    def __init__(self, trial_id, seconds=600.0):
        self.trial_id, self.skipped = trial_id, 0.0
        self.deadline = Deadline(lambda: time.monotonic() + self.skipped, seconds)

    def started(self, event):
        if event.trial_id == self.trial_id:
            self.skipped += max(0.0, self.deadline.left() - 1.0)


def kill_self():
    os.kill(os.getpid(), signal.SIGKILL)


def hang():
    time.sleep(600)


class Far(FakeEvaluator):
    """Runs on a node that sees nothing of the caller's folders; writes node, what its data sum up to, and which parent
    it found."""

    def __init__(self, data, on_disk, hidden):
        super().__init__()
        self.data, self.on_disk, self.hidden, self.file = data, on_disk, hidden, on_disk.path

    def evaluate(self, proposal, **task):
        import ray

        folder, parent = task["folder"], task["parent_folder"]
        assert not folder.is_relative_to(self.hidden)
        assert parent is None or not parent.is_relative_to(self.hidden)
        assert not self.data.flags.writeable  # mapped from the object store
        assert self.on_disk.path != self.file
        total = self.data.sum() + self.on_disk[:].sum()
        inherited = None if parent is None else (parent / "name").read_text()
        (folder / "name").write_text(task["trial_id"])
        time.sleep(0.3)
        (folder / "told").write_text(f"{ray.get_runtime_context().get_node_id()} {total} {inherited}")
        return super().evaluate(proposal, **task)

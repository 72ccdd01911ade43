"""What trials do in processes of their own: a module that imports no TensorFlow, as each process imports it."""

import os
import signal
import time

from tests.tuner.fakes import FakeEvaluator


class Slow(FakeEvaluator):
    """Takes a while, and says who runs it."""

    def evaluate(self, proposal, **task):
        result = super().evaluate(proposal, **task)
        time.sleep(0.3)
        (task["folder"] / "pid").write_text(str(os.getpid()))
        return result


class Stuck(FakeEvaluator):
    """Holds what cannot be sent."""

    def __getstate__(self):
        raise TypeError("cannot pickle a lock")


def kill_self():
    os.kill(os.getpid(), signal.SIGKILL)


def hang():
    time.sleep(600)

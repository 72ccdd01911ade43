"""One search at a time in a directory."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from autonas.errors import DirectoryError
from autonas.tuner.lock import lock_file, locked

ROOT = Path(__file__).parents[2]
HOLD = "import sys, pathlib, time\nfrom autonas.tuner.lock import locked\nwith locked(pathlib.Path(sys.argv[1])):\n"
HOLD += "    print('held', flush=True)\n    time.sleep(600)"


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock of `tmp_path / "search"`."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "search")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_another_process_is_refused_and_told_who_holds_it(holder, tmp_path):
    with pytest.raises(DirectoryError, match=rf"process {holder.pid} on .* is searching"), locked(tmp_path / "search"):
        pass


def test_a_killed_holder_holds_nothing(holder, tmp_path):
    holder.kill()
    holder.wait()
    assert lock_file(tmp_path / "search").exists()
    with locked(tmp_path / "search"):
        pass
    assert not lock_file(tmp_path / "search").exists()


def test_a_thread_may_take_it_again_and_another_may_not(tmp_path):
    said = []

    def other():
        try:
            with locked(tmp_path / "search"):
                said.append("took it")
        except DirectoryError as error:
            said.append(str(error))

    with locked(tmp_path / "search"), locked(tmp_path / "search"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert f"another thread of process {os.getpid()}" in said[0]
    other()
    assert said[1] == "took it"


def test_it_is_let_go_when_an_exception_passes(tmp_path):
    with pytest.raises(KeyError), locked(tmp_path / "search"):
        raise KeyError
    with locked(tmp_path / "search"):
        pass


def test_many_takers_never_hold_it_together(tmp_path):
    inside, most, turns = [], [], []

    def take():
        for _ in range(50):
            try:
                with locked(tmp_path / "search"):
                    inside.append(1)
                    most.append(len(inside))
                    time.sleep(0.0005)
                    inside.pop()
                    turns.append(1)
            except DirectoryError:
                time.sleep(0.0005)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert turns

"""Slots and callers killed or frozen at random moments, seeded: no finished trial is lost, and none is run again."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from autonas.errors import DirectoryError
from autonas.tuner.lock import lock_file
from tests.faults.caller import search
from tests.faults.conftest import Watched

pytestmark = pytest.mark.tf
ROOT = Path(__file__).parents[2]
TRIALS = 30


def alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def slot_pids(folder: Path) -> list[int]:
    """Return the processes of slots that have run a trial and still live."""
    return [int(path.name) for path in (folder / "pids").glob("*") if alive(int(path.name))]


def check(tuner, watched):
    """Check what must hold when a search has come to its end."""
    watched.look()
    statuses = [trial.status for trial in tuner.oracle.trials.values()]
    assert len(statuses) == TRIALS
    assert set(statuses) <= {"COMPLETED", "FAILED"}
    for name, trial in tuner.oracle.trials.items():
        if trial.status == "FAILED":  # it was killed twice, of which each may happen to any trial
            assert "killed by SIGKILL" in trial.message
            assert name not in watched.finished
    assert not list(watched.folder.rglob("attempt-*"))


def attack_slots(folder, rng, kills, stop, how=signal.SIGKILL):
    """Do something to a random slot at random moments; return when the search is over or all is done."""
    while kills and not stop.is_set():
        time.sleep(rng.uniform(0.05, 0.6))
        pids = slot_pids(folder)
        if pids:
            kills -= 1
            os.kill(rng.choice(pids), how)


@pytest.mark.parametrize(
    ("seed", "kills"), [(0, 4), *(pytest.param(seed, 10, marks=pytest.mark.slow) for seed in (1, 2, 3))]
)
def test_killed_slots(tmp_path, watched, seed, kills):
    stop = threading.Event()
    attack = threading.Thread(target=attack_slots, args=(tmp_path, random.Random(seed), kills, stop))
    attack.start()
    tuner = search(tmp_path, TRIALS, 2)
    stop.set()
    attack.join()
    check(tuner, watched)


@pytest.mark.parametrize(
    ("seed", "kills"), [(0, 1), *(pytest.param(seed, 10, marks=pytest.mark.slow) for seed in (1, 2))]
)
def test_killed_callers(tmp_path, watched, seed, kills):
    rng = random.Random(seed)
    command = [sys.executable, "-m", "tests.faults.caller", str(tmp_path), str(TRIALS), "1"]
    for _ in range(kills):
        before = len(watched.finished)
        caller = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 120
        while caller.poll() is None and time.monotonic() < end and len(slot_pids(tmp_path)) == 0:
            time.sleep(0.02)
        time.sleep(rng.uniform(0.0, 1.0))
        caller.kill()
        caller.wait()
        watched.look()
        assert len(watched.finished) >= before
        end = time.monotonic() + 30
        while slot_pids(tmp_path) and time.monotonic() < end:
            time.sleep(0.02)
        assert slot_pids(tmp_path) == []  # no slot outlives its caller
    check(search(tmp_path, TRIALS, 1), watched)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_frozen_slots(tmp_path, watched, seed):
    stop = threading.Event()
    arguments = (tmp_path, random.Random(seed), 1, stop, signal.SIGSTOP)
    attack = threading.Thread(target=attack_slots, args=arguments)
    attack.start()
    tuner = search(tmp_path, TRIALS, 2, lease_s=4.0)
    stop.set()
    attack.join()
    check(tuner, watched)
    assert [trial.status for trial in tuner.oracle.trials.values()] == ["COMPLETED"] * TRIALS
    for pid in slot_pids(tmp_path):
        os.kill(pid, signal.SIGCONT)
    assert slot_pids(tmp_path) == []  # whoever was given up is gone, and cannot wake
    watched.look()


@pytest.mark.slow
def test_a_frozen_caller_takes_nobody_for_dead_when_it_wakes(tmp_path, watched):
    command = [sys.executable, "-m", "tests.faults.caller", str(tmp_path), "200", "2", "4"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as caller:
        end = time.monotonic() + 120
        while len(slot_pids(tmp_path)) < 2 and time.monotonic() < end:
            time.sleep(0.05)
        before = slot_pids(tmp_path)
        caller.send_signal(signal.SIGSTOP)
        time.sleep(8.0)
        caller.send_signal(signal.SIGCONT)
        done = len((tmp_path / "log").read_text().splitlines())
        while len((tmp_path / "log").read_text().splitlines()) < done + 10 and time.monotonic() < end:
            time.sleep(0.05)
        assert sorted(slot_pids(tmp_path)) == sorted(before)  # the same two go on
        caller.kill()
    watched.look()
    ran = [line.split()[0] for line in (tmp_path / "log").read_text().splitlines()]
    assert len(set(ran)) == len(ran)


def test_a_clock_that_is_set_changes_nothing():
    asks = re.compile(r"\btime\.time\(|datetime\.now\(|perf_counter\(")
    for room in (
        "tuner",
        "runtime",
    ):  # whoever measures spans of time there does it by time.monotonic, or a given clock
        for path in (ROOT / "autonas" / room).rglob("*.py"):
            assert not asks.search(path.read_text("utf-8")), path


def test_two_searches_in_one_directory(tmp_path):
    command = [sys.executable, "-m", "tests.faults.caller", str(tmp_path), "200", "1"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as first:
        end = time.monotonic() + 120
        while not slot_pids(tmp_path) and time.monotonic() < end:
            time.sleep(0.05)
        with pytest.raises(DirectoryError, match=rf"no other search running in it.*process {first.pid} on"):
            search(tmp_path, 200, 1)
        first.kill()
    assert lock_file(tmp_path / "search").exists()  # left by the kill, and no hindrance
    watched = Watched(tmp_path)
    watched.look()
    tuner = search(tmp_path, len(watched.finished) + 1, 1)
    watched.look()
    assert len(tuner.oracle.trials) >= len(watched.finished)


def test_a_killed_caller_leaves_no_data_in_the_temporary_folder(tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "tests.faults.caller", str(tmp_path / "search"), "1000", "1"]
    caller = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TMPDIR": str(temporary)})
    while not list((tmp_path / "search/pids").glob("*")):
        assert caller.poll() is None
        time.sleep(0.05)
    assert list(temporary.iterdir())
    caller.kill()
    caller.wait()
    until = time.monotonic() + 30.0
    while list(temporary.iterdir()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not list(temporary.iterdir())

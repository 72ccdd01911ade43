"""Whole searches in processes of their own, with the real first network: killed, interrupted, out of time."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.script import FIT

pytestmark = pytest.mark.tf

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 300


@pytest.fixture
def start(tmp_path):
    """Start the script with settings; processes still running at the test's end are killed."""
    running = []

    def _start(**what):
        command = [sys.executable, "-m", "tests.end_to_end.script", str(tmp_path), json.dumps(what)]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        running.append(subprocess.Popen(command, cwd=ROOT, env=environment, **pipes))
        return running[-1]

    yield _start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def diary(tmp_path):
    """Return a function that waits until so many training runs have begun."""

    def _wait(process, runs):
        end = time.monotonic() + PATIENCE_S
        while begun(tmp_path) < runs:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < end, "the script did not come so far"
            time.sleep(0.05)

    return _wait


def begun(folder):
    path = folder / "diary"
    return len(path.read_text().splitlines()) if path.exists() else 0


def answer(process, folder):
    """Wait for the script's end and return what it found and what it said on the way."""
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    return json.loads((folder / "answer.json").read_text()), out, err


def trials(folder):
    """Return what identifies the files of every finished trial: written anew, they would have other numbers."""
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.rglob("result.json")}


def test_a_killed_search_loses_no_finished_trial_and_repeats_none(start, diary, tmp_path):
    settings = {"max_trials": 3, "epochs": 1, "verbose": 0}
    killed = start(hang=2, **settings)
    diary(killed, 2)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    finished = trials(tmp_path)
    assert [path.parent.name for path in finished] == ["trial_0000"]

    found, out, err = answer(start(**settings), tmp_path)

    assert found["statuses"] == dict.fromkeys(["0000", "0001", "0002"], "completed")
    assert begun(tmp_path) == 2 + 3  # the killed trial again, the third, and finishing
    assert trials(tmp_path).items() >= finished.items()
    assert found["validation"] >= found["best"]
    assert (out, err.partition(FIT)[2].strip()) == ("", "")  # verbose=0 is silent, in what TensorFlow logs too


@pytest.mark.slow
@pytest.mark.parametrize("oracle", ["rl", "eas"])
def test_a_killed_search_by_a_policy_goes_on_where_the_policy_was(oracle, start, diary, tmp_path):
    settings = {"oracle": oracle, "max_trials": 5, "epochs": 1, "verbose": 0}
    killed = start(hang=4, **settings)
    diary(killed, 4)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    policy = tmp_path / "searches" / "search" / "policy.npz"
    assert policy.is_file()
    finished = trials(tmp_path)
    assert len(finished) == 3
    found, _, _ = answer(start(**settings), tmp_path)
    assert set(found["statuses"].values()) <= {"completed", "stopped early"}
    assert len(found["statuses"]) == 5
    assert trials(tmp_path).items() >= finished.items()


def test_ctrl_c_once_gives_the_best_network_so_far(start, diary, tmp_path):
    process = start(max_trials=50, epochs=1, hang=2, verbose=2)
    diary(process, 2)
    process.send_signal(signal.SIGINT)
    found, out, _ = answer(process, tmp_path)
    assert found["statuses"] == {"0000": "completed", "0001": "interrupted"}
    assert found["source"] == "search"
    assert found["validation"] == found["best"]
    assert found["finite"]
    assert [line for line in out.splitlines() if line.startswith("trial 0000: new network of 19 layers: val_accuracy")]


def test_a_time_limit_covers_all_of_fit(start, tmp_path):
    found, _, _ = answer(start(time_limit=25, epochs=None, verbose=0, workers=0), tmp_path)
    assert found["seconds"] <= 25 + 60  # on a busy machine; without the limit it would take many minutes
    assert found["statuses"]["0000"] == "completed"
    assert found["validation"] >= found["best"]
    completed = sum(status == "completed" for status in found["statuses"].values())
    # Every trial, and finishing; the last trial may be interrupted before its first step, and on a machine that became
    # slower during the search nothing may be left for finishing.
    assert completed <= begun(tmp_path) <= len(found["statuses"]) + 1
    timing = found["timing"]
    assert sum(timing.values()) == pytest.approx(2 * timing["total"])  # the parts, and their total
    # Construction, and what fit loads before its clock starts, come on top: seconds where the machine is busy.
    assert found["seconds"] / 2 < timing["total"] <= found["seconds"]

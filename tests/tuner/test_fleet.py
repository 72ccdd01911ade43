"""KerasTuner's chief and workers: leases, late reports, and the end."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autonas.runtime.files import read_json
from autonas.tuner import SearchOracle
from autonas.tuner.fleet import Leased, with_outcome
from autonas.tuner.slots import Task, new_attempt, perform
from autonas.tuner.store import trial_folder
from autonas.tuner.values import from_values
from tests.tuner.fakes import FakeEvaluator, Ladder
from tests.tuner.test_search_tuner import FakeClock

pytestmark = pytest.mark.tf
ROOT = Path(__file__).parents[2]


@pytest.fixture
def served(tmp_path):
    """An oracle of three trials, its clock, and the folder."""
    oracle = SearchOracle(Ladder(), "val_accuracy", max_trials=3, seed=0)
    oracle._set_project_dir(str(tmp_path), "search")
    oracle.verbose, clock = 0, FakeClock()
    return Leased(oracle, tmp_path / "search", clock, lease_s=60.0), clock, tmp_path / "search"


def run(trial, project):
    """Run a trial as a worker does, and return what it reports."""
    folder = new_attempt(trial_folder(project, trial.trial_id))
    proposal = from_values(trial.hyperparameters.values)
    task = Task(trial.trial_id, folder.name, proposal, folder, None, None)
    return with_outcome(trial, folder.name, perform(FakeEvaluator(), task, lambda progress: None))


def test_a_silent_workers_trial_goes_to_another_and_its_late_report_changes_nothing(served):
    leased, clock, project = served
    first = leased.create_trial("a")
    clock.advance(50)
    leased.get_trial(first.trial_id)  # a sign of life
    clock.advance(50)
    assert leased.create_trial("b").trial_id == "0001"
    clock.advance(61)
    again = leased.create_trial("c")
    assert again.trial_id == first.trial_id == "0000"
    leased.end_trial(run(first, project))  # it wakes
    assert leased.trials["0000"].status == "RUNNING"
    assert not (project / "trial_0000" / "weights.npz").exists()
    leased.end_trial(run(again, project))
    assert leased.trials["0000"].status == "COMPLETED"
    assert (project / "trial_0000" / "weights.npz").exists()
    assert not list(project.rglob("attempt-*"))
    assert read_json(project / "trial_0000" / "trial.json")["hyperparameters"]["values"].keys() >= {"architecture"}


def test_workers_stop_when_nothing_runs_that_could_be_lost(served):
    leased, clock, project = served
    trials = [leased.create_trial(name) for name in "abc"]
    assert leased.create_trial("d").status == "IDLE"
    leased.end_trial(run(trials[0], project))
    leased.end_trial(run(trials[1], project))
    assert leased.create_trial("a").status == "IDLE"  # c may still die
    clock.advance(61)
    assert leased.create_trial("a").trial_id == "0002"
    assert leased.create_trial("b").status == "IDLE"
    leased.end_trial(run(trials[2], project))
    assert leased.tuner_ids == {"a", "b"}
    clock.advance(61)
    leased.expire()
    assert (leased.tuner_ids, leased.ongoing_trials) == (set(), {})
    leased.end_trial(run(leased.create_trial("e"), project))
    assert leased.create_trial("e").status == "STOPPED"
    assert leased.tuner_ids == set()


def test_a_search_whose_trials_all_fail_ends_its_workers(served):
    leased, _, _ = served
    for _ in range(3):
        trial = leased.create_trial("a")
        leased.end_trial(with_outcome(trial, "attempt-0", "ValueError: no"))
        assert leased.trials[trial.trial_id].message == "ValueError: no"
    assert leased.create_trial("a").status == "STOPPED"


@pytest.mark.slow
def test_a_chief_and_two_workers_one_of_which_is_killed(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def start(name):
        mine = {"KERASTUNER_TUNER_ID": name, "KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": str(port)}
        command = [sys.executable, "-m", "tests.tuner.fleet_script", str(tmp_path)]
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **mine}, stderr=subprocess.PIPE, text=True)

    chief, doomed, other = start("chief"), start("tuner0"), start("tuner1")
    try:
        end = time.monotonic() + 300
        while not (tmp_path / "tuner0").exists() and time.monotonic() < end:
            time.sleep(0.05)
        doomed.send_signal(signal.SIGKILL)
        assert chief.wait(300) == 0, chief.communicate()[1]
        assert other.wait(60) == 0, other.communicate()[1]
    finally:
        for process in (chief, doomed, other):
            process.kill()
            process.communicate()
    statuses = [read_json(path)["status"] for path in (tmp_path / "search").glob("trial_*/trial.json")]
    assert statuses == ["COMPLETED"] * 8
    assert not list(tmp_path.rglob("attempt-*"))

"""KerasTuner's chief and workers: leases, late reports, and the end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np
import pytest
from keras_tuner.engine.trial import Trial

from autonas.errors import SettingError
from autonas.runtime.clock import Deadline
from autonas.runtime.files import read_json
from autonas.tuner import InlineSlots, SearchOracle, calls, fleet, lending
from autonas.tuner.arrivals import receive
from autonas.tuner.fleet import ChiefGone, Leased, with_outcome
from autonas.tuner.lending import HANDOVER, lend, offered
from autonas.tuner.slots import Report, Task, new_attempt, perform
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


def test_no_trial_is_given_out_after_the_deadline_and_each_is_told_how_long_it_may_take(served):
    first, clock, project = served
    leased = Leased(first._oracle, project, clock, 60.0, deadline=Deadline(clock, 100.0), worthwhile_s=5.0)
    clock.advance(40)
    trial = leased.create_trial("a")
    seconds, end = json.loads(trial.hyperparameters.values["time"])
    assert seconds == 60.0
    assert end > seconds  # there is no network yet
    clock.advance(56)
    assert leased.create_trial("b").status == "STOPPED"  # a's end is not waited for: there is no time to take over
    assert not leased.is_over()
    leased.end_trial(run(trial, project))
    assert leased.is_over()
    assert read_json(project / "trial_0000" / "trial.json")["hyperparameters"]["values"].keys().isdisjoint({"time"})


def test_a_trial_that_was_ended_because_time_was_up_is_given_back(served):
    leased, _, project = served
    leased.end_trial(run(leased.create_trial("a"), project))
    late = leased.create_trial("a")
    leased.end_trial(with_outcome(late, "attempt-0", "It was ended from outside.", halted=True))
    assert leased.trials[late.trial_id].status == "INVALID"
    assert leased.create_trial("b").trial_id == late.trial_id


def test_a_worker_ends_a_trial_that_runs_for_too_long(served):
    leased, _, project = served
    trial = leased.create_trial("a")
    trial.hyperparameters.values["time"] = json.dumps([0.0, 0.0])
    chief = Handing([trial, Trial(trial.hyperparameters, "", "STOPPED")])
    assert fleet.work(chief, "a", Endless(), project) == 1
    assert json.loads(chief.ended[0].hyperparameters.values["outcome"])["halted"]


class Handing:
    """A chief that hands out what it was given."""

    def __init__(self, trials):
        self.trials, self.ended = trials, []

    def create_trial(self, tuner_id):
        return self.trials.pop(0)

    def get_trial(self, trial_id):
        raise AssertionError("long before a sign of life is due")

    def end_trial(self, trial):
        self.ended.append(trial)


class Endless:
    """One slot whose trial ends only where it is ended."""

    def begin(self, slot, task):
        self.task, self.reports = task, []

    def wait(self, seconds):
        return self.reports

    def halt(self, trial_id):
        self.reports = [Report(trial_id, self.task.attempt, "halted", "It was ended from outside.")]


@pytest.fixture
def nobody(monkeypatch):
    """A chief's address at which nobody answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, value in (("ORACLE_IP", "127.0.0.1"), ("ORACLE_PORT", str(port)), ("TUNER_ID", "tuner0")):
        monkeypatch.setenv(f"KERASTUNER_{name}", value)


def test_a_worker_waits_for_its_chief_as_long_as_it_was_told(nobody, tmp_path):
    with pytest.raises(ChiefGone, match=r"must answer at 127\.0\.0\.1:.*nothing for 1 seconds"):
        lend(tmp_path, "tuner0", InlineSlots(), patience_s=1.0)


def test_a_worker_without_the_searchs_modules_names_them(tmp_path, monkeypatch):
    module = types.ModuleType("only_there")
    exec("class Loss:\n    __module__ = 'only_there'", vars(module))
    monkeypatch.setitem(sys.modules, "only_there", module)
    with offered({"loss": module.Loss()}, tmp_path):
        monkeypatch.delitem(sys.modules, "only_there")
        with pytest.raises(SettingError, match=r"Modules of the search must be here, too.*only_there"):
            lending._evaluator(tmp_path / HANDOVER)


def test_a_chief_on_a_port_that_is_taken_says_so(nobody, served):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(os.environ["KERASTUNER_ORACLE_PORT"])))
        taken.listen()
        with pytest.raises(SettingError, match="chief's address must be an address of this machine that is free"):
            calls.serve(served[0])


def test_an_evaluator_is_offered_while_a_chief_serves_and_no_longer(tmp_path):
    rows = np.arange(20_000.0)
    with offered({"rows": rows}, tmp_path):
        moved = tmp_path / "seen elsewhere"
        moved.symlink_to(tmp_path / HANDOVER)
        found = receive((moved / "evaluator.pickle").read_bytes(), moved)
        assert isinstance(found["rows"], np.memmap)
        np.testing.assert_array_equal(found["rows"], rows)
        assert (tmp_path / HANDOVER).stat().st_mode & 0o077 == 0
    assert not (tmp_path / HANDOVER).exists()


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

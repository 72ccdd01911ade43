"""Trials in processes of their own: what they give, how they die, and what a caller makes of it.

The processes score networks in closed form and import no TensorFlow.
"""

import contextlib
import os
import signal
import threading
from pathlib import Path

import keras
import numpy as np
import pytest

from autonas.errors import DiskFull, SearchFailed
from autonas.tuner import ProcessSlots, SearchOracle, SearchTuner
from autonas.tuner.arrivals import receive
from autonas.tuner.handover import send
from autonas.tuner.watcher import Unwatched
from tests.tuner.fakes import FakeEvaluator, Ladder, crash
from tests.tuner.slot_fakes import ShortFrom, Slow, Stuck, hang, kill_self

pytestmark = pytest.mark.tf


class Recorder(Unwatched):
    """Keeps what it is told, and calls ``at(trial id)`` when a trial says how far it is."""

    def __init__(self, at=lambda trial_id: None):
        self.at, self.begun, self.heard = at, [], []

    def started(self, event):
        self.begun.append(event.trial_id)

    def progressed(self, progress):
        self.heard.append(progress.trial_id)
        self.at(progress.trial_id)


@contextlib.contextmanager
def tuner_with(folder, evaluator, workers=1, watch=None, max_trials=4, deadline=None, **slots):
    oracle = SearchOracle(Ladder(), "val_accuracy", max_trials=max_trials, seed=3)
    slots = ProcessSlots(workers, modules=(), **slots)
    with contextlib.closing(slots):
        yield SearchTuner(oracle, evaluator, folder, "search", slots=slots, watch=watch, deadline=deadline)


def statuses(tuner):
    return [trial.status for trial in tuner.oracle.trials.values()]


def log_of(path):
    return [line.split()[0] for line in path.read_text().splitlines()]


def test_two_processes_share_the_trials(tmp_path):
    watch = Recorder()
    with tuner_with(tmp_path, Slow(tmp_path / "log"), workers=2, watch=watch) as tuner:
        tuner.search()
        assert statuses(tuner) == ["COMPLETED"] * 4
    ran = [(tuner.trial_folder(name) / "pid").read_text() for name in tuner.oracle.trials]
    assert len(set(ran)) == 2
    assert str(os.getpid()) not in ran
    assert sorted(log_of(tmp_path / "log")) == ["0000", "0001", "0002", "0003"]
    assert set(watch.heard) == set(watch.begun) == set(tuner.oracle.trials)
    assert not list(tmp_path.rglob("attempt-*"))
    assert [tuner.result(name).epochs for name in tuner.oracle.trials] == [2.0] * 4


def test_an_exception_in_a_trial_is_its_own_failure(tmp_path):
    with tuner_with(tmp_path, FakeEvaluator(at_0001=crash)) as tuner:
        tuner.search()
    assert statuses(tuner) == ["COMPLETED", "FAILED", "COMPLETED", "COMPLETED"]
    assert "a shape [2, 3] does not fit" in tuner.oracle.trials["0001"].message


def test_a_trial_whose_process_was_killed_is_run_again_once(tmp_path):
    killed = []

    def kill_once(trial_id):
        if trial_id == "0001" and not killed:
            killed.extend(tuner.slots.pids())
            os.kill(killed[0], signal.SIGKILL)

    with tuner_with(tmp_path, Slow(tmp_path / "log"), watch=Recorder(kill_once), max_trials=3) as tuner:
        tuner.search()
    assert len(killed) == 1
    assert statuses(tuner) == ["COMPLETED"] * 3
    assert set(log_of(tmp_path / "log")) == {"0000", "0001", "0002"}
    assert not list(tmp_path.rglob("attempt-*"))


def test_a_trial_that_kills_every_process_fails(tmp_path):
    with tuner_with(tmp_path, FakeEvaluator(at_0001=kill_self), max_trials=3) as tuner:
        tuner.search()
    assert statuses(tuner) == ["COMPLETED", "FAILED", "COMPLETED"]
    assert "killed by SIGKILL" in tuner.oracle.trials["0001"].message


def test_a_frozen_process_is_given_up_and_its_trial_run_again(tmp_path):
    frozen = []

    def freeze_once(trial_id):
        if trial_id == "0001" and not frozen:
            frozen.extend(tuner.slots.pids())
            os.kill(frozen[0], signal.SIGSTOP)

    watch = Recorder(freeze_once)
    with tuner_with(tmp_path, Slow(), watch=watch, max_trials=3, lease_s=5.0) as tuner:
        tuner.search()
    assert statuses(tuner) == ["COMPLETED"] * 3
    assert watch.heard.count("0001") == 2
    assert not Path(f"/proc/{frozen[0]}").exists()


def test_a_trial_that_runs_on_after_its_time_is_ended_and_may_be_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr("autonas.tuner.tuner.hard_end", lambda deadline, found: 0.5)
    short = ShortFrom("0001")
    evaluator = FakeEvaluator(at_0001=hang)
    with tuner_with(tmp_path, evaluator, watch=short, deadline=short.deadline, max_trials=3) as tuner:
        tuner.search()
    assert statuses(tuner) == ["COMPLETED", "INVALID"]


def test_ctrl_c_ends_what_runs_and_the_search_can_go_on(tmp_path):
    def press(trial_id):
        if trial_id == "0001" and not tuner.interrupted and len(tuner.oracle.end_order) == 1:
            threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()

    with tuner_with(tmp_path, Slow(tmp_path / "log"), watch=Recorder(press), max_trials=3) as tuner:
        tuner.search()
        assert tuner.interrupted
        assert statuses(tuner) == ["COMPLETED", "INVALID"]
        assert tuner.slots.pids() == []
        tuner.watch = Unwatched()
        tuner.search()
    assert statuses(tuner) == ["COMPLETED"] * 3


def test_a_process_that_grows_is_replaced(tmp_path):
    with tuner_with(tmp_path, Slow(), max_trials=3, growth_mb=-1.0) as tuner:
        tuner.search()
    assert len({(tuner.trial_folder(name) / "pid").read_text() for name in tuner.oracle.trials}) == 3


def test_processes_that_cannot_start_end_the_search(tmp_path):
    oracle = SearchOracle(Ladder(), "val_accuracy", max_trials=1, seed=3)
    with contextlib.closing(ProcessSlots(1, modules=("no_such_module",))) as slots:
        tuner = SearchTuner(oracle, FakeEvaluator(), tmp_path, "search", slots=slots)
        with pytest.raises(SearchFailed, match=r"(?s)no_such_module.*Use workers=0"):
            tuner.search()


def test_what_cannot_leave_this_process_runs_in_it_and_says_so(tmp_path):
    evaluator = Stuck()
    with tuner_with(tmp_path, evaluator, max_trials=2) as tuner, pytest.warns(UserWarning, match=r"lock.*workers=0"):
        tuner.search()
    assert statuses(tuner) == ["COMPLETED"] * 2
    assert len(evaluator.calls) == 2


def test_large_arrays_are_sent_once_as_files_and_small_ones_are_not(tmp_path):
    large, small = np.arange(100_000.0), np.arange(3)
    received = receive(send({"a": large, "again": large, "small": small, "text": np.array(["a"], object)}, tmp_path))
    np.testing.assert_array_equal(received["a"], large)
    np.testing.assert_array_equal(received["small"], small)
    assert isinstance(received["a"], np.memmap)
    assert received["again"].filename == received["a"].filename
    assert len(list(tmp_path.iterdir())) == 1


def test_a_temporary_folder_without_room_is_told(tmp_path):
    with pytest.raises(DiskFull, match=r"temporary folder must have room.*TMPDIR.*workers=0"):
        send(np.arange(100_000.0), tmp_path / "absent")


def test_losses_and_metrics_of_a_script_travel(tmp_path):
    class Mine(keras.losses.Loss):
        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def call(self, y_true, y_pred):
            return self.factor * keras.ops.mean(y_pred - y_true, axis=-1)

    loss, metric, function = receive(
        send((Mine(2.0), keras.metrics.F1Score(average="macro"), lambda x: x + 1), tmp_path)
    )
    assert float(loss(np.zeros((1, 1)), np.ones((1, 1)))) == 2.0
    assert metric.average == "macro"
    assert function(1) == 2

"""Trials on a Ray cluster: what they give, how actors and nodes come and go, and what a caller makes of it.

All nodes are on this machine (Ray's own test cluster). Actors score networks in closed form and import no TensorFlow.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import types
from pathlib import Path

import numpy as np
import pytest

from autonas.data.spool import Spool
from autonas.errors import SearchFailed, SettingError
from autonas.runtime.clock import Deadline
from autonas.tuner import RayCluster, RaySlots, SearchOracle, SearchTuner
from autonas.tuner.choosing import make_slots
from autonas.tuner.ray_cluster import Need, connect, need
from autonas.tuner.watcher import Unwatched
from tests.tuner.conftest import check_gone, family, start
from tests.tuner.fakes import FakeEvaluator, Ladder, crash
from tests.tuner.slot_fakes import Far, Gathering, Long, ShortFrom, Slow, Stuck, hang, kill_self

pytestmark = pytest.mark.tf
ROOT = Path(__file__).parents[2]


class Recorder(Unwatched):
    """Keeps what it is told, and calls ``at(trial id)`` when a trial has ended."""

    def __init__(self, at=lambda trial_id: None):
        self.at, self.begun, self.heard = at, [], []

    def started(self, event):
        self.begun.append(event.trial_id)

    def progressed(self, progress):
        self.heard.append(progress.trial_id)

    def ended(self, event):
        self.at(event.trial_id)


@contextlib.contextmanager
def tuner_with(folder, evaluator, watch=None, max_trials=4, deadline=None, settings=None, **slots):
    oracle = SearchOracle(Ladder(), "val_accuracy", max_trials=max_trials, seed=3)
    places = RaySlots(settings or RayCluster(), **{"modules": (), **slots})
    with contextlib.closing(places):
        yield SearchTuner(oracle, evaluator, folder, "search", slots=places, watch=watch, deadline=deadline)


def gather(slots, nodes):
    """Start actors and return once they are ready on so many nodes: how long that takes is the machine's affair."""
    slots.start()
    until = time.monotonic() + 120.0
    while len({node for node, _ in slots.places()}) < nodes:
        assert time.monotonic() < until, slots.places()
        slots.settle(5.0)
        slots.wait(0.1)


def statuses(tuner):
    return [trial.status for trial in tuner.oracle.trials.values()]


def log_of(path):
    return [line.split()[0] for line in path.read_text().splitlines()]


def test_two_nodes_share_the_trials_and_no_folder(tmp_path, add_node):
    add_node()
    data, rows = np.arange(100_000.0), np.ones((5_000, 3), np.float32)
    with Spool(in_memory=0) as spool:
        spool.add(rows)
        watch, evaluator = Recorder(), Far(data, spool.finish(), hidden=tmp_path)
    with tuner_with(tmp_path, evaluator, watch=watch, max_trials=6) as tuner:
        gather(tuner.slots, nodes=2)
        tuner.search()
        assert tuner.slots.size == 2
    assert statuses(tuner) == ["COMPLETED"] * 6
    told = [(tuner.trial_folder(name) / "told").read_text().split() for name in tuner.oracle.trials]
    assert len({node for node, *_ in told}) == 2
    assert {float(total) for _, total, *_ in told} == {data.sum() + rows.sum()}
    parents = [tuner.oracle.proposal(name).parent for name in tuner.oracle.trials]
    assert [inherited for *_, inherited in told] == [str(parent) for parent in parents]
    assert any(parents)
    assert set(watch.heard) == set(watch.begun) == set(tuner.oracle.trials)
    assert not list(tmp_path.rglob("attempt-*"))
    assert [tuner.result(name).epochs for name in tuner.oracle.trials] == [2.0] * 6


def test_a_node_leaves_and_another_joins_in_the_middle_of_a_search(tmp_path, cluster, add_node):
    leaving = add_node()
    finished, places = [], []

    def change(trial_id):
        finished.append(trial_id)
        if len(finished) == 3:
            add_node()
            cluster.remove_node(leaving)
        places.append(tuner.slots.places())

    evaluator = Gathering(tmp_path / "log")  # does not end before the new node has taken its part
    with tuner_with(tmp_path, evaluator, watch=Recorder(change), max_trials=12) as tuner:
        gather(tuner.slots, nodes=2)
        tuner.search()
        assert tuner.slots.size == 2
    assert statuses(tuner) == ["COMPLETED"] * 12
    ran = log_of(tmp_path / "log")
    assert set(ran) == set(tuner.oracle.trials)
    assert len(ran) <= 13  # the one that ran on the node that left may have come to its end there, unheard
    assert [ran.count(name) for name in finished[:3]] == [1, 1, 1]
    assert len({node for node, _ in places[-1]}) == 2
    assert leaving.node_id in {node for node, _ in places[0]} - {node for node, _ in places[-1]}
    assert not list(tmp_path.rglob("attempt-*"))


def test_a_search_goes_on_when_all_nodes_left_and_one_comes_back(tmp_path, cluster):
    def change(trial_id):
        if trial_id == "0001":
            for node in list(cluster.worker_nodes):
                cluster.remove_node(node)
            start(cluster, num_cpus=1)

    with tuner_with(tmp_path, FakeEvaluator(), watch=Recorder(change), max_trials=4) as tuner:
        tuner.search()
    assert statuses(tuner) == ["COMPLETED"] * 4


def test_a_cluster_without_room_is_told_and_not_waited_for_without_end(tmp_path, cluster, monkeypatch):
    monkeypatch.setattr("autonas.tuner.ray_slots.PATIENCE_S", 0.5)
    settings = RayCluster(num_cpus=3)
    with (
        tuner_with(tmp_path, FakeEvaluator(), settings=settings, start_s=2.0) as tuner,
        pytest.warns(UserWarning, match="waits for room on the Ray cluster: a trial takes 3 CPU and 0 GPU; 2 nodes"),
        pytest.raises(SearchFailed, match=r"must have room for a trial.*RayCluster\(num_cpus=, num_gpus=\)"),
    ):
        tuner.search()


def test_what_no_node_has_room_for_ends_at_the_time_limit(tmp_path, add_node, monkeypatch):
    monkeypatch.setattr("autonas.tuner.tuner.hard_end", lambda deadline, found: 0.5)
    deadline = Deadline(time.monotonic, 1.0)
    settings = RayCluster(num_cpus=3, size=1)
    with (
        tuner_with(tmp_path, FakeEvaluator(), deadline=deadline, settings=settings) as tuner,
        pytest.raises(SearchFailed, match="It was ended before it began"),
    ):
        tuner.search()
    assert deadline.elapsed() < 20


def test_an_exception_in_a_trial_is_its_own_failure(tmp_path, cluster):
    with tuner_with(tmp_path, FakeEvaluator(at_0001=crash)) as tuner:
        tuner.search()
    assert statuses(tuner) == ["COMPLETED", "FAILED", "COMPLETED", "COMPLETED"]
    assert "a shape [2, 3] does not fit" in tuner.oracle.trials["0001"].message


def test_a_trial_that_kills_every_actor_fails(tmp_path, cluster):
    with tuner_with(tmp_path, FakeEvaluator(at_0001=kill_self), max_trials=3) as tuner:
        tuner.search()
    assert statuses(tuner) == ["COMPLETED", "FAILED", "COMPLETED"]
    assert "is gone" in tuner.oracle.trials["0001"].message


def test_a_frozen_actor_is_given_up_and_its_trial_run_again(tmp_path, cluster):
    frozen = []

    class Freezing(Recorder):
        def progressed(self, progress):
            super().progressed(progress)
            if progress.trial_id == "0001" and not frozen:
                frozen.extend(pid for _, pid in tuner.slots.places())
                os.kill(frozen[0], signal.SIGSTOP)

    watch = Freezing()
    with tuner_with(tmp_path, Long(tmp_path / "log"), watch=watch, max_trials=3, lease_s=4.0) as tuner:
        tuner.search()
    assert statuses(tuner) == ["COMPLETED"] * 3
    assert watch.heard.count("0001") == 2
    end = time.monotonic() + 20
    while Path(f"/proc/{frozen[0]}").exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not Path(f"/proc/{frozen[0]}").exists()


def test_a_trial_that_runs_on_after_its_time_is_ended_from_outside(tmp_path, add_node, monkeypatch):
    monkeypatch.setattr("autonas.tuner.tuner.hard_end", lambda deadline, found: 0.5)
    short = ShortFrom("0001")
    evaluator = FakeEvaluator(at_0001=hang)
    with tuner_with(tmp_path, evaluator, watch=short, deadline=short.deadline, max_trials=3) as tuner:
        tuner.search()
    assert statuses(tuner) == ["COMPLETED", "INVALID"]


def test_ctrl_c_ends_what_runs_and_the_search_can_go_on(tmp_path, cluster):

    def press(trial_id):
        if trial_id == "0000":
            threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()

    with tuner_with(tmp_path, Slow(tmp_path / "log"), watch=Recorder(press), max_trials=3) as tuner:
        tuner.search()
        assert tuner.interrupted
        assert tuner.slots.places() == []
        tuner.watch = Unwatched()
        tuner.search()
    assert statuses(tuner) == ["COMPLETED"] * 3


def test_an_actor_that_grows_is_replaced(tmp_path, cluster):
    with tuner_with(tmp_path, Slow(), max_trials=3, growth_mb=-1.0) as tuner:
        tuner.search()
    assert len({(tuner.trial_folder(name) / "pid").read_text() for name in tuner.oracle.trials}) == 3


def test_actors_that_cannot_start_end_the_search(tmp_path, cluster):
    with (
        tuner_with(tmp_path, FakeEvaluator(), modules=("no_such_module",)) as tuner,
        pytest.raises(SearchFailed, match=r"(?s)must be able to take over.*no_such_module.*Use workers=0"),
    ):
        tuner.search()


def test_a_node_with_another_autonas_is_refused(tmp_path, cluster, monkeypatch):
    monkeypatch.setattr("autonas.tuner.ray_slots.__version__", "9.9")
    with (
        tuner_with(tmp_path, FakeEvaluator()) as tuner,
        pytest.raises(SearchFailed, match=r"must have autonas 9\.9\. Received: .* on node"),
    ):
        tuner.search()


def test_what_cannot_leave_this_process_runs_in_it_and_says_so(tmp_path, cluster):
    evaluator = Stuck()
    with tuner_with(tmp_path, evaluator, max_trials=2) as tuner, pytest.warns(UserWarning, match=r"lock.*workers=0"):
        tuner.search()
    assert statuses(tuner) == ["COMPLETED"] * 2
    assert len(evaluator.calls) == 2


def test_a_ray_of_the_users_is_not_shut_down(tmp_path, cluster):
    import ray

    with tuner_with(tmp_path, FakeEvaluator(), max_trials=1) as tuner:
        tuner.search()
    assert ray.is_initialized()


def test_an_address_without_a_cluster_is_refused(monkeypatch):
    def refuse(address, **settings):
        tried.append(address)
        if address != "local":
            raise ConnectionError("nobody there")

    tried, ray = [], types.SimpleNamespace(is_initialized=lambda: False, init=refuse)
    monkeypatch.setitem(sys.modules, "ray", ray)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(SettingError, match=r"address must be that of a running Ray cluster.*10\.0\.0\.1:6379: nobody"):
        connect("10.0.0.1:6379")
    assert connect(None) == (ray, True)  # what Ray remembers has crashed: one is started here
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.2:6379")
    with pytest.raises(SettingError, match=r"10\.0\.0\.2:6379: nobody"):
        connect(None)
    assert tried == ["10.0.0.1:6379", None, "local", None]


def test_a_missing_extra_is_named_before_anything_begins(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingError, match=r'ray must be installed.*pip install "autonas\[ray\]"'):
        make_slots("ray")


def test_what_a_trial_takes_of_nodes():
    plain, big = {"Resources": {"CPU": 8.0}}, {"Resources": {"CPU": 16.0, "GPU": 4.0}}
    assert need(RayCluster(), [plain]) == Need(1.0, 0.0)
    assert need(RayCluster(), [plain, big]) == Need(1.0, 1.0)  # where there are GPUs, a trial has one
    assert need(RayCluster(num_gpus=0), [plain, big]) == Need(1.0, 0.0)
    assert [Need(1.0, 1.0).room(node) for node in (plain, big)] == [0, 4]
    assert [Need(3.0, 0.1).room(node) for node in (plain, big)] == [0, 5]  # 16 threads for 3 each
    assert [Need(0.1, 0.0).room(node) for node in (plain, big)] == [80, 160]
    assert Need(1.0, 0.0).room({}) == 0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"num_cpus": 0}, "num_cpus must be a positive number"),
        ({"num_cpus": "many"}, "num_cpus must be a positive number"),
        ({"num_gpus": -1}, "num_gpus must be a number of GPUs, or None"),
        ({"size": 0}, "size must be an integer of at least 1"),
        ({"size": 1.5}, "size must be an integer of at least 1"),
        ({"address": 6379}, "address must be a text"),
    ],
)
def test_impossible_settings_are_refused(settings, said):
    with pytest.raises(SettingError, match=said):
        RayCluster(**settings)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs /proc")
def test_a_killed_caller_leaves_no_actor_and_no_ray_behind(tmp_path):
    pytest.importorskip("ray")
    command = [sys.executable, "-m", "tests.tuner.ray_caller", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as caller:
        end = time.monotonic() + 300
        while not list(tmp_path.rglob("trial_0001/result.json")) and time.monotonic() < end:
            time.sleep(0.05)
        started = family(caller.pid)
        caller.kill()
    assert len(started) > 3
    check_gone(started)
    assert list(tmp_path.rglob("trial_0001/result.json"))

"""A Ray cluster for tests: several nodes, all of them on this machine, and none left behind."""

import contextlib
import logging
import os
import time
from pathlib import Path

import pytest

STORE = 80 * 2**20  # bytes of a node's object store; Ray refuses less than 75 MB
ENDING_S = 120.0  # within which daemons must be gone: agents look for their node only now and then


def family(pid: int) -> set[int]:
    """Return the processes that a process has started, and those that these have."""
    children: dict[int, set[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, set()).add(int(path.parent.name))
    found, new = set(), {pid}
    while new := {child for each in new for child in children.get(each, ())} - found:
        found |= new
    return found


def check_gone(pids: set[int]) -> None:
    """Check that processes end."""
    end = time.monotonic() + ENDING_S
    while (left := {pid for pid in pids if _lives(pid)}) and time.monotonic() < end:
        time.sleep(0.1)
    assert not left, [Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0") for pid in left]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def cluster():
    """A Ray cluster of two nodes: the head, with the caller, has no room for trials, the other has room for one."""
    ray = pytest.importorskip("ray")
    utils = pytest.importorskip("ray.cluster_utils")
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setenv("RAY_enable_metrics_collection", "0")
    monkeypatch.setenv("RAY_worker_niceness", "0")  # of 15, so that a busy machine does not make tests wait for ever
    monkeypatch.setattr("autonas.tuner.ray_slots.PATIENCE_S", 1e9)  # for which a busy machine is no reason to warn
    before = family(os.getpid())
    made = utils.Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False},
    )
    try:
        made.add_node(num_cpus=1, object_store_memory=STORE)
        ray.init(made.address, logging_level=logging.ERROR, log_to_driver=False)
        yield made
    finally:
        started = family(os.getpid()) - before
        ray.shutdown()
        made.shutdown()
        monkeypatch.undo()
    check_gone(started)


@pytest.fixture
def add_node(cluster):
    """Return a function that adds a node with room for a trial; nodes left at a test's end are removed."""
    added = []

    def _add():
        added.append(cluster.add_node(num_cpus=1, object_store_memory=STORE))
        return added[-1]

    yield _add
    for node in added:
        if node in cluster.worker_nodes:
            cluster.remove_node(node)

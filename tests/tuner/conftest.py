"""A Ray cluster for tests: several nodes, all of them on this machine, and none left behind."""

import contextlib
import logging
import time
from pathlib import Path

import pytest

STORE = 80 * 2**20  # bytes of a node's object store; Ray refuses less than 75 MB
ENDING_S = 120.0  # within which daemons must be gone: agents look for their node only now and then


def daemons() -> set[int]:
    """Return the processes of Ray that run: its servers, and what they started."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            words = path.read_bytes().decode(errors="replace")
            state = path.with_name("stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and ("/ray/core/src/ray/" in words or words.startswith("ray::")):
                found.add(int(path.parent.name))
    return found


@contextlib.contextmanager
def nothing_left(before: set[int]):
    """Check that all of Ray's processes that began in the block end with it."""
    yield
    end = time.monotonic() + ENDING_S
    while (left := daemons() - before) and time.monotonic() < end:
        time.sleep(0.1)
    assert not left, [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in left]


@pytest.fixture(scope="module")
def cluster():
    """A Ray cluster of two nodes: the head, with the caller, has no room for trials, the other has room for one."""
    ray = pytest.importorskip("ray")
    utils = pytest.importorskip("ray.cluster_utils")
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setenv("RAY_enable_metrics_collection", "0")
    monkeypatch.setenv("RAY_worker_niceness", "0")  # of 15, so that a busy machine does not make tests wait for ever
    with nothing_left(daemons()):
        made = utils.Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False},
        )
        try:
            made.add_node(num_cpus=1, object_store_memory=STORE)
            ray.init(made.address, logging_level=logging.ERROR, log_to_driver=False)
            yield made
        finally:
            ray.shutdown()
            made.shutdown()
            monkeypatch.undo()


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

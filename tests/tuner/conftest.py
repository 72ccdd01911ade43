"""A Ray cluster for tests: several nodes, all of them on this machine, and none left behind."""

import contextlib
import logging
import os
import signal
import tempfile
import time
from pathlib import Path

import pytest

STORE = 80 * 2**20  # bytes of a node's object store; Ray refuses less than 75 MB
ENDING_S = 120.0  # within which daemons must be gone: agents look for their node only now and then
STARTS = 3  # times that a node may fail to start: Ray waits half a minute for it, too short on a busy machine


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


def start(cluster, **settings):
    """Return a new node of ``cluster``; skip the test where Ray cannot start one, and show what Ray logged."""
    for _ in range(STARTS):
        before = family(os.getpid())
        try:
            return cluster.add_node(object_store_memory=STORE, **settings)
        except Exception as error:  # of no class of its own
            if "timed out during startup" not in str(error):
                raise
            for pid in family(os.getpid()) - before:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    pytest.skip(f"Ray cannot start a node here: {_logged()}")


def _logged(lines: int = 10) -> str:
    """Return the end of what the newest node logged, less its statistics, which have no date."""
    folder = Path(tempfile.gettempdir(), "ray", "session_latest", "logs")
    found = [path for name in ("gcs_server.*", "raylet.*") for path in sorted(folder.glob(name))]
    dated = [[row for row in path.read_text(errors="replace").splitlines() if row.startswith("[2")] for path in found]
    return "\n".join(row for rows in dated for row in rows[-lines:])


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
    made = utils.Cluster()
    try:
        start(made, num_cpus=0, include_dashboard=False)
        start(made, num_cpus=1)
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
        added.append(start(cluster, num_cpus=1))
        return added[-1]

    yield _add
    for node in added:
        if node in cluster.worker_nodes:
            cluster.remove_node(node)

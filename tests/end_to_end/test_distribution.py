"""Replicas search and train as one device does. Each test is a script in processes of its own."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.tf
ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 900.0


def start(script, *arguments):
    """Start a script that prints "equal" at its end."""
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / script), *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def check(process):
    """Wait for a script, and raise where it did not come to its end."""
    try:
        said, errors = process.communicate(timeout=LIMIT_S)
    finally:
        process.kill()
    assert process.returncode == 0, said + errors
    assert said.endswith("equal\n")


def free_ports(count):
    """Return ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def test_two_replicas_search_as_one_device_does():
    check(start("mirrored_face.py"))


@pytest.mark.slow
@pytest.mark.parametrize("script", ["mirrored_evaluators.py", "mirrored_enas.py"])
def test_so_do_warm_scratch_and_shared_evaluators_and_a_whole_search_by_a_supernet(script):
    check(start(script))


@pytest.mark.slow
@pytest.mark.parametrize("script", ["one_of_two.py", "search_of_two.py"])
def test_two_processes_train_and_search_as_one_does(script):
    ports = free_ports(2)
    for process in [start(script, place, *ports) for place in range(2)]:
        check(process)

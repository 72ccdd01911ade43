"""Replicas search and train as one device does. Each test is a script in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.tf
ROOT = Path(__file__).resolve().parents[2]


def run(script):
    """Run a script that prints "equal" at its end."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).parent / script)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("equal\n")


def test_two_replicas_search_as_one_device_does():
    run("mirrored_face.py")

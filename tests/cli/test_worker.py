"""A search on the command line whose trials a worker runs: two processes, as two machines would have them."""

import csv
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import autonas
from autonas.cli import main

pytestmark = pytest.mark.tf
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    """Belong to no fleet, before and after."""
    for name in ("ORACLE_IP", "ORACLE_PORT", "TUNER_ID"):
        monkeypatch.setenv(f"KERASTUNER_{name}", "")
        monkeypatch.delenv(f"KERASTUNER_{name}")


def test_a_worker_runs_the_trials_of_a_chief(tmp_path):
    pytest.importorskip("pandas")
    with (tmp_path / "houses.csv").open("w", newline="") as file:
        rows = [(size, ["Rome", "Oslo"][size % 2], "dear" if size > 60 else "cheap") for size in range(120)]
        csv.writer(file).writerows([("size", "town", "price"), *rows])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        chief = f"127.0.0.1:{free.getsockname()[1]}"

    def start(*arguments):
        command = [sys.executable, "-m", "autonas.cli", *map(str, arguments), "--chief", chief, "--json"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), text=True, **pipes)

    runs, model = tmp_path / "runs", tmp_path / "m.autonas"
    asked = ("--max-trials", 2, "--time-limit", 300, "--seed", 0, "--directory", runs, "--out", model)
    fit = start("fit", "table", tmp_path / "houses.csv", "--target", "price", *asked)
    worker = start("worker", runs, "--id", "tuner0", "--workers", 0)
    try:
        told, said = fit.communicate(timeout=400)
        assert fit.returncode == 0, said
        lent, said = worker.communicate(timeout=60)
        assert worker.returncode == 0, said
    finally:
        for process in (fit, worker):
            process.kill()
            process.wait()
    assert json.loads(lent) == {"id": "tuner0", "trials": 2}
    assert json.loads(told)["trials"] == 2
    assert {row.status for row in autonas.load(model).leaderboard()} == {"completed"}
    assert not (runs / "search" / "handover").exists()


REFUSED = [
    (["--chief", "7001"], "--chief must be HOST:PORT"),
    ([], "--chief must be HOST:PORT, or KERASTUNER_ORACLE_IP"),
    (["--chief", "127.0.0.1:1", "--id", "chief2"], "--id must be a name without 'chief'"),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_a_worker_without_a_chief_is_refused(tmp_path, capsys, arguments, said):
    assert main(["worker", str(tmp_path), *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"), [([], "--directory must be"), (["--workers", "2"], "--workers must be")]
)
def test_a_chief_needs_a_folder_and_has_no_workers_of_its_own(tmp_path, capsys, arguments, said):
    (tmp_path / "t.csv").write_text("a,b\n1,x\n2,y\n")
    folder = ["--directory", str(tmp_path / "runs")] if arguments else []
    asked = ["fit", "table", str(tmp_path / "t.csv"), "--target", "b", "--chief", "127.0.0.1:1", *folder, *arguments]
    assert main(asked) == 2
    assert said in capsys.readouterr().err


def test_a_chief_that_never_comes_is_an_error(tmp_path, capsys):
    asked = ["worker", str(tmp_path), "--chief", "127.0.0.1:1", "--patience", "0.5", "--workers", "0"]
    assert main(asked) == 1
    assert "The chief must answer at 127.0.0.1:1" in capsys.readouterr().err

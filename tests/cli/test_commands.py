"""The command line, from a CSV file to predictions and exports, and what it says of what cannot work."""

import contextlib
import csv
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import keras
import numpy as np
import pytest

import autonas
from autonas.cli import main
from autonas.cli.fit import task_of
from tests.estimators.small import small_tables

pytestmark = pytest.mark.tf
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def houses(tmp_path_factory):
    """Return a folder with a CSV file of houses, in which the bigger ones are dear, and a model of it."""
    pytest.importorskip("pandas")
    folder = tmp_path_factory.mktemp("houses")
    rows = [
        (at, size, ["Rome", "Oslo"][at % 2], "dear" if size > 60 else "cheap") for at, size in enumerate(range(120))
    ]
    with (folder / "houses.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("number", "size", "town", "price"), *rows])
    arguments = ["--target", "price", "--drop", "number", "--max-trials", "1", "--seed", "0", "--workers", "0"]
    arguments += ["--directory", str(folder / "search")]
    with small_tables():
        code = main(["fit", "table", str(folder / "houses.csv"), *arguments, "--out", str(folder / "houses")])
    assert code == 0
    return folder


@pytest.fixture
def told(capsys):
    """Run a command that must end well; return what it writes to the standard output."""

    def _told(*arguments):
        capsys.readouterr()
        code = main([str(each) for each in arguments])
        captured = capsys.readouterr()
        assert code == 0, captured.err
        return captured.out

    return _told


def test_predictions_are_a_csv_with_probabilities(houses, told):
    text = told("predict", houses / "houses", houses / "houses.csv", "--drop", "number", "--drop", "price", "--proba")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 120
    assert set(rows[0]) == {"prediction", "cheap", "dear"}
    model = autonas.load(houses / "houses.autonas")
    assert list(model.classes_) == ["cheap", "dear"]
    for row in rows:
        assert float(row["cheap"]) + float(row["dear"]) == pytest.approx(1, abs=1e-5)
        assert row["prediction"] == max(("cheap", "dear"), key=lambda label: float(row[label]))


def test_predictions_go_to_a_file_or_into_json(houses, told, tmp_path):
    asked = ("predict", houses / "houses.autonas", houses / "houses.csv", "--drop", "number", "--drop", "price")
    as_json = json.loads(told(*asked, "--json"))
    assert set(as_json["prediction"]) <= {"cheap", "dear"}
    assert "120 predictions" in told(*asked, "--out", tmp_path / "p.csv")
    assert (tmp_path / "p.csv").read_text().split() == ["prediction", *as_json["prediction"]]
    assert main([*map(str, asked), "--out", str(tmp_path / "p.csv")]) == 2  # what stands there may be the user's
    assert (tmp_path / "p.csv").read_text().split() == ["prediction", *as_json["prediction"]]
    assert "120 predictions" in told(*asked, "--out", tmp_path / "p.csv", "--overwrite")


def test_the_format_of_an_export_is_the_paths_ending(houses, told, tmp_path):
    answer = json.loads(told("export", houses / "houses", tmp_path / "m.keras", "--json"))
    assert answer == {"path": str(tmp_path / "m.keras"), "format": "keras"}
    assert keras.models.load_model(tmp_path / "m.keras").input.keys() == {"size", "town"}
    assert "python" in told("export", houses / "houses", tmp_path / "m.py")


def test_the_leaderboard_is_shown_and_in_json(houses, told):
    assert "what was tried" in told("leaderboard", houses / "houses.autonas")
    (row,) = json.loads(told("leaderboard", houses / "houses.autonas", "--json"))["trials"]
    assert row["status"] == "completed"


def test_a_directory_tells_what_its_model_does(houses, told):
    asked = [told("leaderboard", houses / name, "--json") for name in ("search", "houses.autonas")]
    directory, model = (json.loads(text) for text in asked)
    assert directory == model


@pytest.mark.parametrize("source", ["search", "houses"])
def test_the_report_is_one_page(houses, told, tmp_path, source):
    assert json.loads(told("report", houses / source, tmp_path / "r.html", "--json")) == {
        "path": str(tmp_path / "r.html")
    }
    assert "val_loss" in (tmp_path / "r.html").read_text("utf-8")


def test_a_search_is_watched_until_ctrl_c(houses, told):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    seen = []

    def look_and_interrupt():
        try:
            for _ in range(100):
                with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
                    seen.append(page.read().decode())
                    break
                time.sleep(0.1)
        finally:
            signal.raise_signal(signal.SIGINT)

    looking = threading.Thread(target=look_and_interrupt)
    looking.start()
    assert "watched no more" in told("watch", houses / "search", "--port", port)
    looking.join()
    assert "val_loss" in seen[0]


def test_the_demo_says_in_json_what_it_found(told, tmp_path):
    with small_tables():
        out = told("demo", "table", "--max-trials", "1", "--out", tmp_path / "wine", "--json", "--workers", "0")
    answer = json.loads(out)
    assert answer["model"] == str(tmp_path / "wine.autonas")
    assert answer["trials"] == 1
    assert answer["test"]["accuracy"] > 0.8


REFUSED = [
    (["fit", "table", "{csv}", "--target", "cost"], "y must be the name of a column"),
    (["fit", "table", "{csv}"], "--target must be the name of a column"),
    (["fit", "table", "nowhere.csv", "--target", "a"], "data must be a folder or a file"),
    (["fit", "image", "{csv}", "--target", "price"], "--images must be the name of the column"),
    (["fit", "image", "{model}"], "data must be a folder of class folders, or a CSV file"),
    (["fit", "table", "{csv}", "--target", "price", "--out", "{csv}"], "--out must be free"),
    (["fit", "table", "{csv}", "--target", "price", "--drop", "rooms"], "--drop must be columns of"),
    (["predict", "{csv}", "{csv}"], "path must be a saved estimator"),
    (["predict", "nothing", "{csv}"], "model must be a file"),
    (["export", "{model}", "{csv}", "--format", "onnx"], "Add .onnx to it"),
    (["leaderboard", "nothing.autonas"], "model must be a file"),
    (["report", "{model}", "report.txt"], "ends in .html"),
    (["report", "{folder}"], "directory must"),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_what_cannot_work_is_said_with_exit_code_2(houses, capsys, arguments, said):
    places = {"csv": houses / "houses.csv", "model": houses / "houses.autonas"}
    places["folder"] = houses / "empty"
    places["folder"].mkdir(exist_ok=True)
    before = sorted(houses.iterdir())
    assert main([*(each.format(**places) for each in arguments), "--json"]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert said in json.loads(captured.out)["error"]["message"]
    assert sorted(houses.iterdir()) == before


def test_a_failed_search_has_exit_code_1(houses, capsys, monkeypatch):
    def fails(self, *arguments, **named):
        raise autonas.errors.SearchFailed("every trial failed")

    monkeypatch.setattr(autonas.StructuredDataClassifier, "fit", fails)
    assert main(["fit", "table", str(houses / "houses.csv"), "--target", "price", "--out", str(houses / "m")]) == 1
    assert "every trial failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (["a", "b"], "classification"),
        ([True, False], "classification"),
        ([0.0, 1.0, np.nan], "classification"),
        ([0.5, 1.0], "regression"),
        (range(20), "classification"),
        (range(21), "regression"),
    ],
)
def test_fractions_and_many_numbers_ask_for_regression(target, task):
    assert task_of(target) == task


def test_help_needs_nothing_heavy():
    script = (
        "import sys\nfrom autonas.cli.parser import make_parser\nimport autonas.cli.main\nmake_parser().format_help()\n"
    )
    script += "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"numpy", "rich", "tensorflow", "keras", "sklearn"}.isdisjoint(done.stdout.split())


def test_every_command_has_help_and_an_example(capsys):
    for command in ("fit", "predict", "export", "leaderboard", "report", "watch", "worker", "demo"):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        assert f"example: autonas {command}" in " ".join(capsys.readouterr().out.split())

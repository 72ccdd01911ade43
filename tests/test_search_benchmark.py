"""The benchmark of searches on tables: its reader, and runs from end to end."""

import gzip
import itertools
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from autonas.errors import DataError

_FOLDER = Path(__file__).resolve().parents[1] / "benchmarks" / "search"


@pytest.fixture
def scores(monkeypatch):
    monkeypatch.syspath_prepend(str(_FOLDER))
    import scores

    return scores


@pytest.fixture
def read(scores, tmp_path):
    """Read a table with this text."""

    def read(text):
        path = tmp_path / "table.csv"
        path.write_text(text)
        return scores.read_scores(path, "architecture", "signal", "report")

    return read


def test_columns_are_found_by_name(read):
    assert read("report,architecture,other,signal\n2.5,010,x,1e1\n") == {"010": (10.0, 2.5)}


def test_a_gzipped_table_reads_the_same(scores, tmp_path):
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(b"cell,val,test\nab,1,2\n"))
    assert scores.read_scores(path, "cell", "val", "test") == {"ab": (1.0, 2.0)}
    assert scores.read_scores(path, "cell", "val", "val") == {"ab": (1.0, 1.0)}


def test_a_line_may_come_twice_if_it_says_the_same(read):
    assert read("architecture,signal,report\n00,1,2\n00,1.0,2\n") == {"00": (1.0, 2.0)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", r"columns must be in the header, \[\]. Received: \['architecture', 'signal', 'report'\]. Use --signal"),
        ("architecture,signal\n00,1\n", r"columns must be in the header, .* Received: \['report'\]"),
        ("architecture,signal,report\n", "must be one line at least after its header"),
        ("architecture,signal,report\n00,1\n", "must be 3 fields a line. Received: 'line 2'. Mend the line"),
        ("architecture,signal,report\n00,1,2,3\n", "must be 3 fields a line"),
        ("architecture,signal,report\n00,high,2\n", "a finite number in column 'signal', line 2. Received: 'high'"),
        ("architecture,signal,report\n00,1,\n", "a finite number in column 'report', line 2. Received: ''"),
        ("architecture,signal,report\n00,1,nan\n", "a finite number in column 'report'"),
        (
            "architecture,signal,report\n00,1,2\n01,1,2\n00,3,2\n",
            "one pair of scores. Received: .*00 with .* in line 4",
        ),
    ],
)
def test_a_malformed_table_is_refused(read, text, expected):
    with pytest.raises(DataError, match=expected):
        read(text)


def test_a_missing_file_is_said(scores, tmp_path):
    with pytest.raises(DataError, match=r"the table must be a file. Received: .*nothing.csv"):
        scores.read_scores(tmp_path / "nothing.csv", "architecture", "signal", "report")


@pytest.fixture
def table(tmp_path):
    """64 chains, of which the signal counts the 2s and the report says the same with another unit."""
    names = ["".join(each) for each in itertools.product("0123", repeat=3)]
    lines = [f"{name},{name.count('2') + 0.01 * int(name, 4)},{10 * name.count('2')}" for name in names]
    path = tmp_path / "chains.csv"
    path.write_text("\n".join(["architecture,signal,report", *lines]))
    return path


def _lines(table, *arguments):
    command = [sys.executable, str(_FOLDER / "tables.py"), "--space", "chain", "--table", str(table), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_search_of_the_whole_table_finds_its_ceiling(table, tmp_path):
    out = tmp_path / "lines.jsonl"
    (line,) = _lines(table, "--strategy", "bayesian", "--queries", "30,12,64", "--runs", "2", "--out", str(out))
    assert (line["strategy"], line["networks"], line["ceiling"], line["queries"]) == ("bayesian", 64, 30, [12, 30, 64])
    assert line["mean"][-1] == 30
    assert line["std"][-1] == line["standard_error"][-1] == 0
    assert line["mean"] == sorted(line["mean"])
    assert json.loads(out.read_text()) == line


def test_curves_are_drawn(table, tmp_path):
    pytest.importorskip("matplotlib", reason="an extra: autonas[benchmarks]")
    plot = tmp_path / "curves.png"
    _lines(table, "--strategy", "random", "--queries", "12", "--runs", "2", "--plot", str(plot))
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_all_means_ours_and_who_else_is_installed(table):
    rivals = [name for name, package in (("kerastuner", "keras_tuner"), ("optuna", "optuna")) if find_spec(package)]
    lines = _lines(table, "--queries", "4,8", "--runs", "2")
    names = [line["strategy"] for line in lines]
    assert names[:4] == ["random", "evolution", "local", "bayesian"]
    assert [name.split("-")[0] for name in names[4:]] == rivals
    assert all(0 <= line["mean"][0] <= line["mean"][1] <= 30 for line in lines)
    assert all(line["seconds_per_query"] > 0 and line["runs"] == 2 for line in lines)


def test_reports_are_those_of_the_best_signal_not_the_best_reports(table, tmp_path):
    lines = [
        "architecture,signal,report",
        "0,1,5",
        "1,2,9",
        "2,3,8",
        "3,0,99",
        "4,3,6",
    ]  # 2 and 4 share the best signal
    path = tmp_path / "four.csv"
    path.write_text("\n".join(lines))
    (line,) = _lines(path, "--strategy", "random", "--queries", "5,9", "--runs", "3")
    assert line["mean"] == [7.0, 7.0]
    assert line["ceiling"] == 7.0


def test_what_one_ask_costs_is_measured():
    command = [sys.executable, str(_FOLDER.parent / "micro" / "ask.py"), "--observed", "20", "--candidates", "20"]
    done = subprocess.run([*command, "--repeats", "3"], capture_output=True, text=True, check=True)
    line = json.loads(done.stdout)
    assert line["observed"] == 20
    assert min(line["cold"], line["next"], line["told"], line["learning"]) > 0


def test_episodes_are_learnt_from_made_up_scores():
    command = [sys.executable, str(_FOLDER / "episodes.py"), "--networks", "5", "--searches", "2", "--rates", "0.5"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    even, learnt = map(json.loads, done.stdout.splitlines())
    assert (even["policy"], learnt["policy"]) == ("even", "learning_rate=0.5")
    assert 0.84 < even["top_3"] < 0.9
    assert even["top_3_error"] > 0
    assert learnt["later"] != even["later"]  # the same random numbers: it has learnt

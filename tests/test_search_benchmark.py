"""The benchmark of searches on tables: its reader, and runs from end to end."""

import gzip
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

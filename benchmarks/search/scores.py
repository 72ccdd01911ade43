"""Read the scores of a table of trained networks: a CSV file with a header, gzipped or not."""

import csv
import gzip
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

from autonas.errors import DataError, message


def read_scores(path: Path, name: str, signal: str, report: str) -> dict[str, tuple[float, float]]:
    """Return signal and report of every network, by its name. The three are names of columns.

    Raises:
        DataError: no such file, a column is missing, a line is short or long, a score is no finite number, or a network
            comes twice with different scores.
    """
    scores: dict[str, tuple[float, float]] = {}
    for number, row in _rows(path, (name, signal, report)):
        pair = _score(row, signal, number), _score(row, report, number)
        if scores.setdefault(row[name], pair) != pair:
            received = f"{row[name]} with {scores[row[name]]}, and with {pair} in line {number}"
            raise DataError(message("a network", "listed with one pair of scores", received, "Keep one of the lines"))
    if not scores:
        raise DataError(message("the table", "one line at least after its header", path.name, "Use another file"))
    return scores


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, Mapping[str, str]]]:
    with _opened(path) as file:
        reader = csv.DictReader(file)
        header = reader.fieldnames or []
        missing = [each for each in columns if each not in header]
        if missing:
            expected = f"in the header, {list(header)}"
            raise DataError(message("columns", expected, missing, "Use --signal and --report to name others"))
        for row in reader:
            if None in row or None in row.values():
                expected = f"{len(header)} fields a line"
                raise DataError(message("the table", expected, f"line {reader.line_num}", "Mend the line"))
            yield reader.line_num, row


def _opened(path: Path) -> TextIO:
    if not path.is_file():
        raise DataError(message("the table", "a file", str(path), "Use --table with the path of a CSV file"))
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _score(row: Mapping[str, str], column: str, number: int) -> float:
    try:
        score = float(row[column])
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        expected = f"a finite number in column {column!r}, line {number}"
        raise DataError(message("a score", expected, row[column], "Leave networks without a score out"))
    return score

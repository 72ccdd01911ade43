"""What the evaluator returned, as JSON beside the trial. It is written last: where it stands, the trial was run."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from autonas.runtime.evaluator import Result
from autonas.runtime.files import damaged, read_json, write_json

RESULT_FILE = "result.json"


def write_result(folder: Path, result: Result) -> None:
    """Write ``result`` into a trial's folder, all or nothing."""
    write_json(folder / RESULT_FILE, dataclasses.asdict(result))


def read_result(folder: Path) -> Result | None:
    """Return what `write_result` wrote, or None where there is nothing.

    Raises:
        DirectoryError: the file is damaged.
    """
    path = folder / RESULT_FILE
    if not path.is_file():
        return None
    document = read_json(path)
    try:
        return Result(**{**document, "curve": tuple(document["curve"])})
    except (KeyError, TypeError) as error:
        raise damaged(path, error) from error

"""What the promises after a fault are, and how they are checked."""

import json
from pathlib import Path

import pytest

from autonas.runtime.files import read_json


class Watched:
    """A search's folder, looked at again and again: what has finished once must stay, and must not be run again."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.finished: dict[str, tuple[int, str]] = {}  # the result's file number, and the score

    def look(self) -> None:
        """Take down what has finished by now, and check that what had finished before is as it was."""
        now = {}
        for path in sorted((self.folder / "search").glob("trial_*/trial.json")):
            state = read_json(path)
            if state["status"] == "COMPLETED":
                now[path.parent.name] = ((path.parent / "result.json").stat().st_ino, json.dumps(state["score"]))
        for name, what in self.finished.items():
            assert now.get(name) == what, f"{name} was finished, and is not as it was"
        self.finished = now


@pytest.fixture
def watched(tmp_path):
    return Watched(tmp_path)

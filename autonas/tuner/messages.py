"""What a caller and the process of a slot say to each other: lines of JSON, in both directions.

to the slot     {"say": "path", "path": [...]}, {"say": "task", ...},
                {"say": "evaluator", "bytes": n, "folder": where its arrays are} and n bytes
from the slot   {"say": "ready"}, {"say": "alive"}, {"say": "progress", ...}, {"say": "ended", ...},
                {"say": "broken", "message": ...}
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autonas.runtime.evaluator import Progress
from autonas.tuner.slots import Task
from autonas.tuner.values import from_values, to_values


def line(say: str, **fields: Any) -> bytes:
    """Return one message."""
    return json.dumps({"say": say, **fields}).encode() + b"\n"


def task_line(task: Task, learned: list[tuple[Any, bool]]) -> bytes:
    """Return the message that hands over ``task``, with the curves of other slots' trials since the last one.

    The end is told as a time on `time.monotonic`, which processes of one machine share: the slot may still be starting.
    """
    return line(
        "task",
        trial=task.trial_id,
        attempt=task.attempt,
        values=to_values(task.proposal),
        folder=str(task.folder),
        parent=None if task.parent_folder is None else str(task.parent_folder),
        until=None if task.seconds is None else time.monotonic() + task.seconds,
        learned=learned,
    )


def task_from(said: Mapping[str, Any]) -> Task:
    """Return the task of a message."""
    return Task(
        trial_id=said["trial"],
        attempt=said["attempt"],
        proposal=from_values(said["values"]),
        folder=Path(said["folder"]),
        parent_folder=None if said["parent"] is None else Path(said["parent"]),
        seconds=None if said["until"] is None else max(said["until"] - time.monotonic(), 0.0),
    )


def progress_line(task: Task, progress: Progress) -> bytes:
    """Return the message that says how far a task has come."""
    return line("progress", trial=task.trial_id, attempt=task.attempt, progress=dataclasses.asdict(progress))


def progress_from(said: Mapping[str, Any]) -> Progress:
    """Return the progress of a message."""
    return Progress(**said["progress"])

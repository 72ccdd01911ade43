"""What every case of bad input must show: the error comes before training, says what to do, and leaves no trace."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import keras
import pytest

REMEDY = re.compile(
    r"\b(Use|Give|Raise|Remove|Add|Bring|Convert|Read|Correct|Divide|Call|Fit|Yield|Check|Rescale|Drop|Replace|Rename)\b"
)


@pytest.fixture(autouse=True)
def _nothing_trains(monkeypatch):
    """Let nothing be trained: were it tried, another error than the expected one would be raised."""

    def trained(*args, **kwargs):
        raise AssertionError("A network was trained before the error was found.")

    for name in ("fit", "train_on_batch"):
        monkeypatch.setattr(keras.Model, name, trained)


def check_message(error: BaseException) -> None:
    """Check that an error says in one message what must be, what came and what to do."""
    said = str(error)
    assert said.count("Received: ") == 1, said
    expected, received = said.split("Received: ")
    assert len(expected) > 10, said
    assert REMEDY.search(received), said
    assert len(said) < 1200, said


def check_fit(
    kind: type, x: Any, y: Any, said: str, directory: Path, settings: dict[str, Any], fit: dict[str, Any]
) -> None:
    """Check that ``kind(**settings).fit(x, y, **fit)`` is refused, with ``said``; ``directory`` stays absent."""
    estimator = kind(**{"max_trials": 1, "verbose": 0, "seed": 0, "directory": directory, **settings})
    with pytest.raises((ValueError, TypeError), match=f"(?s){said}") as raised:
        estimator.fit(x, y, **fit)
    check_message(raised.value)
    assert not directory.exists(), list(directory.rglob("*"))
    assert not hasattr(estimator, "model_")

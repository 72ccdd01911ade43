"""What a tool is given and what it must give back: the contract between a benchmark and every tool it times."""

import dataclasses
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


class _Timed:
    """A job on the clock."""

    time_limit: float
    started: float

    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started

    def left(self) -> float:
        """Seconds until the limit; negative past it."""
        return self.time_limit - self.elapsed()


@dataclasses.dataclass(frozen=True)
class Task(_Timed):
    """One timed job. The clock has started when a tool receives it; the test images are not in it."""

    dataset: str
    images: np.ndarray  # (n, h, w, c) uint8
    labels: np.ndarray  # (n,) int64, 0..classes-1
    classes: int
    seed: int
    time_limit: float  # seconds, for everything from `started` to a model that can predict
    started: float  # time.perf_counter() at the start


@dataclasses.dataclass(frozen=True)
class TextTask(_Timed):
    """One timed job on texts; the test texts are not in it."""

    task: str  # classification or regression
    texts: np.ndarray  # (n,) strings
    targets: np.ndarray  # (n,) labels, strings, or numbers
    seed: int
    time_limit: float
    started: float


@dataclasses.dataclass(frozen=True)
class TableTask(_Timed):
    """One timed job on a table; the test rows are not in it."""

    x: Any  # a data frame of n rows
    y: np.ndarray  # (n,) classes 0.., or numbers
    task: str  # classification or regression
    seed: int
    time_limit: float
    started: float

    @property
    def classifies(self) -> bool:
        """Whether y holds classes."""
        return self.task == "classification"

    def left_for_search(self, share: float = 0.85) -> float:
        """Seconds until the share of the time that a peer searches for has gone."""
        return share * self.time_limit - self.elapsed()


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A fitted tool: how to predict, and what it can tell about its own run."""

    predict: Callable[[Any], np.ndarray]  # images (n, h, w, c) uint8, texts (n,) or a data frame -> (n,)
    trials: int
    parameters: int
    gradient_seconds: float | None  # None: the tool cannot tell
    details: Mapping[str, object] = dataclasses.field(default_factory=dict)

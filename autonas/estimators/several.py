"""One search of several processes (``distribution="multi_worker_mirrored"``): every process of TF_CONFIG runs the same
script, and its `fit` returns the same network.

The chief alone searches, decides and writes. The `fit` of every other process prepares the same data, takes part in the
chief's gradient steps (`autonas.runtime.following`) and receives what the chief has found. Nobody waits for ever: a
process that fails tells the others, or calls off what they wait in.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autonas.arch import from_json, to_json
from autonas.errors import DataError, SearchFailed, message
from autonas.estimators.identity import digest
from autonas.estimators.job import Found, Job
from autonas.report import Leaderboard
from autonas.report.leaderboard import Row
from autonas.runtime.devices import Distribution, strategy_of
from autonas.runtime.following import follow
from autonas.runtime.quiet import quiet_tracing
from autonas.runtime.team import packed, team_of
from autonas.runtime.train import Recipe


@dataclasses.dataclass(frozen=True)
class Finding:
    """What the chief tells at the end of its `fit`."""

    found: Found
    board: Leaderboard
    timing: dict[str, float]
    facts: dict[str, Any]


class Together:
    """The processes of one `fit`; where there is but one, nothing of this does anything."""

    def __init__(self, distribution: Distribution | None) -> None:
        self._team = team_of(strategy_of(distribution))
        self._ready = self._ended = False

    @property
    def follows(self) -> bool:
        """Whether another process leads."""
        return self._team is not None and not self._team.leads

    def agreed(self, seed: int) -> int:
        """Return the chief's seed."""
        return seed if self._team is None else int(self._team.told(str(seed).encode()))

    @contextmanager
    def session(self) -> Iterator[None]:
        """Tell the other processes of an error that ends `fit`."""
        try:
            yield
        except BaseException as error:
            if self._team is not None and not self._team.broken:
                if not self._ready:
                    self._compared("")
                elif self._team.leads and not self._ended:
                    said = f"{type(error).__name__}: {error}"
                    self._team.told(packed({"say": "end", "failed": said}, []))
            raise

    def ready(self, job: Job) -> None:
        """Return once every process has the data.

        Raises:
            DataError: a process has other data, or could not prepare any.
        """
        if self._team is None:
            return
        if not self._compared(digest(job.data)):
            self._ended = True  # every process knows
            expected = "the same, and readable, in every process of TF_CONFIG"
            raise DataError(message("x and y", expected, "others in one of them", "Give all the same"))

    @quiet_tracing()
    def followed(self, job: Job) -> Finding:
        """Take part in the chief's gradient steps until it is done; return what it has found.

        Raises:
            SearchFailed: the chief has failed.
        """
        settings = job.settings
        recipe = Recipe(job.task, 1, scoring=job.scoring, distribution=settings.distribution)  # type: ignore[arg-type]
        about, arrays = follow(job.data, recipe)
        if "failed" in about:
            raise SearchFailed(f"The chief of TF_CONFIG must end its search. Received: {about['failed']}")
        rest = iter(arrays)
        weights = {name: tuple(next(rest) for _ in range(count)) for name, count in about["weights"].items()}
        found = Found(from_json(about["architecture"]), weights, tuner=None, plan=None, seconds={}, **about["found"])
        board = Leaderboard(tuple(Row(**row) for row in about["rows"]), settings.objective.name)
        return Finding(found, board, about["timing"], about["facts"])

    def share(self, finding: Finding) -> None:
        """Tell the other processes what this one, the chief, has found; those that are gone are told nothing."""
        if self._team is None or self._team.broken:
            return
        found = finding.found
        about = {
            "say": "end",
            "architecture": to_json(found.architecture),
            "weights": {name: len(arrays) for name, arrays in found.weights.items()},
            "found": {name: getattr(found, name) for name in ("metrics", "trial_id", "source", "refitted")},
            "rows": finding.board.to_dicts(),
            "timing": finding.timing,
            "facts": finding.facts,
        }
        self._ended = True
        self._team.told(packed(about, [array for arrays in found.weights.values() for array in arrays]))

    def _compared(self, own: str) -> bool:
        """Return whether all processes have the same data; "" has none."""
        assert self._team is not None
        chiefs = self._team.told(own.encode()).decode()
        self._ready = True
        return self._team.all(own != "" and own == chiefs)

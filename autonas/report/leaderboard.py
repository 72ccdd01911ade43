"""The leaderboard: a row a trial, the best first."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from typing import Any

from keras_tuner.engine.trial import Trial
from rich import box
from rich.console import Console
from rich.table import Table

from autonas.report.phrases import duration
from autonas.tuner import SearchTuner

STATUS = {"COMPLETED": "completed", "FAILED": "failed", "RUNNING": "running", "INVALID": "interrupted"}
_WIDTH = 140  # characters of the printed table
_NUMBERS = ("rank", "score", "parameters", "epochs", "total", "time")


@dataclasses.dataclass(frozen=True)
class Row:
    """One trial.

    Attributes:
        rank: 1 is the best; None for a trial without a score.
        trial: the trial's id.
        status: completed, stopped early (completed, but given up as hopeless before its time), failed, running or
            interrupted; an interrupted trial is run again when the search goes on.
        score: value of the objective.
        parameters: size of the network, in scalars.
        epochs: passes over the training set in this trial.
        cumulative_epochs: these and those of the ancestors whose weights it inherited.
        seconds: duration of the trial as its evaluator measured it.
        metrics: what else was measured, by name.
        parent: the trial whose weights it inherited, or None.
        edits: what was tried, in words.
    """

    rank: int | None
    trial: str
    status: str
    score: float | None
    parameters: int
    epochs: float | None
    cumulative_epochs: float | None
    seconds: float | None
    metrics: dict[str, float]
    parent: str | None
    edits: str


@dataclasses.dataclass(frozen=True, repr=False)
class Leaderboard:
    """Rows that print as a table. ``pandas.DataFrame(board.to_dicts())`` makes a data frame of them."""

    rows: tuple[Row, ...]
    objective: str

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the rows as dicts."""
        return [dataclasses.asdict(row) for row in self.rows]

    def __repr__(self) -> str:
        table = Table("rank", "trial", box=box.SIMPLE, title=f"score: {self.objective}", title_justify="left")
        for name in ("score", "parameters", "epochs", "total", "time", "parent", "what was tried", "status"):
            table.add_column(name)
        for column in table.columns:
            column.justify = "right" if column.header in _NUMBERS else "left"
        for row in self.rows:
            table.add_row(*_cells(row))
        console = Console(file=io.StringIO(), width=_WIDTH, color_system=None, force_terminal=False, markup=False)
        with console.capture() as captured:
            console.print(table)
        return "\n".join(line.rstrip() for line in captured.get().strip("\n").splitlines())


def leaderboard(tuner: SearchTuner) -> Leaderboard:
    """Return the leaderboard of a search, running or done: scored trials by score, then the others by number."""
    oracle = tuner.oracle
    ranked = oracle.get_best_trials(len(oracle.trials))
    others = [trial for trial in oracle.trials.values() if trial not in ranked]
    rows = [_row(tuner, trial, rank) for rank, trial in enumerate(ranked, start=1)]
    rows += [_row(tuner, trial, None) for trial in others]
    return Leaderboard(tuple(rows), oracle.objective.name)


def _row(tuner: SearchTuner, trial: Trial, rank: int | None) -> Row:
    proposal = tuner.oracle.proposal(trial.trial_id)
    result = tuner.result(trial.trial_id)
    return Row(
        rank=rank,
        trial=trial.trial_id,
        status="stopped early" if result and result.stopped else STATUS[trial.status],
        score=None if rank is None else float(trial.score),
        parameters=proposal.architecture.parameters,
        epochs=result and result.epochs,
        cumulative_epochs=result and result.cumulative_epochs,
        seconds=result and sum(result.seconds.values()),
        metrics=dict(result.metrics) if result else {},
        parent=proposal.parent,
        edits=tuner.words(trial.trial_id),
    )


def _cells(row: Row) -> list[str]:
    return [
        "" if row.rank is None else str(row.rank),
        row.trial,
        "" if row.score is None else f"{row.score:.4f}",
        f"{row.parameters:,}",
        "" if row.epochs is None else f"{row.epochs:.1f}",
        "" if row.cumulative_epochs is None else f"{row.cumulative_epochs:.1f}",
        "" if row.seconds is None else duration(row.seconds),
        row.parent or "",
        row.edits,
        row.status,
    ]

"""A search as the report tells it: read from its directory alone, while it runs or long after.

Nothing is written, not even an empty folder. What trials cannot tell (the data, the settings, how the final network
errs) `fit` leaves in facts.json (`autonas.estimators.facts`); without it those parts of a report say so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_tuner.engine.trial import Trial

from autonas.arch import Architecture, from_json
from autonas.errors import DamagedFile, DirectoryError
from autonas.report.leaderboard import STATUS, Leaderboard, Row
from autonas.runtime.evaluator import Curve, Result
from autonas.runtime.files import read_json
from autonas.search.strategy import Proposal
from autonas.tuner import store
from autonas.tuner.fingerprint import FINGERPRINT_FILE
from autonas.tuner.results import read_result
from autonas.tuner.values import from_values
from autonas.tuner.words import describe, reason

FACTS, FINISHED = "facts.json", "finished/finished.json"


@dataclasses.dataclass(frozen=True)
class Told:
    """One trial.

    Attributes:
        trial, rank, status, score, parameters, epochs, cumulative_epochs, metrics, parent, edits: as in
            `autonas.report.Row`.
        seconds: where its time went, by kind.
        curve: metrics of each validation.
        finished: seconds of all trials that ended before it, and its own; None where it has no outcome.
        reason: why it failed or was given up, or None.
    """

    trial: str
    rank: int | None
    status: str
    score: float | None
    parameters: int
    epochs: float | None
    cumulative_epochs: float | None
    metrics: Mapping[str, float]
    parent: str | None
    edits: str
    seconds: Mapping[str, float]
    curve: Curve
    finished: float | None
    reason: str | None


@dataclasses.dataclass(frozen=True)
class Story:
    """A search.

    Attributes:
        trials: in the order in which they were begun.
        objective: what scores are called.
        maximise: whether more of it is better.
        network: the finished network, else that of the best trial, else None.
        metrics: its validation metrics.
        origin: the trial that it comes from, or None.
        source: what made it of that trial's network (`autonas.runtime.finish.Source`), or None before finishing.
        facts: what `fit` left beside the trials.
    """

    trials: tuple[Told, ...]
    objective: str
    maximise: bool
    network: Architecture | None
    metrics: Mapping[str, float]
    origin: str | None
    source: str | None
    facts: Mapping[str, Any]

    @property
    def by_id(self) -> dict[str, Told]:
        """The trials by id."""
        return {each.trial: each for each in self.trials}

    @property
    def ranked(self) -> list[Told]:
        """The trials that have a score, the best first."""
        return sorted((each for each in self.trials if each.rank is not None), key=lambda each: each.rank or 0)

    @property
    def lineage(self) -> list[Told]:
        """The trials whose weights the network descends from, the oldest first."""
        line, by_id = [], self.by_id
        at = by_id.get(self.origin or "")
        while at is not None:
            line.append(at)
            at = by_id.get(at.parent or "")
        return line[::-1]


_SHARED = {field.name for field in dataclasses.fields(Told)} & {field.name for field in dataclasses.fields(Row)} - {
    "seconds"
}


def find_search(directory: str | Path) -> Path:
    """Return the folder of the one search in ``directory``, which may be the estimator's or the search's own.

    Raises:
        DirectoryError: there is none, or there are several.
    """
    place = Path(directory)
    if (place / FINGERPRINT_FILE).is_file():
        return place
    inside = sorted(path.parent for path in place.glob(f"*/{FINGERPRINT_FILE}"))
    if len(inside) == 1:
        return inside[0]
    found = f"{len(inside)} searches ({', '.join(path.name for path in inside[:5])})" if inside else "none"
    raise DirectoryError(
        f"directory must hold one autonas search. Received: {str(place)!r}, which holds {found}. "
        "Give the directory that fit was given, or a search's own folder in it."
    )


def read_story(directory: str | Path) -> Story:
    """Return the search in ``directory``, as far as it has come.

    Raises:
        DirectoryError: there is not one search, or a file of it is damaged.
    """
    folder = find_search(directory)
    facts = read_json(folder / FACTS) if (folder / FACTS).is_file() else {}
    if not (folder / store.ORACLE_FILE).is_file():  # it has only just begun
        objective = read_json(folder / FINGERPRINT_FILE).get("objective", "score")
        return Story((), objective, True, None, {}, None, None, facts)
    journal, trials = store.look(folder)
    maximise = journal.objective[1] == "max"
    told = _told(folder, trials, journal.events, maximise)
    best = min((each for each in told if each.rank), key=lambda each: each.rank or 0, default=None)
    story = Story(told, journal.objective[0], maximise, None, {}, None, None, facts)
    if (folder / FINISHED).is_file():
        end = read_json(folder / FINISHED)
        network = from_json(end["architecture"])
        return dataclasses.replace(
            story, network=network, metrics=end["metrics"], origin=end["trial"], source=end["source"]
        )
    if best is None:
        return story
    network = from_values(trials[best.trial].hyperparameters.values).architecture
    return dataclasses.replace(story, network=network, metrics=best.metrics, origin=best.trial)


def retold(
    board: Leaderboard,
    network: Architecture,
    metrics: Mapping[str, float],
    origin: str,
    source: str,
    facts: Mapping[str, Any],
) -> Story:
    """Return the search as an estimator remembers it whose directory is gone: without learning curves."""
    told, spent = [], 0.0
    for row in sorted(board, key=lambda row: (len(row.trial), row.trial)):
        seconds = row.seconds or 0.0
        spent += seconds
        known = {name: getattr(row, name) for name in _SHARED}
        how = {"trials": seconds} if seconds else {}
        told.append(Told(**known, seconds=how, curve=(), finished=spent if row.rank else None, reason=None))
    scores = [row.score or 0.0 for row in board if row.rank is not None]
    maximise = bool(scores) and scores[0] >= scores[-1]
    return Story(tuple(told), board.objective, maximise, network, metrics, origin, source, facts)


def _told(folder: Path, trials: Mapping[str, Trial], events: Sequence[store.Event], maximise: bool) -> tuple[Told, ...]:
    proposals = {name: from_values(trial.hyperparameters.values) for name, trial in trials.items()}
    results = {name: _result(folder / f"trial_{name}") for name in trials}
    scored = [trial for trial in trials.values() if trial.status == "COMPLETED"]
    scored.sort(key=lambda trial: -trial.score if maximise else trial.score)
    ranks = {trial.trial_id: rank for rank, trial in enumerate(scored, start=1)}
    ends, spent = {}, 0.0
    for name, what in events:
        if what == "ended":
            spent += sum((results[name].seconds if results[name] else {}).values())
            ends[name] = spent
    started = dict.fromkeys([name for name, what in events if what == "started"] + list(trials))
    return tuple(_trial(trials[name], proposals, results[name], ranks.get(name), ends.get(name)) for name in started)


def _result(folder: Path) -> Result | None:
    """Return what a trial gave; one whose file is damaged has given nothing."""
    try:
        return read_result(folder)
    except DamagedFile:
        return None


def _trial(
    trial: Trial, proposals: Mapping[str, Proposal], result: Result | None, rank: int | None, finished: float | None
) -> Told:
    proposal = proposals[trial.trial_id]
    parent = proposals[proposal.parent].architecture if proposal.parent in proposals else None
    stopped = result.stopped if result else None
    return Told(
        trial=trial.trial_id,
        rank=rank,
        status="stopped early" if stopped and rank else STATUS[trial.status],
        score=None if rank is None else float(trial.score),
        parameters=proposal.architecture.parameters,
        epochs=result and result.epochs,
        cumulative_epochs=result and result.cumulative_epochs,
        metrics=dict(result.metrics) if result else {},
        parent=proposal.parent,
        edits=describe(proposal, parent),
        seconds=dict(result.seconds) if result else {},
        curve=result.curve if result else (),
        finished=finished,
        reason=reason(trial.message) if trial.status == "FAILED" else stopped,
    )

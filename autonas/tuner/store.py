"""The trials on disk: one trial.json a trial, which is the truth about it, and an oracle.json for what none knows.

The layout is KerasTuner's (project/oracle.json, project/trial_0000/trial.json), but each file is written all or
nothing. A trial's file is written before oracle.json, so after a kill oracle.json may be one event behind;
`Journal.completed_by` makes up for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from keras_tuner.engine.trial import Trial, TrialStatus

from autonas.errors import DamagedFile, DirectoryError
from autonas.runtime.files import damaged, read_json, set_aside, write_json
from autonas.tuner.values import from_values

VERSION = 1
ORACLE_FILE, TRIAL_FILE = "oracle.json", "trial.json"
Event = tuple[str, Literal["started", "ended"]]  # a trial's id and what happened to it


@dataclass(frozen=True)
class Journal:
    """What a search must remember besides its trials.

    Attributes:
        seed: what every proposal's randomness comes from.
        objective: the objective's name and direction.
        events: what happened to which trial, oldest first; a strategy's state is rebuilt by telling it this again.
    """

    seed: int
    objective: tuple[str, str]
    events: tuple[Event, ...]

    def completed_by(self, trials: Mapping[str, Trial]) -> Journal:
        """Return the journal with the events that ``trials`` prove and a kill kept from being written."""
        events = [event for event in self.events if event[1] == "started" or is_finished(trials[event[0]])]
        known = set(events)
        proven: list[Event] = []
        for name, trial in trials.items():
            proven += [(name, "started"), *([(name, "ended")] if is_finished(trial) else [])]
        events += [event for event in proven if event not in known]
        return Journal(self.seed, self.objective, tuple(events))


def is_finished(trial: Trial) -> bool:
    """Say whether a trial has an outcome; one that has not is run again."""
    return trial.status in (TrialStatus.COMPLETED, TrialStatus.FAILED)


def holds_search(project: Path) -> bool:
    """Say whether a search has begun here."""
    return (project / ORACLE_FILE).is_file() or any(project.glob(f"trial_*/{TRIAL_FILE}"))


def write_journal(project: Path, journal: Journal) -> None:
    """Write oracle.json."""
    write_json(project / ORACLE_FILE, {"version": VERSION, **asdict(journal)})


def take_up(project: Path, blank: Journal) -> tuple[Journal, dict[str, Trial]]:
    """Return the journal, complete, and the trials by id; damaged files are set aside, with a warning each.

    Args:
        project: the search's folder.
        blank: what stands in for a damaged journal.

    Raises:
        DirectoryError: the journal is of a version that this one does not know.
    """
    try:
        journal = read_journal(project)
    except DamagedFile as error:
        set_aside(project / ORACLE_FILE, error, "the order of events is that of the trials' numbers")
        journal = blank
    trials = read_trials(project, journal)
    events = tuple(event for event in journal.events if event[0] in trials)
    kept = Journal(journal.seed, journal.objective, events)
    if kept != journal or journal is blank:
        write_journal(project, kept)  # so that it is told once
    return kept.completed_by(trials), trials


def next_number(project: Path) -> int:
    """Return the number of the next trial: one more than any has had."""
    names = (path.name.removeprefix("trial_") for path in project.glob("trial_*"))
    return max((int(name) + 1 for name in names if name.isdigit()), default=0)


def read_journal(project: Path) -> Journal:
    """Return what oracle.json holds.

    Raises:
        DamagedFile: it is missing or damaged.
        DirectoryError: it was written by a version that this one does not know.
    """
    path = project / ORACLE_FILE
    document = read_json(path)
    try:
        if document["version"] != VERSION:
            raise DirectoryError(
                f"{path} must have version {VERSION}. Received: {document['version']!r}. Use the autonas that wrote it."
            )
        name, direction = document["objective"]
        return Journal(
            document["seed"], (name, direction), tuple((str(trial), what) for trial, what in document["events"])
        )
    except (KeyError, TypeError, ValueError) as error:
        raise error if isinstance(error, DirectoryError) else damaged(path, error) from error


def trial_folder(project: Path, trial_id: str) -> Path:
    """Return the folder of a trial, made where it was not there yet."""
    folder = project / f"trial_{trial_id}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def write_trial(project: Path, trial: Trial) -> None:
    """Write trial.json."""
    write_json(trial_folder(project, trial.trial_id) / TRIAL_FILE, trial.get_state())


def look(project: Path) -> tuple[Journal, dict[str, Trial]]:
    """Return the journal, complete, and the trials by id, as far as they can be read: for who only looks on.

    Raises:
        DamagedFile: the journal is missing or damaged.
        DirectoryError: it was written by a version that this one does not know.
    """
    journal = read_journal(project)
    trials = read_trials(project, journal, lambda path, error, meaning: None)
    events = tuple(event for event in journal.events if event[0] in trials)
    return Journal(journal.seed, journal.objective, events).completed_by(trials), trials


def read_trials(
    project: Path, journal: Journal, mishap: Callable[[Path, DamagedFile, str], None] = set_aside
) -> dict[str, Trial]:
    """Return the trials on disk by id, in the order of their ids, without those whose file is missing or damaged;
    ``mishap`` is told of each of these."""
    folders = {path.name.removeprefix("trial_"): path for path in project.glob("trial_*")}
    known = {trial_id for trial_id, _ in journal.events}
    # A kill may leave a folder without a file; it held nothing yet.
    there = {name for name, folder in folders.items() if (folder / TRIAL_FILE).is_file()}
    trials = {}
    for name in sorted(known | there, key=_number):
        path = project / f"trial_{name}" / TRIAL_FILE
        try:
            trials[name] = _read_trial(path)
        except DamagedFile as error:
            mishap(path, error, "the search goes on without this trial")
    return trials


def _number(trial_id: str) -> tuple[int, str]:
    """Return what sorts trials by number: "9999" comes before "10000"."""
    return len(trial_id), trial_id


def _read_trial(path: Path) -> Trial:
    document = read_json(path)
    try:
        trial = Trial.from_state(document)
        from_values(trial.hyperparameters.values)  # a trial whose proposal cannot be read is of no use
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(path, error) from error
    return trial

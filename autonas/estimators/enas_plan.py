"""How an ENAS search splits its time between shared weights, ranking, trials and finishing; said, and kept."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from autonas.errors import DamagedFile
from autonas.estimators.job import Job
from autonas.runtime.files import read_json, set_aside, write_json
from autonas.runtime.plan import Plan
from autonas.search import Enas

LAYERS = {"macro": (3, 6), "micro": (2, 3), "rnn": (1, 1)}  # where time is short, and usually
SHORT = 240.0  # below so many seconds, tracing all layers costs too much of them
SUPERNET_SHARE, RANKING_SHARE = 0.42, 0.16  # of what finishing leaves; the rest is for trials
EPOCHS = 2.0  # passes of the supernet for one of a network alone, where no time limit says what there is
FILE = "plan.json"


@dataclasses.dataclass(frozen=True)
class Split:
    """How the time is split.

    Attributes:
        layers: of a child.
        supernet_s, ranking_s, trials_s, finishing_s: seconds for the shared weights, for ranking children, for training
            the best of them, and for finishing; None for no bound.
        steps: gradient steps of the supernet at most.
        top: trials that are planned for.
    """

    layers: int
    supernet_s: float | None
    ranking_s: float | None
    trials_s: float | None
    finishing_s: float | None
    steps: int
    top: int

    @property
    def words(self) -> str:
        """Say it."""
        if self.supernet_s is None:
            return f"plan: {self.steps} steps for shared weights, then trials of the best children"
        return (
            f"plan: {self.supernet_s:.0f} s for shared weights, {self.ranking_s:.0f} s to rank children, "
            f"{self.trials_s:.0f} s for the best {self.top}, {self.finishing_s:.0f} s for finishing"
        )


def make_split(job: Job, strategy: Enas, plan: Plan, folder: Path) -> Split:
    """Return the plan of this search: the one that is kept, or where something else was asked for another one of as
    many layers. Times of the same wishes would differ by what preparing the data took, and be those of other weights.
    """
    file, asked = folder / FILE, _asked(job)
    known, wishes = _kept(file)
    top = strategy.top if job.settings.max_trials is None else min(strategy.top, job.settings.max_trials)
    if known is not None and wishes == asked:
        split = dataclasses.replace(known, top=top)
    else:
        split = _split(plan, known.layers if known is not None else layers_of(job, strategy), top)
    write_json(file, {**dataclasses.asdict(split), "asked": asked})
    return split


def _asked(job: Job) -> dict[str, Any]:
    """Return the wishes that a split follows from."""
    limit = job.settings.time_limit
    return {"time_limit": limit, "epochs": job.epochs, "batch_size": job.batch_size, "refit": job.settings.refit}


def _split(plan: Plan, layers: int, top: int) -> Split:
    whole = plan.search_seconds
    shares = (
        (None, None, None)
        if whole is None
        else tuple(share * whole for share in (SUPERNET_SHARE, RANKING_SHARE, 1.0 - SUPERNET_SHARE - RANKING_SHARE))
    )
    steps = max(1, round(EPOCHS * (plan.lengths.scratch.steps or 0)))
    return Split(layers, *shares, plan.finish.seconds, steps, top)


def _kept(file: Path) -> tuple[Split | None, object]:
    """Return the plan on disk and the wishes that it was made for; a damaged one is set aside."""
    try:
        if not file.is_file():
            return None, None
        document = read_json(file)
        return Split(**{each.name: document[each.name] for each in dataclasses.fields(Split)}), document.get("asked")
    except (DamagedFile, KeyError, TypeError) as error:
        set_aside(file, error, "the search is planned anew")
        return None, None


def layers_of(job: Job, strategy: Enas) -> int:
    """Return how many layers there are where nothing is on disk."""
    few, usual = LAYERS[strategy.cells]
    return strategy.layers or (few if job.seconds is not None and job.seconds < SHORT else usual)

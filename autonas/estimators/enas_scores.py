"""The scores of the children that were ranked so far, and who drew each; kept, so that ranking goes on where it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autonas.errors import DamagedFile
from autonas.runtime.clock import Clock
from autonas.runtime.files import read_json, set_aside, write_json
from autonas.space.supergraph import Route

FILE = "scores.json"
SAVE_S = 10.0  # between two writings


class Scores:
    """Scores by child, higher is better, in the order in which children were ranked.

    Args:
        folder: where they are kept. A damaged file is set aside, and ranking begins anew.
        clock: tells seconds.
        steps: of the shared weights that score. Scores of other weights do not compare, and are forgotten.
    """

    def __init__(self, folder: Path, clock: Clock, steps: int = 0) -> None:
        self._file, self._clock, self._steps = folder / FILE, clock, steps
        self.by_child: dict[Route, float] = {}
        self._guided: dict[Route, bool] = {}
        self._before = 0.0
        self._begun = self._saved = clock()
        if self._file.is_file():
            self._take_up()

    @property
    def seconds(self) -> float:
        """What ranking took so far, in all runs."""
        return self._before + self._clock() - self._begun

    def add(self, child: Route, score: float, guided: bool) -> None:
        """Add a child that was drawn evenly, or ``guided`` by the sampler; it is written now and then."""
        self.by_child[child], self._guided[child] = score, guided
        if self._clock() - self._saved > SAVE_S:
            self.keep()

    def keep(self) -> None:
        """Write them."""
        rows = [(child, score, self._guided[child]) for child, score in self.by_child.items()]
        write_json(self._file, {"seconds": self.seconds, "steps": self._steps, "scores": rows})
        self._saved = self._clock()

    def mean(self, guided: bool) -> float | None:
        """Return the mean score of the children that were so drawn, or None where there is none."""
        found = [score for child, score in self.by_child.items() if self._guided[child] == guided]
        return float(np.mean(found)) if found else None

    def _take_up(self) -> None:
        try:
            known = read_json(self._file)
            rows = [(tuple(child), float(score), bool(guided)) for child, score, guided in known["scores"]]
            before, steps = float(known["seconds"]), int(known["steps"])
        except (DamagedFile, KeyError, TypeError, ValueError) as error:
            set_aside(self._file, error, "children are ranked again")
            return
        if steps != self._steps:
            return
        self._before = before
        self.by_child = {child: score for child, score, _ in rows}
        self._guided = {child: guided for child, _, guided in rows}

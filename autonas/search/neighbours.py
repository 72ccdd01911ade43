"""Candidates around the best networks, their one-edit neighbours, and further off: random chains of a few edits from
any completed trial, and random networks where no weights are inherited.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from autonas.arch import Architecture, content_id
from autonas.errors import SettingError, message
from autonas.search.candidate import Candidate, children, root
from autonas.search.history import History
from autonas.space import Space

Value = Callable[[Sequence[Architecture]], npt.NDArray[np.float64]]
"""What a look at each architecture promises, shape ``(n,)``; higher is better."""

ATTEMPTS = 8  # edits tried for the next link of a chain before it ends


@dataclasses.dataclass(frozen=True)
class Neighbours:
    """Take the most promising of a bounded number of candidates.

    Attributes:
        top: how many of the best completed trials have their neighbours looked at.
        singles: neighbours, in all.
        chains: chains of 2 or 3 edits, each from a completed trial drawn evenly, in all.
        samples: random networks, where no weights are inherited.
    """

    top: int = 5
    singles: int = 120
    chains: int = 30
    samples: int = 100

    def __post_init__(self) -> None:
        for name, least in (("top", 1), ("singles", 1), ("chains", 0), ("samples", 0)):
            if getattr(self, name) < least:
                expected, remedy = f">= {least}", f"Use {getattr(type(self), name)}, the default"
                raise SettingError(message(name, expected, getattr(self, name), remedy))

    def best(self, space: Space, history: History, value: Value, rng: np.random.Generator) -> Candidate | None:
        """Return the untried candidate of the highest value; None where every candidate was tried."""
        near = (*self._chains(space, history, rng), *self._neighbours(space, history, rng))
        # Of equal networks the last one stays: as a neighbour it has the nearest parent.
        found = near if space.inherits else (*self._samples(space, history, rng), *near)
        untried = list({each.id: each for each in found if each.id not in history.known}.values())
        if not untried:
            return None
        return untried[int(np.argmax(value([each.architecture for each in untried])))]

    def _neighbours(self, space: Space, history: History, rng: np.random.Generator) -> Iterator[Candidate]:
        top = history.best(self.top)
        share = -(-self.singles // len(top))
        for observation in top:
            yield from islice(children(root(observation, history), space, history, rng, attempts=2 * share), share)

    def _chains(self, space: Space, history: History, rng: np.random.Generator) -> Iterator[Candidate]:
        for _ in range(self.chains):
            candidate = root(history.completed[rng.integers(len(history.completed))], history)
            for _ in range(rng.integers(2, 4)):
                candidate = next(children(candidate, space, history, rng, attempts=ATTEMPTS), candidate)
            yield candidate

    def _samples(self, space: Space, history: History, rng: np.random.Generator) -> Iterator[Candidate]:
        for _ in range(self.samples):
            architecture = space.sample(rng)
            yield Candidate(architecture, content_id(architecture))

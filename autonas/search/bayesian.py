"""Network morphism under Bayesian optimisation (Jin, Song & Hu 2018, arXiv 1806.10282), repaired.

A Gaussian process over architectures expects a score of every network, an acquisition function says what a look
promises, and the candidates are networks that edits reach from those that were tried, so that weights can be
inherited; where there are none to inherit, in a table, random networks as well.

=========== =========================================== ============================ =================================
setting     as published                                default                      why
=========== =========================================== ============================ =================================
kernel      edit distance, Bourgain-embedded (``edit``) Weisfeiler-Lehman (``wl``)   finds better: benchmarks/search
scores      standardised                                ranks from 20 on (``auto``)  finds better: benchmarks/search
acquisition upper confidence bound, beta 2.5 (``ucb``)  expected improvement, ``ei`` no trade-off to set
candidates  annealed tree of edits (``tree``)           ``neighbours`` of the best   bounded cost, near good weights
=========== =========================================== ============================ =================================

In both, one valid kernel serves training and prediction, and length-scales and noise maximise the marginal likelihood:
the released code did none of this. Networks that are being trained count as if they had scored what is expected of
them, so that parallel workers get different ones. Failed trials are never proposed again, and say nothing about scores.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from autonas.arch import Architecture
from autonas.errors import SettingError, message
from autonas.search.binding import Bound, begun, check_initial
from autonas.search.candidate import Candidate, first_starter, nearest_untried, random_untried
from autonas.search.expectation import expectation
from autonas.search.history import History
from autonas.search.neighbours import Neighbours, Value
from autonas.search.strategy import Observation, Proposal
from autonas.search.tree import AnnealedTree
from autonas.space import Space
from autonas.surrogate import EMBEDDINGS, SCORES, expected_improvement, upper_confidence_bound

ACQUISITIONS = ("ei", "ucb", "ts")
CANDIDATES: dict[str, Neighbours | AnnealedTree] = {"neighbours": Neighbours(), "tree": AnnealedTree()}


@dataclasses.dataclass(frozen=True)
class BayesianMorphism(Bound):
    """Propose the starters, then the network reached by edits that promises most.

    Attributes:
        space: where to search; None until `on` binds it.
        kernel: ``wl`` or ``edit`` (module docstring), or both, added (``wl+edit``) or multiplied (``wl*edit``).
        scores: ``standardised``; ``rank-gauss``, normal quantiles of their ranks; or ``auto``, the latter from 20 on.
        acquisition: ``ei``, expected improvement; ``ucb``, upper confidence bound; or ``ts``, Thompson sampling: a
            function drawn from the process.
        beta: how much ``ucb`` values uncertainty; has no part in the others.
        candidates: ``neighbours`` or ``tree``, or one of `Neighbours` and `AnnealedTree` with settings of your own.
        noise: standard deviation of the scores' noise as a share of that of the scores; None: fitted.
        initial: how many networks, starters and random ones, come before the process is asked. None: 15, or where
            weights are inherited 1, as random networks have none to inherit.
    """

    kernel: Literal["wl", "edit", "wl+edit", "wl*edit"] = "wl"
    scores: Literal["auto", "rank-gauss", "standardised"] = "auto"
    acquisition: Literal["ei", "ucb", "ts"] = "ei"
    beta: float = 2.5
    candidates: Literal["neighbours", "tree"] | Neighbours | AnnealedTree = "neighbours"
    noise: float | None = None
    initial: int | None = None

    def __post_init__(self) -> None:
        _check_choice("kernel", self.kernel, tuple(EMBEDDINGS))
        _check_choice("scores", self.scores, tuple(SCORES))
        _check_choice("acquisition", self.acquisition, ACQUISITIONS)
        if not isinstance(self.candidates, Neighbours | AnnealedTree):
            _check_choice("candidates", self.candidates, tuple(CANDIDATES))
        if not self.beta >= 0:
            raise SettingError(message("beta", ">= 0", self.beta, "Use 2.5, the paper's value"))
        if self.noise is not None and not 0 <= self.noise < np.inf:
            raise SettingError(message("noise", ">= 0", self.noise, "Use None to have it fitted"))
        check_initial(self.initial)

    @classmethod
    def as_published(cls, space: Space | None = None) -> Self:
        """Return the paper's settings: edit distance, upper confidence bound, annealed tree search. Its space does
        not shrink.
        """
        return cls(space, kernel="edit", scores="standardised", acquisition="ucb", beta=2.5, candidates="tree")

    def start(self) -> History:
        """Return the state of a search that has tried nothing."""
        self.require_space()
        return History()

    def ask(self, state: History, rng: np.random.Generator) -> Proposal | None:
        """Return the next network to try, or None where the space is exhausted."""
        space = self.require_space()
        candidate = first_starter(space, state) or self._search(space, state, rng)
        return candidate.proposal() if candidate else None

    def tell(self, state: History, observation: Observation) -> History:
        """Return the state that also knows ``observation``."""
        return state.told(observation)

    def _search(self, space: Space, state: History, rng: np.random.Generator) -> Candidate | None:
        if not state.completed or not begun(space, state, self.initial):
            return random_untried(space, state, rng)
        source = CANDIDATES[self.candidates] if isinstance(self.candidates, str) else self.candidates
        best = source.best(space, state, self.value(state, rng), rng)
        return best or nearest_untried(space, state, rng)

    def value(self, state: History, rng: np.random.Generator) -> Value:
        """Return the acquisition function after ``state``, which must hold a completed trial; ``rng`` draws what ``ts``
        needs.
        """
        seen = expectation(state, self.kernel, self.scores, self.noise)
        best = seen.best
        seen = seen.imagining([each.proposal.architecture for each in state.pending])

        def value(architectures: Sequence[Architecture]) -> npt.NDArray[np.float64]:
            X = seen.embed(architectures)
            if self.acquisition == "ts":
                return seen.process.draw(X, rng)
            mu, sigma = seen.process.predict(X)
            if self.acquisition == "ei":
                return expected_improvement(mu, sigma, best)
            return upper_confidence_bound(mu, sigma, self.beta)

        return value


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        listed = " or ".join(map(repr, choices))
        raise SettingError(message(name, listed, value, "Use one of them"))

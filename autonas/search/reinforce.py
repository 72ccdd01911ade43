"""NAS by reinforcement learning (Zoph & Le 2016, arXiv 1611.01578): a policy writes networks, and learns from scores.

The policy is handed in (`autonas.search.lesson`); what it has learnt follows from the lessons in the state, in the
order in which trials ended. Several workers may ask at once: a reward that comes late is a lesson that comes late, with
the log-probability that its network was sampled with, and one that never comes is none.

A network is never tried twice. What the policy would repeat is sampled anew; where it only repeats itself, a random
network is tried, from which it learns nothing.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Literal

import numpy as np

from autonas.arch import content_id
from autonas.errors import SettingError, message
from autonas.morph import Edit
from autonas.search.binding import Bound
from autonas.search.candidate import first_starter, random_untried
from autonas.search.even import EvenPolicy
from autonas.search.history import History
from autonas.search.lesson import LearningPolicy, Lesson
from autonas.search.reward import OF_ACCURACIES, OF_LOSSES, REWARDS
from autonas.search.strategy import Drawn, Observation, Proposal
from autonas.space.decided import DecidedSpace, LayeredSpace, TransformedSpace

DECIDES = ("networks", "transformations", "densenet transformations")
EPISODES = 64
"""Drawn at random where a policy of transformations repeats itself."""


@dataclasses.dataclass(frozen=True)
class Growth:
    """A depth that grows with the search: ``start`` layers, and ``by`` more after every ``every`` trials.

    Defaults are the paper's, for 12,800 trials.
    """

    start: int = 6
    by: int = 2
    every: int = 1600

    def __post_init__(self) -> None:
        for name in ("start", "every"):
            if getattr(self, name) < 1:
                raise SettingError(message(name, ">= 1", getattr(self, name), "Use 6, 2 and 1600, as published"))
        if self.by < 0:
            raise SettingError(message("by", ">= 0", self.by, "Use 0 for a depth that stays"))

    def layers(self, trials: int) -> int:
        """Return the depth after ``trials`` trials."""
        return self.start + self.by * (trials // self.every)


@dataclasses.dataclass(frozen=True)
class Taught:
    """The state: what was told, and what the policy learns from it.

    Attributes:
        history: all trials.
        pupils: ids of the trials that taught, in the order in which they ended.
        lessons: what each of them taught.
    """

    history: History = dataclasses.field(default_factory=History)
    pupils: tuple[str, ...] = ()
    lessons: tuple[Lesson, ...] = ()

    def told(self, observation: Observation, lesson: Lesson | None) -> Taught:
        """Return the state that also knows ``observation``, which replaces an earlier one of the same trial."""
        history, id = self.history.told(observation), observation.trial_id
        at = self.pupils.index(id) if id in self.pupils else len(self.pupils)
        rest = (self.pupils[:at], self.pupils[at + 1 :]), (self.lessons[:at], self.lessons[at + 1 :])
        new = ((id,), (lesson,)) if lesson is not None else ((), ())
        return Taught(history, (*rest[0][0], *new[0], *rest[0][1]), (*rest[1][0], *new[1], *rest[1][1]))


@dataclasses.dataclass(frozen=True)
class Reinforce(Bound):
    """Propose the starters, then what a policy samples.

    Attributes:
        space: where to search, a `DecidedSpace`; None until `on` binds it.
        policy: what samples and learns, such as ``autonas.runtime.policy.TaughtPolicy()``.
        reward: what the policy gets for a score: a name in `autonas.search.reward.REWARDS`, or ``auto``: the cube, of
            transformations the tangent, or the inverse where `rewarded` says that scores are losses. For a network that
            failed it gets 0, which is the least that all but ``plain`` give; with that it gets no lesson.
        decides: what an estimator has it decide: whole ``networks`` (NAS), from scratch; or, with the weights of one
            start network, ``transformations`` of a chain or ``densenet transformations`` (EAS).
        bunches: how many sequences are sampled at once: first, and where all of those are known.
        growth: how deep the networks of a space of layers are; None: as deep as the space allows.
    """

    policy: LearningPolicy | None = None
    reward: str = "auto"
    growth: Growth | None = None
    decides: Literal["networks", "transformations", "densenet transformations"] = "networks"
    bunches: tuple[int, ...] = (16, 256)

    def __post_init__(self) -> None:
        if self.reward not in ("auto", *REWARDS):
            known = ["auto", *sorted(REWARDS)]
            raise SettingError(message("reward", f"one of {known}", self.reward, "Use 'plain' for the score"))
        if self.decides not in DECIDES:
            raise SettingError(message("decides", f"one of {DECIDES}", self.decides, "Use 'networks'"))
        if self.policy is not None and not all(hasattr(self.policy, name) for name in ("sample", "seeded", "kept_in")):
            remedy = "Use autonas.runtime.policy.TaughtPolicy()"
            raise SettingError(message("policy", "one that samples and learns", self.policy, remedy))
        if not isinstance(self.growth, Growth | None):
            raise SettingError(message("growth", "a Growth or None", self.growth, "Use autonas.search.Growth()"))
        if self.growth is not None and self.decides != "networks":
            raise SettingError(message("growth", f"None where it decides {self.decides}", self.growth, "Leave it out"))
        if not self.bunches or not all(isinstance(each, int) and each >= 1 for each in self.bunches):
            raise SettingError(message("bunches", "integers of at least 1", self.bunches, "Use (16, 256)"))

    def rewarded(self, maximise: bool) -> Reinforce:
        """Return the same settings with the reward that suits scores of which more is better, or minus losses.

        Raises:
            SettingError: the reward was chosen, and would be the same for all such scores.
        """
        if self.reward in (OF_LOSSES if maximise else OF_ACCURACIES):
            scores = "scores of which more is better" if maximise else "losses"
            raise SettingError(message("reward", f"one for {scores}", self.reward, "Leave it out"))
        if self.reward != "auto":
            return self
        return dataclasses.replace(self, reward=self._usual if maximise else "inverse")

    def seeded(self, seed: int) -> Reinforce:
        """Return the same settings, whose policy begins as it does in a search of this seed."""
        return self if self.policy is None else dataclasses.replace(self, policy=self.policy.seeded(seed))

    def kept_in(self, folder: Path) -> Reinforce:
        """Return the same settings, whose policy keeps what it learns in ``folder``."""
        return self if self.policy is None else dataclasses.replace(self, policy=self.policy.kept_in(folder))

    def start(self) -> Taught:
        """Return the state of a search that has tried nothing."""
        self._decided()
        self._policy()
        return Taught()

    def ask(self, state: Taught, rng: np.random.Generator) -> Proposal | None:
        """Return the next network to try, or None where the space is exhausted."""
        space = self._decided()
        starter = first_starter(space, state.history)
        if starter is not None:
            return starter.proposal()
        return self._sampled(space, state, rng) or _at_random(space, state.history, rng)

    def tell(self, state: Taught, observation: Observation) -> Taught:
        """Return the state that also knows ``observation``."""
        return state.told(observation, self._lesson(observation))

    def _sampled(self, space: DecidedSpace, state: Taught, rng: np.random.Generator) -> Proposal | None:
        """Return the first untried network that the policy samples, or None where it only repeats itself."""
        for count in self.bunches:
            rows, logs = self._policy().sample(space.steps, state.lessons, count, rng, self._length(space, state))
            for row, log in zip(rows.tolist(), logs.tolist(), strict=True):
                proposal = _untried(space, state.history, row)
                if proposal is not None:
                    drawn = None if _too_early(space, state.history) else Drawn(tuple(row), log)
                    return dataclasses.replace(proposal, drawn=drawn)
        return None

    def _length(self, space: DecidedSpace, state: Taught) -> int | None:
        """Return how many of the steps are decided; None: all."""
        if self.growth is None or not isinstance(space, LayeredSpace):
            return None
        return space.length(self.growth.layers(len(state.history.observations)))

    def _lesson(self, observation: Observation) -> Lesson | None:
        drawn = observation.proposal.drawn
        if drawn is None or observation.status == "pending":
            return None
        if observation.score is not None:
            return Lesson(drawn.decisions, self._reward(observation.score), drawn.log_probability)
        # A network that fails, of a loss that is not finite say, is worth what the worst possible one is.
        return None if self.reward == "plain" else Lesson(drawn.decisions, 0.0, drawn.log_probability)

    def _reward(self, score: float) -> float:
        if self.reward != "auto":
            return REWARDS[self.reward](score)
        if not 0.0 <= score <= 1.0:
            remedy = "Use Reinforce(reward='inverse') where scores are minus a loss, or 'plain'"
            raise SettingError(message("score", "from 0 to 1, as accuracies are", score, remedy))
        return REWARDS[self._usual](score)

    @property
    def _usual(self) -> str:
        """The published reward of accuracies."""
        return "cube" if self.decides == "networks" else "tangent"

    def _policy(self) -> LearningPolicy:
        if self.policy is None:
            raise SettingError(
                message("policy", "given", None, "Use Reinforce(policy=autonas.runtime.policy.TaughtPolicy())")
            )
        return self.policy

    def _decided(self) -> DecidedSpace:
        space: Any = self.require_space()
        if not isinstance(space, DecidedSpace):
            raise SettingError(message("space", "one with steps to decide", type(space).__name__, "Use a table's"))
        return space


def _at_random(space: DecidedSpace, history: History, rng: np.random.Generator) -> Proposal | None:
    """Return an untried network that nobody is taught by, or None where there is none."""
    if isinstance(space, TransformedSpace):  # an episode: it inherits
        rows, _ = EvenPolicy().sample(space.steps, (), EPISODES, rng)
        found = (_untried(space, history, row) for row in rows.tolist())
        proposal = next((each for each in found if each is not None), None)
        if proposal is not None:
            return proposal
    other = random_untried(space, history, rng)
    return Proposal(other.architecture) if other else None


def _untried(space: DecidedSpace, history: History, row: list[int]) -> Proposal | None:
    """Return the network of decisions, with what it inherits; None where it was tried or breaks a bound."""
    architecture = space.decided(row)
    if architecture is None or content_id(architecture) in history.known:
        return None
    return Proposal(architecture, *_inherited(space, history, row))


def _too_early(space: DecidedSpace, history: History) -> bool:
    """Whether the network to transform still trains: what is tried meanwhile inherits nothing, and trains for longer,
    so that its score says little of decisions."""
    if not isinstance(space, TransformedSpace):
        return False
    return content_id(space.starters[0]) in {content_id(each.proposal.architecture) for each in history.pending}


def _inherited(space: DecidedSpace, history: History, row: list[int]) -> tuple[str | None, tuple[Edit, ...]]:
    """Return the trial that a transformed network inherits from, the starter's, and the edits; or None and none."""
    start = history.by_id.get(content_id(space.starters[0])) if isinstance(space, TransformedSpace) else None
    if start is None or not isinstance(space, TransformedSpace):
        return None, ()
    return start.trial_id, space.transformations(row)

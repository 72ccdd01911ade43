"""The policy that a strategy holds: what it has learnt follows from the lessons it is asked with.

It is a frozen value; the LSTM that it stands for is remembered from one question to the next, and learns what has come
since. Where the lessons are no longer those that it has had, it begins anew. In a folder it keeps its arrays, and which
lessons they hold, so that a search that is resumed need not replay them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import threading
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from autonas.errors import SettingError, message
from autonas.runtime.files import replacing
from autonas.runtime.policy.actors import ActorBody
from autonas.runtime.policy.policy import Policy
from autonas.runtime.policy.settings import PolicySettings
from autonas.search.lesson import Lesson
from autonas.space.tokens import Step
from autonas.space.transforms import TransformSpace

FILE = "policy.npz"
_TAUGHT = "taught"
_ONE_AT_A_TIME = threading.RLock()  # not a policy's own: policies are copied and pickled

Agenda = tuple[Step, ...] | TransformSpace
Batch = tuple[Lesson, ...]


@dataclasses.dataclass(frozen=True)
class TaughtPolicy:
    """An LSTM that takes a gradient step after every ``batch`` lessons.

    Attributes:
        settings: of the LSTM and of how it learns.
        batch: m; lessons that do not fill one wait.
        passes: gradient steps with each batch. The importance weight, of the policy that sampled, holds in each; the
            baseline moves once a batch.
        seed: of the first weights, together with the search's (`seeded`).
        folder: where arrays are kept; None: nowhere. It is no setting: a policy is the same wherever it lives.
    """

    settings: PolicySettings = dataclasses.field(default_factory=PolicySettings)
    batch: int = 1
    passes: int = 1
    seed: int = 0
    folder: Path | None = dataclasses.field(default=None, repr=False, compare=False)
    _pupils: dict[Agenda, _Pupil] = dataclasses.field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("batch", "passes"):
            if getattr(self, name) < 1:
                raise SettingError(message(name, ">= 1", getattr(self, name), "Use 1"))

    def seeded(self, seed: int) -> TaughtPolicy:
        """Return the same policy with the first weights of a search of this seed."""
        return dataclasses.replace(self, seed=self.seed + seed)

    def kept_in(self, folder: Path) -> TaughtPolicy:
        """Return the same policy, whose arrays are kept in ``folder``."""
        return dataclasses.replace(self, folder=folder)

    def sample(
        self,
        steps: Agenda,
        lessons: tuple[Lesson, ...],
        count: int,
        rng: np.random.Generator,
        length: int | None = None,
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Return sequences and their log-probabilities; see `autonas.search.lesson.LearningPolicy`."""
        with _ONE_AT_A_TIME:  # another thread's lessons must not come in between
            walked = self.after(steps, lessons).sample(count, rng, length)
        return walked.decisions, walked.log_probabilities.astype(np.float64)

    def after(self, steps: Agenda, lessons: tuple[Lesson, ...]) -> Policy:
        """Return the policy that has had ``lessons``. It is shared: do not change it."""
        with _ONE_AT_A_TIME:
            if steps not in self._pupils:
                body = ActorBody(steps) if isinstance(steps, TransformSpace) else steps
                policy = Policy(body, self.settings, self.seed)
                self._pupils[steps] = _Pupil(policy, policy.arrays(), self.folder)
            ends = range(self.batch, len(lessons) + 1, self.batch)
            self._pupils[steps].be_taught([lessons[end - self.batch : end] for end in ends], self.passes)
            return self._pupils[steps].policy


@dataclasses.dataclass
class _Pupil:
    """An LSTM, and which lessons it has had."""

    policy: Policy
    unlearnt: dict[str, npt.NDArray[np.generic]]
    folder: Path | None
    had: list[Batch] = dataclasses.field(default_factory=list)

    def be_taught(self, batches: list[Batch], passes: int) -> None:
        """Learn until it has had just these ``batches``."""
        if batches == self.had:
            return
        if self.had != batches[: len(self.had)]:
            self.policy.restore(self.unlearnt)
            self.had = []
        if not self.had:
            self._take_up(batches, passes)
        fresh = batches[len(self.had) :]
        for batch in fresh:
            decisions = np.array([each.decisions for each in batch])
            rewards = [each.reward for each in batch]
            self.policy.learn(decisions, rewards, [each.log_probability for each in batch], passes)
            self.had.append(batch)
        if fresh and self.folder is not None:
            self._keep(self.folder, passes)

    def _keep(self, folder: Path, passes: int) -> None:
        with replacing(folder / FILE) as temporary:
            np.savez(temporary, **self.policy.arrays(), **{_TAUGHT: np.array(_words(self, self.had, passes))})

    def _take_up(self, batches: list[Batch], passes: int) -> None:
        """Begin with the arrays on disk, where they hold the first of ``batches`` and nothing else."""
        path = None if self.folder is None else self.folder / FILE
        if path is None or not path.is_file():
            return
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = dict(stored)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            return  # they are a shortcut: the lessons tell everything
        taught = str(arrays.pop(_TAUGHT, ""))
        for count in range(len(batches), 0, -1):
            if _words(self, batches[:count], passes) == taught:
                self.policy.restore(arrays)
                self.had = batches[:count]
                return


def _words(pupil: _Pupil, batches: list[Batch], passes: int) -> str:
    """Return what identifies a policy and its lessons: not the bounds of today, which teach nothing."""
    policy, body = pupil.policy, pupil.policy.body
    if isinstance(body, ActorBody):
        body = ActorBody(dataclasses.replace(body.space, max_parameters=None, max_flops=None))
    text = repr((body, policy.settings, policy.seed, passes, batches))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

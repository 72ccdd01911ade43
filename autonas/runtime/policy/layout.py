"""Where everything stands in the arrays of a policy, and decisions as the arrays that its network takes.

======== ==========================================================================================
symbol   meaning
======== ==========================================================================================
n        sequences
T, D     steps of a sequence; decisions in it (D >= T - 1: a `Skips` step has several, the first none)
S        `Skips` steps among them
V        options of all kinds of `Choice`, one kind after the other
R        rows of the embedding: one to begin with, V options, S anchors
======== ==========================================================================================

A decision that was not made, because its sequence ends before, is -1.
"""

from __future__ import annotations

import dataclasses
import itertools
from functools import cached_property

import numpy as np
import numpy.typing as npt

from autonas.errors import SettingError, message
from autonas.space.tokens import Choice, Skips, Step, columns

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Layout:
    """The steps of a policy.

    Raises:
        SettingError: there is no decision to make.
    """

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if self.decisions < 1:
            raise SettingError(message("steps", "one decision at least", self.steps, "Add a Choice"))

    @cached_property
    def offsets(self) -> dict[str, int]:
        """Place of each kind's first option among all options."""
        sizes: dict[str, int] = {}
        for step in self.steps:
            if isinstance(step, Choice):
                sizes[step.kind] = max(step.options, sizes.get(step.kind, 0))
        ends = np.cumsum([0, *sizes.values()])
        return dict(zip(sizes, map(int, ends), strict=False))

    @cached_property
    def options(self) -> int:
        """V."""
        ends = [self.offsets[step.kind] + step.options for step in self.steps if isinstance(step, Choice)]
        return max(ends, default=0)

    @cached_property
    def anchors(self) -> tuple[int, ...]:
        """The `Skips` steps, by number."""
        return tuple(at for at, step in enumerate(self.steps) if isinstance(step, Skips))

    @cached_property
    def slices(self) -> tuple[slice, ...]:
        """The columns of every step's decisions."""
        ends = np.cumsum([0, *columns(self.steps)])
        return tuple(slice(int(a), int(b)) for a, b in itertools.pairwise(ends))

    @property
    def decisions(self) -> int:
        """D."""
        return sum(columns(self.steps))

    @property
    def rows(self) -> int:
        """R."""
        return 1 + self.options + len(self.anchors)

    @cached_property
    def allowed(self) -> Floats:
        """1 where an option may be chosen in a step, (T, V)."""
        allowed = np.zeros((len(self.steps), self.options), np.float32)
        for at, step in enumerate(self.steps):
            if isinstance(step, Choice):
                allowed[at, self.offsets[step.kind] : self.offsets[step.kind] + step.options] = 1.0
        return allowed

    def check(self, decisions: Ints) -> Ints:
        """Return ``decisions`` as an array (n, D).

        Raises:
            SettingError: it is none, or holds what cannot be chosen.
        """
        rows = np.asarray(decisions, np.int64)
        limits = np.concatenate(
            [[step.options] if isinstance(step, Choice) else [2] * k for step, k in self._counted()]
        ).astype(np.int64)
        if rows.ndim != 2 or rows.shape[1] != self.decisions or np.any(rows < -1) or np.any(rows >= limits):
            expected = f"an array (n, {self.decisions}) of options, counted from 0, or -1 after a sequence's end"
            raise SettingError(message("decisions", expected, decisions, "Use rows that a policy has sampled"))
        return rows

    def fed(self, step: Step, decisions: Ints) -> Floats:
        """Return what the step after ``step`` reads, as weights of the embedding's rows, (n, R)."""
        weights = np.zeros((len(decisions), self.rows), np.float32)
        if isinstance(step, Choice):
            chosen = 1 + self.offsets[step.kind] + np.maximum(decisions[:, 0], 0)
            weights[np.arange(len(decisions)), chosen] = 1.0
        else:
            bits = np.maximum(decisions, 0).astype(np.float32)
            begin = 1 + self.options
            weights[:, begin : begin + bits.shape[1]] = bits / (1.0 + bits.sum(axis=1, keepdims=True))
        return weights

    def encode(self, decisions: Ints) -> dict[str, Floats]:
        """Return ``decisions`` (n, D) as the network's inputs: ``read`` (n, T, R), ``chosen`` (n, T, V), ``bits``
        (n, S, S) and ``alive`` (n, T).
        """
        n, T, S = len(decisions), len(self.steps), len(self.anchors)
        read, chosen = np.zeros((n, T, self.rows), np.float32), np.zeros((n, T, self.options), np.float32)
        bits, alive = np.zeros((n, S, S), np.float32), np.ones((n, T), np.float32)
        read[:, 0, 0] = 1.0
        for at, (step, part) in enumerate(zip(self.steps, self.slices, strict=True)):
            made = decisions[:, part]
            if made.shape[1]:
                alive[:, at] = made[:, 0] >= 0
            if at + 1 < T:
                read[:, at + 1] = self.fed(step, made)
            if isinstance(step, Choice):
                chosen[np.arange(n), at, self.offsets[step.kind] + np.maximum(made[:, 0], 0)] = alive[:, at]
            else:
                bits[:, self.anchors.index(at), : made.shape[1]] = np.maximum(made, 0)
        return {"read": read, "chosen": chosen, "bits": bits, "alive": alive}

    def _counted(self) -> list[tuple[Step, int]]:
        return list(zip(self.steps, columns(self.steps), strict=True))

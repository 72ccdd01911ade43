"""One walk through the steps of a policy, in NumPy: it samples decisions, or judges given ones.

Sampling goes step by step, each reading what the one before has decided, so that a compiled graph would gain little
and cost its tracing: in NumPy a hundred sequences of a hundred decisions take milliseconds. The network in Keras
(`autonas.runtime.policy.network`) computes the same for decisions that are there; a test holds the two together.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from autonas.runtime.policy.layout import Floats, Ints, Layout
from autonas.runtime.policy.settings import PolicySettings
from autonas.runtime.policy.squash import squash
from autonas.runtime.policy.steps import draw, log_softmax, lstm_step
from autonas.space.tokens import Choice


@dataclasses.dataclass(frozen=True, eq=False)
class Walk:
    """Sequences and what the policy says of them.

    Attributes:
        decisions: (n, D) ints; -1 after a sequence's end.
        by_decision: log-probability of each decision, (n, D); 0 where none was made.
        entropies: of each sequence's choices and bits, summed, in nats, (n,).
    """

    decisions: Ints
    by_decision: Floats
    entropies: Floats

    @property
    def log_probabilities(self) -> Floats:
        """Of each whole sequence, (n,)."""
        return self.by_decision.sum(axis=1)


def walk(
    layout: Layout,
    weights: Mapping[str, Floats],
    settings: PolicySettings,
    given: Ints | None = None,
    *,
    count: int = 0,
    rng: np.random.Generator | None = None,
    steps: int | None = None,
) -> Walk:
    """Sample ``count`` sequences of the first ``steps`` steps with ``rng``, or judge the ``given`` decisions (n, D)."""
    n = count if given is None else len(given)
    decisions = np.full((n, layout.decisions), -1) if given is None else given
    logs, entropies = np.zeros((n, layout.decisions), np.float32), np.zeros(n, np.float32)
    states = [(np.zeros((n, settings.units), np.float32),) * 2 for _ in range(settings.layers)]
    read, anchors = np.eye(1, layout.rows, dtype=np.float32).repeat(n, axis=0), []
    for step, part in list(zip(layout.steps, layout.slices, strict=True))[:steps]:
        hidden = _advance(read @ weights["embedding"], states, weights)
        if isinstance(step, Choice):
            log_all = _choice_logs(hidden, layout.offsets[step.kind], step.options, weights, settings)
        else:
            log_all = _skip_logs(hidden, anchors, weights, settings)
            anchors.append(hidden)
        if given is None:
            assert rng is not None  # `Policy.sample` has one
            decisions[:, part] = draw(log_all, rng)
        made = decisions[:, part]
        alive = made >= 0
        logs[:, part] = np.take_along_axis(log_all, np.maximum(made, 0)[..., None], axis=2)[..., 0] * alive
        entropies -= (np.sum(np.exp(log_all) * log_all, axis=2) * alive).sum(axis=1)
        read = layout.fed(step, made)
    return Walk(decisions, logs, entropies)


def _advance(x: Floats, states: list[tuple[Floats, Floats]], weights: Mapping[str, Floats]) -> Floats:
    """One step of all LSTM layers."""
    for layer, (hidden, cell) in enumerate(states):
        own = weights[f"kernel_{layer}"], weights[f"recurrent_{layer}"], weights[f"bias_{layer}"]
        x, cell = lstm_step(x, hidden, cell, own)
        states[layer] = x, cell
    return x


def _choice_logs(
    hidden: Floats, begin: int, options: int, weights: Mapping[str, Floats], settings: PolicySettings
) -> Floats:
    """Log-probabilities of a choice, (n, 1, options)."""
    part = slice(begin, begin + options)
    logits = squash(hidden @ weights["head"][:, part] + weights["head_bias"][part], settings)
    return log_softmax(logits)[:, None]


def _skip_logs(
    hidden: Floats, anchors: list[Floats], weights: Mapping[str, Floats], settings: PolicySettings
) -> Floats:
    """Log-probabilities of no and of yes for every earlier anchor, (n, anchors, 2)."""
    if not anchors:
        return np.zeros((len(hidden), 0, 2), np.float32)
    before = np.stack(anchors, axis=1) @ weights["previous"]  # (n, anchors, units)
    logits = squash((np.tanh(before + (hidden @ weights["current"])[:, None]) @ weights["score"])[..., 0], settings)
    return -np.stack([np.logaddexp(0, logits), np.logaddexp(0, -logits)], axis=2)

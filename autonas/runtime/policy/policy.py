"""An LSTM that writes architectures down and learns by REINFORCE which are good (Zoph & Le 2016, arXiv 1611.01578).

A policy reads the decision before, and decides the next: one of a few options (a softmax a kind of choice, shared by
all steps of that kind), or, at an anchor point, which earlier anchor points feed it:
P(j) = sigmoid(v^T tanh(W_prev h_j + W_curr h_i)). What it then reads is the sum of a learnt vector for each anchor
chosen over one more than their number (in ENAS's code: of the anchors' hidden states, which would keep training from
running all steps in one pass).

    b      <- b + r (mean R - b)                                  moving baseline, of PREVIOUS rewards
    loss    = mean over the batch of
              -w (R - b) log pi(a)                                w = min(pi(a) / pi_sampled(a), clip)
              - entropy_weight H + skip_weight KL(skip share || prior)
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from autonas.errors import SettingError, message
from autonas.runtime.policy.body import Body
from autonas.runtime.policy.layout import Floats, Ints, Layout
from autonas.runtime.policy.network import PolicyNetwork, initial, shared_network
from autonas.runtime.policy.settings import PolicySettings
from autonas.runtime.policy.tokens import TokenBody
from autonas.runtime.policy.walk import Walk
from autonas.space.tokens import Step


class Policy:
    """Samples decisions and learns from their rewards.

    >>> policy = Policy((Choice("op", 3), Skips(), Choice("op", 3), Skips()), PolicySettings.enas(), seed=0)
    >>> drawn = policy.sample(8, np.random.default_rng(0))  # decisions (8, 3): an op; an op and a skip bit
    >>> policy.learn(drawn.decisions, rewards, drawn.log_probabilities)

    The same seed, random numbers and rewards give the same policy. Sampling and judging run in NumPy; the Keras model
    is built at the first `learn`, and traced once.

    Args:
        steps: what is decided, in order (`autonas.space.tokens`); or the body of another policy.
        settings: how.
        seed: of the first weights.

    Raises:
        SettingError: there is no decision to make.
    """

    def __init__(self, steps: Sequence[Step] | Body, settings: PolicySettings | None = None, seed: int = 0) -> None:
        self.body: Body = TokenBody(Layout(tuple(steps))) if isinstance(steps, Sequence) else steps
        self.settings = settings or PolicySettings()
        self.seed = seed
        self.baseline: float | None = None
        self._network: PolicyNetwork | None = None
        self._moments: dict[str, Floats] = {}
        self._weights = initial(self.body, self.settings, np.random.default_rng(seed))

    def sample(self, count: int, rng: np.random.Generator, steps: int | None = None) -> Walk:
        """Return ``count`` sequences drawn at once, of the first ``steps`` steps (None: all)."""
        return self.body.walk(self._weights, self.settings, count=count, rng=rng, steps=steps)

    def judge(self, decisions: npt.ArrayLike) -> Walk:
        """Return what the policy says of given decisions (n, D)."""
        return self.body.walk(self._weights, self.settings, self.body.check(np.asarray(decisions)))

    def learn(
        self,
        decisions: npt.ArrayLike,
        rewards: npt.ArrayLike,
        sampled: npt.ArrayLike | None = None,
        passes: int = 1,
    ) -> float:
        """Move the baseline once, take a gradient step a pass, and return the loss of the last.

        Args:
            decisions: (n, D).
            rewards: (n,); higher is better.
            sampled: (n,) log-probability of each sequence under the policy that sampled it, where that may not be this
                one; None: it is, before the first pass.
            passes: gradient steps with the same rewards; the importance weight holds in each.

        Raises:
            SettingError: the three do not fit together, or a reward is not finite.
        """
        rows, R = self.body.check(np.asarray(decisions)), np.asarray(rewards, np.float64)
        if R.shape != (len(rows),) or not len(rows) or not np.all(np.isfinite(R)):
            raise SettingError(message("rewards", f"{len(rows)} finite numbers", rewards, "Leave failed trials out"))
        then = self._sampled(rows, sampled, passes)
        advantages, network, loss = R - self._subtracted(R), self._ready(), 0.0
        for _ in range(passes):
            loss = network.train(rows, (advantages * self._importance(rows, then)).astype(np.float32))
            self._weights = network.weights()
        return loss

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything that was learnt, by name: weights, Adam's moments, the baseline."""
        baseline = np.array([] if self.baseline is None else [self.baseline])
        return {**self._weights, **self._remembered(), "baseline": baseline}

    def restore(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Take up what `arrays` gave.

        Raises:
            SettingError: it is of a policy with other steps or settings.
        """
        expected = self.body.shapes(self.settings)
        received = {name: arrays[name].shape if name in arrays else None for name in expected}
        if received != expected or "baseline" not in arrays:
            raise SettingError(message("arrays", f"of the shapes {expected}", received, "Use those of the same policy"))
        self._weights = {name: np.asarray(arrays[name], np.float32) for name in expected}
        self._moments = {name: np.asarray(each) for name, each in arrays.items() if name.startswith("adam_")}
        self.baseline = float(arrays["baseline"][0]) if arrays["baseline"].size else None
        if self._network is not None and self._network.holder is self:
            self._network.holder = None

    def _ready(self) -> PolicyNetwork:
        """Return the Keras model, with what this policy has learnt in it."""
        network = shared_network(self.body, self.settings, threading.get_ident())
        if self._network is not network:  # it may have learnt in another thread
            self._let_go()
        if network.holder is not self:
            if isinstance(network.holder, Policy):
                network.holder._moments = network.moments()
            network.assign(self._weights, self._moments)
            network.holder = self
        self._network = network
        return network

    def _let_go(self) -> None:
        """Take the moments out of the Keras model that this policy has learnt in, if it still holds one."""
        self._moments = self._remembered()
        if self._network is not None and self._network.holder is self:
            self._network.holder = None

    def _remembered(self) -> dict[str, Floats]:
        """Return Adam's moments, which stay in the Keras model as long as no other policy takes it."""
        if self._network is not None and self._network.holder is self:
            self._moments = self._network.moments()
        return self._moments

    def _subtracted(self, R: npt.NDArray[np.float64]) -> float:
        """Move the baseline and return what is to be subtracted; before any reward that is this batch's mean."""
        mean, before = float(R.mean()), self.baseline
        self.baseline = mean if before is None else before + self.settings.baseline_rate * (mean - before)
        return self.baseline if before is None or self.settings.baseline_first else before

    def _sampled(self, rows: Ints, sampled: npt.ArrayLike | None, passes: int) -> npt.NDArray[np.float64] | None:
        """Return the log-probabilities that the importance weight compares with, or None where it is 1."""
        if sampled is None:
            return self.judge(rows).log_probabilities.astype(np.float64) if passes > 1 else None
        then = np.asarray(sampled, np.float64)
        if then.shape != (len(rows),):
            raise SettingError(message("sampled", f"{len(rows)} log-probabilities", sampled, "Use a row's sum"))
        return then

    def _importance(self, rows: Ints, then: npt.NDArray[np.float64] | None) -> npt.NDArray[np.float64]:
        if then is None:
            return np.ones(len(rows))
        now = self.judge(rows).log_probabilities.astype(np.float64)
        return np.exp(np.minimum(now - then, np.log(self.settings.clip)))

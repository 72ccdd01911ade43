"""The Keras model of a policy, which learns: decisions -> log-probability, entropy, divergence of the skip bits.

REINFORCE is a cross-entropy over the decisions, weighted by the advantage; Keras traces it once and trains it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from autonas.runtime.policy.body import Body
from autonas.runtime.policy.layout import Floats, Ints
from autonas.runtime.policy.settings import PolicySettings

Tensor = Any


def initial(body: Body, settings: PolicySettings, rng: np.random.Generator) -> dict[str, Floats]:
    """Return fresh weights by name."""
    return {
        name: np.zeros(shape, np.float32)
        if "bias" in name
        else rng.uniform(-settings.init, settings.init, shape).astype(np.float32)
        for name, shape in body.shapes(settings).items()
    }


class PolicyNetwork:
    """A Keras model whose weights come and go by name.

    Attributes:
        holder: whose weights it has; whoever is another puts its own there first.
    """

    holder: object = None

    def __init__(self, body: Body, settings: PolicySettings) -> None:
        self.model, layers = body.build(settings)
        self.model.compile(
            keras.optimizers.Adam(settings.learning_rate, beta_1=settings.beta_1, epsilon=settings.epsilon),
            loss=_loss(settings),
            jit_compile=False,
        )
        self.model.optimizer.build(self.model.trainable_variables)
        variables = [variable for layer in layers for variable in layer.trainable_variables]
        self._variables = dict(zip(body.shapes(settings), variables, strict=True))
        self._body, self._unlearnt = body, self.moments()

    def weights(self) -> dict[str, Floats]:
        """Return the weights by name."""
        return {name: np.asarray(ops.convert_to_numpy(each)) for name, each in self._variables.items()}

    def moments(self) -> dict[str, Floats]:
        """Return what the optimiser remembers."""
        return {
            f"adam_{at}": np.asarray(ops.convert_to_numpy(each))
            for at, each in enumerate(self.model.optimizer.variables)
        }

    def assign(self, weights: dict[str, Floats], moments: dict[str, Floats]) -> None:
        """Take weights, and what the optimiser remembers, from elsewhere; no moments: it has learnt nothing yet."""
        for name, each in self._variables.items():
            each.assign(weights[name])
        for at, each in enumerate(self.model.optimizer.variables):
            each.assign((moments or self._unlearnt)[f"adam_{at}"])

    def train(self, decisions: Ints, advantages: Floats) -> float:
        """Take one gradient step: up the log-probability of ``decisions`` (n, D), by ``advantages`` (n,)."""
        encoded, rows = self._body.encode(decisions), self._body.rows(decisions)
        taken = {name: encoded[name] for name in self.model.input}
        return float(self.model.train_on_batch(taken, advantages[rows, None]))


@functools.lru_cache(maxsize=4)
def shared_network(body: Body, settings: PolicySettings, thread: int) -> PolicyNetwork:
    """Return the network of this body, which policies of one thread share: it is traced once for all of them."""
    return PolicyNetwork(body, settings)


def _loss(settings: PolicySettings) -> Callable[[Tensor, Tensor], Tensor]:
    def loss(advantages: Tensor, terms: Tensor) -> Tensor:
        log, entropy, divergence = terms[:, 0], terms[:, 1], terms[:, 2]
        weighted = -advantages[:, 0] * log
        return weighted - settings.entropy_weight * entropy + settings.skip_weight * divergence

    return loss

"""The policy as a Keras model, which learns: decisions -> log-probability, entropy, divergence of the skip bits.

REINFORCE is a cross-entropy over the decisions, weighted by the advantage; Keras traces it once and trains it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from autonas.runtime.policy.layout import Floats, Layout
from autonas.runtime.policy.settings import PolicySettings

Tensor = Any
NEVER = -1e9


def shapes(layout: Layout, settings: PolicySettings) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight by name, in the order of `build_network`'s variables."""
    units, found = settings.units, {"embedding": (layout.rows, settings.units)}
    for layer in range(settings.layers):
        found |= {f"kernel_{layer}": (units, 4 * units), f"recurrent_{layer}": (units, 4 * units)}
        found |= {f"bias_{layer}": (4 * units,)}
    if layout.options:
        found |= {"head": (units, layout.options), "head_bias": (layout.options,)}
    if layout.anchors:
        found |= {"previous": (units, units), "current": (units, units), "score": (units, 1)}
    return found


def initial(layout: Layout, settings: PolicySettings, rng: np.random.Generator) -> dict[str, Floats]:
    """Return fresh weights by name."""
    return {
        name: np.zeros(shape, np.float32)
        if "bias" in name
        else rng.uniform(-settings.init, settings.init, shape).astype(np.float32)
        for name, shape in shapes(layout, settings).items()
    }


class PolicyNetwork:
    """A Keras model whose weights come and go by name.

    Attributes:
        holder: whose weights it has; whoever is another puts its own there first.
    """

    holder: object = None

    def __init__(self, layout: Layout, settings: PolicySettings) -> None:
        self.model, layers = _build(layout, settings)
        self.model.compile(
            keras.optimizers.Adam(settings.learning_rate, beta_1=settings.beta_1, epsilon=settings.epsilon),
            loss=_loss(settings),
            jit_compile=False,
        )
        self.model.optimizer.build(self.model.trainable_variables)
        variables = [variable for layer in layers for variable in layer.trainable_variables]
        self._variables = dict(zip(shapes(layout, settings), variables, strict=True))
        self._layout, self._unlearnt = layout, self.moments()

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

    def train(self, decisions: Any, advantages: Floats) -> float:
        """Take one gradient step: up the log-probability of ``decisions`` (n, D), by ``advantages`` (n,)."""
        encoded = self._layout.encode(decisions)
        taken = {name: encoded[name] for name in self.model.input}
        return float(self.model.train_on_batch(taken, advantages[:, None]))


@functools.lru_cache(maxsize=4)
def shared_network(layout: Layout, settings: PolicySettings, thread: int) -> PolicyNetwork:
    """Return the network of this layout, which policies of one thread share: it is traced once for all of them."""
    return PolicyNetwork(layout, settings)


def _build(layout: Layout, settings: PolicySettings) -> tuple[keras.Model, list[keras.layers.Layer]]:
    """Return the model and its layers, in the order of `shapes`."""
    T, units = len(layout.steps), settings.units
    inputs = {"read": keras.Input((T, layout.rows), name="read"), "alive": keras.Input((T,), name="alive")}
    layers: list[keras.layers.Layer] = [keras.layers.Dense(units, use_bias=False)]
    hidden = layers[0](inputs["read"])
    for _ in range(settings.layers):
        layers.append(keras.layers.LSTM(units, return_sequences=True, unit_forget_bias=False))
        hidden = layers[-1](hidden)
    terms = []
    if layout.options:
        inputs["chosen"] = keras.Input((T, layout.options), name="chosen")
        layers.append(keras.layers.Dense(layout.options))
        logits = _squash(layers[-1](hidden), settings)
        terms.append(_choices(logits, inputs["chosen"], inputs["alive"], layout.allowed))
    if layout.anchors:
        inputs["bits"] = keras.Input((len(layout.anchors),) * 2, name="bits")
        attention = [keras.layers.Dense(width, use_bias=False) for width in (units, units, 1)]
        layers += attention
        logits = _squash(_attend(hidden, layout.anchors, attention), settings)
        terms.append(_skips(logits, inputs["bits"], _earlier(inputs["alive"], layout.anchors), settings.skip_prior))
    total = ops.stack([sum(parts[1:], parts[0]) for parts in zip(*terms, strict=True)], axis=1)  # (n, 3)
    return keras.Model(inputs, total), layers


def _attend(hidden: Tensor, anchors: tuple[int, ...], attention: list[keras.layers.Layer]) -> Tensor:
    """Logits of each anchor point to be fed by each other, (n, S, S): here, there."""
    previous, current, score = attention
    points = ops.take(hidden, np.array(anchors), axis=1)  # (n, S, units)
    return ops.squeeze(score(ops.tanh(ops.expand_dims(previous(points), 1) + ops.expand_dims(current(points), 2))), -1)


def _earlier(alive: Tensor, anchors: tuple[int, ...]) -> Tensor:
    """1 where there is a bit to decide, (n, S, S)."""
    living = ops.expand_dims(ops.take(alive, np.array(anchors), axis=1), 2)
    return living * np.tril(np.ones((len(anchors),) * 2, np.float32), -1)


def _choices(logits: Tensor, chosen: Tensor, alive: Tensor, allowed: Floats) -> tuple[Tensor, Tensor, Tensor]:
    log = ops.log_softmax(logits + (1.0 - allowed) * NEVER, axis=-1)
    living = ops.expand_dims(alive, 2) * allowed
    entropy = -ops.sum(living * ops.exp(log) * log, axis=(1, 2))
    return ops.sum(chosen * log, axis=(1, 2)), entropy, ops.zeros_like(entropy)


def _skips(logits: Tensor, bits: Tensor, earlier: Tensor, prior: float) -> tuple[Tensor, Tensor, Tensor]:
    yes, no = -ops.softplus(-logits), -ops.softplus(logits)
    share = ops.sigmoid(logits)
    entropy = -ops.sum(earlier * (share * yes + (1 - share) * no), axis=(1, 2))
    divergence = share * (yes - np.log(prior)) + (1 - share) * (no - np.log(1 - prior))
    count = ops.maximum(ops.sum(earlier, axis=(1, 2)), 1.0)
    log = ops.sum(earlier * (bits * yes + (1 - bits) * no), axis=(1, 2))
    return log, entropy, ops.sum(earlier * divergence, axis=(1, 2)) / count


def _squash(raw: Tensor, settings: PolicySettings) -> Tensor:
    cooled = raw / settings.temperature
    return cooled if settings.tanh_constant is None else settings.tanh_constant * ops.tanh(cooled)


def _loss(settings: PolicySettings) -> Callable[[Tensor, Tensor], Tensor]:
    def loss(advantages: Tensor, terms: Tensor) -> Tensor:
        log, entropy, divergence = terms[:, 0], terms[:, 1], terms[:, 2]
        weighted = -advantages[:, 0] * log
        return weighted - settings.entropy_weight * entropy + settings.skip_weight * divergence

    return loss

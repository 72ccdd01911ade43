"""The body of a policy over tokens: its LSTM in Keras, which learns.

`autonas.runtime.policy.walk` is the same in NumPy, for sampling.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from autonas.runtime.policy.layout import Floats, Ints, Layout
from autonas.runtime.policy.settings import PolicySettings
from autonas.runtime.policy.squash import squash
from autonas.runtime.policy.walk import Walk, walk

Tensor = Any
NEVER = -1e9


@dataclasses.dataclass(frozen=True)
class TokenBody:
    """See `autonas.runtime.policy.body.Body`."""

    layout: Layout

    @property
    def decisions(self) -> int:
        """How many decisions a sequence has at most."""
        return self.layout.decisions

    def shapes(self, settings: PolicySettings) -> dict[str, tuple[int, ...]]:
        """Return the shape of every weight by name."""
        units, found = settings.units, {"embedding": (self.layout.rows, settings.units)}
        for layer in range(settings.layers):
            found |= {f"kernel_{layer}": (units, 4 * units), f"recurrent_{layer}": (units, 4 * units)}
            found |= {f"bias_{layer}": (4 * units,)}
        if self.layout.options:
            found |= {"head": (units, self.layout.options), "head_bias": (self.layout.options,)}
        if self.layout.anchors:
            found |= {"previous": (units, units), "current": (units, units), "score": (units, 1)}
        return found

    def walk(
        self,
        weights: Mapping[str, Floats],
        settings: PolicySettings,
        given: Ints | None = None,
        *,
        count: int = 0,
        rng: np.random.Generator | None = None,
        steps: int | None = None,
    ) -> Walk:
        """Sample sequences, or judge given ones."""
        return walk(self.layout, weights, settings, given, count=count, rng=rng, steps=steps)

    def check(self, decisions: Ints) -> Ints:
        """Return ``decisions`` as an array (n, D), or raise `SettingError`."""
        return self.layout.check(decisions)

    def encode(self, decisions: Ints) -> dict[str, Floats]:
        """Return the inputs of the model, a row a sequence."""
        return self.layout.encode(decisions)

    def rows(self, decisions: Ints) -> Ints:
        """Return the sequence of every row: each has one."""
        return np.arange(len(decisions))

    def build(self, settings: PolicySettings) -> tuple[keras.Model, list[keras.layers.Layer]]:
        """Return the model and its layers, in the order of `shapes`."""
        return _build(self.layout, settings)


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
        logits = squash(layers[-1](hidden), settings, ops.tanh)
        terms.append(_choices(logits, inputs["chosen"], inputs["alive"], layout.allowed))
    if layout.anchors:
        inputs["bits"] = keras.Input((len(layout.anchors),) * 2, name="bits")
        attention = [keras.layers.Dense(width, use_bias=False) for width in (units, units, 1)]
        layers += attention
        logits = squash(_attend(hidden, layout.anchors, attention), settings, ops.tanh)
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

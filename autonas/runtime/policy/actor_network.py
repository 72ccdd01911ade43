"""EAS's actors in Keras, which learn: a row is one step of an episode, wider or deeper."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from autonas.morph.depth import KERNELS
from autonas.runtime.policy.settings import PolicySettings
from autonas.runtime.policy.squash import squash
from autonas.space.transforms import BLOCKS, PLACES, L

Tensor = Any
EMBEDDING = 16
NEVER = -1e9
_INPUTS = {
    "tokens": L,
    "bits": L,
    "can_widen": L,
    "decided": 3,
    "made": 3,
    "block": BLOCKS,
    "place": PLACES,
    "window": len(KERNELS),
    "can_block": BLOCKS,
    "can_place": PLACES,
}


def build_actors(vocabulary: int, settings: PolicySettings) -> tuple[keras.Model, list[keras.layers.Layer]]:
    """Return the model, which gives log-probability and entropy of a step, and 0, (rows, 3); and its layers."""
    inputs = {name: keras.Input((size,), name=name) for name, size in _INPUTS.items()}
    embed = keras.layers.Embedding(vocabulary, EMBEDDING)
    forward, backward = (_lstm(settings.units, go_backwards=back) for back in (False, True))
    wider, decided = keras.layers.Dense(1), keras.layers.Embedding(1 + BLOCKS + PLACES, EMBEDDING)
    deeper = _lstm(2 * settings.units)
    heads = [keras.layers.Dense(options) for options in (BLOCKS, PLACES, len(KERNELS))]
    tokens = ops.cast(inputs["tokens"], "int32")
    x, mask = embed(tokens), ops.not_equal(tokens, 0)
    ahead, h, c = forward(x, mask=mask)
    back, other_h, other_c = backward(x, mask=mask)
    read = ops.concatenate([ahead, ops.flip(back, axis=1)], axis=2)
    state = [ops.concatenate([h, other_h], axis=1), ops.concatenate([c, other_c], axis=1)]
    steps, _, _ = deeper(decided(ops.cast(inputs["decided"], "int32")), initial_state=state)
    terms = [_wider(squash(ops.squeeze(wider(read), -1), settings, ops.tanh), inputs["bits"], inputs["can_widen"])]
    masks = (inputs["can_block"], inputs["can_place"], ops.ones_like(inputs["window"]))
    for at, (head, name, can) in enumerate(zip(heads, ("block", "place", "window"), masks, strict=True)):
        logits = squash(head(steps[:, at]), settings, ops.tanh)
        terms.append(_choice(logits, inputs[name], can, inputs["made"][:, at]))
    log, entropy = (sum(parts[1:], parts[0]) for parts in zip(*terms, strict=True))
    model = keras.Model(inputs, ops.stack([log, entropy, ops.zeros_like(log)], axis=1))
    return model, [embed, forward, backward, wider, decided, deeper, *heads]


def _lstm(units: int, **more: Any) -> keras.layers.LSTM:
    return keras.layers.LSTM(units, return_sequences=True, return_state=True, unit_forget_bias=False, **more)


def _wider(logits: Tensor, bits: Tensor, can: Tensor) -> tuple[Tensor, Tensor]:
    yes, no, share = -ops.softplus(-logits), -ops.softplus(logits), ops.sigmoid(logits)
    entropy = -ops.sum(can * (share * yes + (1 - share) * no), axis=1)
    return ops.sum(can * (bits * yes + (1 - bits) * no), axis=1), entropy


def _choice(logits: Tensor, chosen: Tensor, can: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
    log = ops.log_softmax(logits + (1 - can) * NEVER, axis=1)
    return made * ops.sum(chosen * log, axis=1), -made * ops.sum(can * ops.exp(log) * log, axis=1)

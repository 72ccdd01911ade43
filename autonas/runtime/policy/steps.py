"""What policies do in NumPy, whatever they read: one step of an LSTM, and drawing from log-probabilities."""

from __future__ import annotations

import numpy as np

from autonas.runtime.policy.layout import Floats, Ints


def lstm_step(x: Floats, hidden: Floats, cell: Floats, weights: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
    """Return hidden and cell state (n, u) after reading x (n, d), with Keras's gates: input, forget, cell, output.

    ``weights`` are kernel, recurrent kernel and bias.
    """
    kernel, recurrent, bias = weights
    enter, forget, new, leave = np.split(x @ kernel + hidden @ recurrent + bias, 4, axis=1)
    cell = _sigmoid(forget) * cell + _sigmoid(enter) * np.tanh(new)
    return _sigmoid(leave) * np.tanh(cell), cell


def log_softmax(logits: Floats) -> Floats:
    """Return log-probabilities over the last axis."""
    logits = logits - logits.max(axis=-1, keepdims=True)
    log: Floats = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return log


def draw(log: Floats, rng: np.random.Generator) -> Ints:
    """Draw one of the options in the last axis of log-probabilities."""
    ends = np.cumsum(np.exp(log), axis=-1)
    at = rng.random(log.shape[:-1])[..., None] * ends[..., -1:]
    return np.minimum(np.sum(at >= ends, axis=-1), log.shape[-1] - 1)


def _sigmoid(x: Floats) -> Floats:
    return 0.5 * (np.tanh(0.5 * x) + 1)

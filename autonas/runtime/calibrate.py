"""Batch-norm statistics from data: for layers that an edit has just put in, and for averaged weights."""

from __future__ import annotations

from collections.abc import Iterable

import keras
import numpy as np

from autonas.arch import Architecture
from autonas.data import Dataset
from autonas.data.pipelines import network_input, training_batches
from autonas.data.rows import spread
from autonas.runtime.compile import input_names

EXAMPLES = 512
STEPS = 40  # momentum 0.9 has forgotten its start after as many


def settle_new(model: keras.Model, architecture: Architecture, new: Iterable[str], data: Dataset) -> None:
    """Give new batch norms the statistics of their inputs without changing what they compute at inference.

    With y = a x + c as it is, mean and variance become those of some training examples, gamma = a sqrt(variance +
    epsilon), beta = c + a mean. Of an identity, a = 1 and c = 0 (ALGORITHMS: Net2DeeperNet): it is one in training too,
    where gamma = 1 would rescale its input at the first step. A copy of a trained one stays that copy.
    """
    ids = [id for id in new if architecture[id].op == "batch_norm"]
    if not ids:
        return
    layers = [model.get_layer(id) for id in ids]
    probe = keras.Model(model.input, {id: layer.input for id, layer in zip(ids, layers, strict=True)})
    seen = probe(network_input(spread(data.train.x, EXAMPLES), data.schema, architecture.inputs), training=False)
    for id, layer in zip(ids, layers, strict=True):
        values = seen[id]
        array = keras.ops.convert_to_numpy(values).astype(np.float32).reshape(-1, values.shape[-1])
        mean, variance = array.mean(axis=0), array.var(axis=0)
        gamma, beta, before, spread_before = layer.get_weights()
        a = gamma / np.sqrt(spread_before + layer.epsilon)
        c = beta - a * before
        layer.set_weights([a * np.sqrt(variance + layer.epsilon), c + a * mean, mean, variance])


def recalibrate(model: keras.Model, data: Dataset, batch_size: int, seed: int) -> None:
    """Let all batch norms of ``model`` see training batches at the weights that it has now."""
    if not any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers):
        return
    names = input_names(model)
    for x, _, _ in training_batches(data.train, batch_size, seed=seed, normalise=data.schema, inputs=names).take(STEPS):
        model(x, training=True)

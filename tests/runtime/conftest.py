"""Eighty small images of two kinds that one conv tells apart."""

import numpy as np
import pytest

from autonas.arch import Architecture, node
from autonas.data import image_dataset


@pytest.fixture
def data(rng):
    """Return a Dataset of 60 and 20 images (8, 8, 1): noise, brighter at the top or at the bottom."""
    y = rng.permutation(80) % 2
    x = rng.uniform(0, 100, (80, 8, 8, 1))
    x[y == 0, :4] += 100
    x[y == 1, 4:] += 100
    return image_dataset(x.astype(np.uint8), y, task="classification", validation_split=0.25, seed=0)


@pytest.fixture
def network():
    """Return two convs with batch norm, pool, a dense layer and a head for two classes."""
    return Architecture(
        (
            node("image", "input", shape=(8, 8, 1)),
            node("conv_1", "conv", "image", filters=4, kernel=3, bias=False),
            node("norm_1", "batch_norm", "conv_1"),
            node("relu_1", "relu", "norm_1"),
            node("pool_1", "max_pool", "relu_1"),
            node("conv_2", "conv", "pool_1", filters=6, kernel=3, bias=False),
            node("norm_2", "batch_norm", "conv_2"),
            node("relu_2", "relu", "norm_2"),
            node("flat", "flatten", "relu_2"),
            node("dense_1", "dense", "flat", units=6),
            node("relu_3", "relu", "dense_1"),
            node("logits", "dense", "relu_3", units=2),
        ),
        ("logits",),
    )


@pytest.fixture
def clock():
    """Return a clock that is one second later whenever it is asked."""
    return Ticking()


class Ticking:
    """Tells a time that has nothing to do with the wall's."""

    now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now

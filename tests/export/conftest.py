"""A small network with all that a training-mode graph would get wrong, and data of every form that fit takes."""

import keras
import numpy as np
import pytest

from autonas.data.class_target import ClassTarget
from autonas.data.images import ImageSchema
from autonas.export import assemble


def _network(shape, outputs, rng, dtype="float32"):
    """Return a residual network with batch norm and dropout, every weight random, the statistics included."""
    images = keras.Input(shape)
    x = keras.layers.Conv2D(4, 3, padding="same", dtype=dtype)(images)
    skip = keras.layers.BatchNormalization(dtype=dtype)(x)
    x = keras.layers.Conv2D(4, 3, padding="same", dtype=dtype)(keras.layers.ReLU(dtype=dtype)(skip))
    x = keras.layers.Concatenate(dtype=dtype)([keras.layers.Add(dtype=dtype)([x, skip]), skip])
    x = keras.layers.Dropout(0.5, dtype=dtype)(keras.layers.GlobalAveragePooling2D(dtype=dtype)(x))
    network = keras.Model(images, keras.layers.Dense(outputs, dtype=dtype)(x))
    network.set_weights([rng.uniform(0.2, 1.0, weight.shape) for weight in network.get_weights()])
    dense = network.layers[-1]
    dense.set_weights([0.02 * weight for weight in dense.get_weights()])  # or the softmax saturates and hides much
    return network


@pytest.fixture
def network(rng):
    """Build a network by shape (h, w, c) and number of outputs."""
    return lambda shape, outputs, **options: _network(shape, outputs, rng, **options)


@pytest.fixture
def images(rng):
    """Draw images of a shape and dtype; pixels are 0..255, with a fraction where the dtype has one."""
    return lambda shape, dtype="uint8": rng.uniform(0, 255, shape).astype(dtype)


@pytest.fixture
def schema():
    """Describe images."""

    def _schema(x):
        shape = x.shape[1:] if x.ndim == 4 else (*x.shape[1:], 1)
        channels = np.arange(shape[2])
        return ImageSchema(shape, x.ndim, x.dtype.name, tuple(100.0 + channels), tuple(50.0 + channels))

    return _schema


@pytest.fixture
def classifier(network, schema):
    """Assemble a classifier for raw images x."""

    def _classifier(x, labels=("cat", "dog", "owl")):
        described = schema(x)
        return assemble(network(described.shape, len(labels)), described, ClassTarget.fit(np.asarray(labels)))

    return _classifier

"""Fitted estimators that many tests look at and none changes."""

import gc

import pytest

import autonas
from tests.estimators.small import Spy, digits, in_this_process, small_networks

NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.fixture(scope="session", autouse=True)
def _short_collections():
    """Keep TensorFlow's own million objects out of the garbage collections that follow every trial."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session", autouse=True)
def _in_this_process():
    with in_this_process():
        yield


@pytest.fixture(autouse=True)
def _small_networks():
    with small_networks():
        yield


@pytest.fixture(scope="session")
def images():
    """Return 120 images (n, 8, 8) uint8."""
    return digits()[0]


@pytest.fixture(scope="session")
def labels():
    """Return the digits that they show, (n,) int."""
    return digits()[1]


@pytest.fixture(scope="session")
def names(labels):
    """Return the digits in words, (n,) of strings."""
    return [NAMES[label] for label in labels]


@pytest.fixture(scope="session")
def spy():
    """Watches the search of `classifier`."""
    return Spy()


@pytest.fixture(scope="session")
def classifier(images, names, spy):
    """A classifier of words: three trials, finished."""
    with small_networks():
        return autonas.ImageClassifier(max_trials=3, seed=0, verbose=0).fit(images, names, epochs=2, callbacks=[spy])


@pytest.fixture(scope="session")
def regressor(images):
    """A regressor of two numbers of very different scale, from float images with a channel axis."""
    y = [[image.mean(), 1000.0 * image[:4].mean()] for image in images]
    with small_networks():
        searched = autonas.ImageRegressor(max_trials=1, seed=0, verbose=0)
        return searched.fit(images[..., None] / 16.0, y, epochs=3)

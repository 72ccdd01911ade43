"""Weights both ways between Keras and arrays, and to disk, for every starter."""

import keras
import numpy as np
import pytest

from autonas.arch import initial_weights
from autonas.arch.starters import STARTERS
from autonas.errors import ArchitectureError
from autonas.runtime.compile import compile_architecture
from autonas.runtime.weights import get_weights, load_weights, save_weights, set_weights

pytestmark = pytest.mark.tf


def random_weights(architecture, rng):
    """Return weights of the right shapes in which no two numbers are alike, moving statistics included."""
    return {
        id: tuple(rng.uniform(0.5, 1.5, array.shape).astype(np.float32) for array in arrays)
        for id, arrays in initial_weights(architecture, rng).items()
    }


def assert_equal(one, other):
    assert one.keys() == other.keys()
    for id in one:
        assert len(one[id]) == len(other[id])
        for a, b in zip(one[id], other[id], strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", STARTERS)
def test_what_goes_into_keras_comes_out_again(name, rng):
    architecture = STARTERS[name]((16, 16, 3), 5, width=4)
    weights, model = random_weights(architecture, rng), compile_architecture(architecture)
    set_weights(model, architecture, weights)
    assert_equal(get_weights(model, architecture), weights)
    scalars = sum(array.size for array in model.get_weights())
    assert scalars == architecture.parameters == sum(a.size for arrays in weights.values() for a in arrays)


def test_what_is_read_is_a_copy(rng):
    architecture = STARTERS["perceptron"]((4, 4, 1), 2, width=4)
    model, weights = compile_architecture(architecture), random_weights(architecture, rng)
    set_weights(model, architecture, weights)
    read = get_weights(model, architecture)
    for variable in model.weights:
        variable.assign(keras.ops.zeros_like(variable))
    assert_equal(read, weights)


def test_files_keep_weights_and_refuse_those_of_another_network(rng, tmp_path):
    architecture, other = (STARTERS["plain_cnn"]((8, 8, 1), 3, width=width) for width in (4, 6))
    weights, path = random_weights(architecture, rng), tmp_path / "weights.npz"
    save_weights(weights, path)
    assert_equal(load_weights(path, architecture), weights)
    with pytest.raises(ArchitectureError):
        load_weights(path, other)
    for content in (path.read_bytes()[:200], b"", b"PK"):
        path.write_bytes(content)
        with pytest.raises(ArchitectureError, match=r"Weights must be readable .* Received: .*weights\.npz"):
            load_weights(path, architecture)
    with pytest.raises(ArchitectureError, match="Weights must be readable"):
        load_weights(tmp_path / "missing.npz", architecture)

"""The children of a supernet on disk: their weights, and what becomes of damaged ones."""

import pickle
import warnings

import numpy as np
import pytest

from autonas.arch import initial_weights
from autonas.runtime.children import Best, Child, SharedWeights, write_best
from autonas.space.enas_macro import Macro

SPACE = Macro((8, 8, 1), 2, width=4, layers=2)
ROUTES = [(0, 1, 1), (3, 5, 0)]
NETWORKS = [SPACE.network(route) for route in ROUTES]


def weights(network, seed):
    return initial_weights(network, np.random.default_rng(seed))


@pytest.fixture
def folder(tmp_path):
    """Return a folder of two children, and the file of the first one's weights."""
    children = tuple(Child(network, route, 0.5, "") for network, route in zip(NETWORKS, ROUTES, strict=True))
    before = set(tmp_path.iterdir())
    write_best(tmp_path, Best(children[:1], 2, None, 1.0), [weights(NETWORKS[0], 7)])
    (file,) = [each for each in set(tmp_path.iterdir()) - before if each.suffix == ".npz"]
    write_best(tmp_path, Best(children, 2, None, 1.0), [weights(each, 7) for each in NETWORKS])
    return tmp_path, file


def assert_equal(one, other):
    assert one.keys() == other.keys()
    for id in one:
        for array, same in zip(one[id], other[id], strict=True):
            np.testing.assert_array_equal(array, same)


def other_network(file):
    with np.load(file) as stored:
        np.savez(file, **{name: array[..., :1] for name, array in stored.items()})


DAMAGES = {
    "missing": lambda file: file.unlink(),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:-100]),
    "a bit": lambda file: file.write_bytes(file.read_bytes()[:300] + b"!!!!" + file.read_bytes()[304:]),
    "text": lambda file: file.write_text("no weights"),
    "another network": other_network,
}


def test_children_begin_with_the_weights_that_were_kept(folder):
    for network in NETWORKS:
        assert_equal(SharedWeights(folder[0])(network, np.random.default_rng(0)), weights(network, 7))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("travelled", [False, True])
def test_a_child_whose_weights_are_damaged_begins_from_scratch(folder, damage, travelled):
    place, file = folder
    damage(file)
    shared = SharedWeights(place)
    if travelled:
        shared = pickle.loads(pickle.dumps(shared))
    with pytest.warns(UserWarning, match=rf"{file.name} must be a readable file.*The trial begins from scratch"):
        assert_equal(shared(NETWORKS[0], np.random.default_rng(0)), weights(NETWORKS[0], 0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_equal(shared(NETWORKS[1], np.random.default_rng(0)), weights(NETWORKS[1], 7))

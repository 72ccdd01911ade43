"""A DenseNet grows and gets new layers, and computes what it computed."""

import numpy as np
import pytest

from autonas.arch import Architecture, interpret, node
from autonas.arch.starters import dense_cnn, plain_cnn
from autonas.errors import ArchitectureError
from autonas.morph import DenseLayer, Inheritance, Widen, apply_edits, edit_from_json, edit_to_json, inherit
from autonas.morph.dense_layer import dense_layer
from tests.arch.drawing import batch, disagreement, random_weights


@pytest.fixture(scope="module")
def network():
    return dense_cnn((8, 8, 1), 3, width=4)


def _keeps(network, edits, seed=0):
    rng = np.random.default_rng(seed)
    weights, x = random_weights(network, rng), batch(network, rng)
    before = interpret(network, weights, x)
    child = apply_edits(network, edits)
    after = interpret(child, inherit(edits, network, weights, Inheritance(rng)), x)
    return child, disagreement(before, after)


def test_every_place_of_a_new_layer_keeps_the_function(network):
    places = list(DenseLayer.legal(network))
    assert len(places) == 6  # three blocks of two
    for edit in places:
        child, off = _keeps(network, (edit,))
        assert len(list(DenseLayer.legal(child))) == 7
        assert off <= 1e-5
        assert edit_from_json(edit_to_json(edit)) == edit


def test_growing_a_layer_keeps_the_function(network):
    for edit in DenseLayer.legal(network):
        conv = dense_layer(network, edit.node)[-1]
        child, off = _keeps(network, (Widen(conv, 6),))
        assert child[conv]["filters"] == 6
        assert off <= 1e-5


def test_many_of_both_in_a_row_keep_the_function(network):
    rng = np.random.default_rng(1)
    child, edits = network, []
    for number in range(8):
        places = list(DenseLayer.legal(child))
        edit = places[rng.integers(len(places))]
        if number % 2:
            conv = dense_layer(child, edit.node)[-1]
            edit = Widen(conv, child[conv]["filters"] + 2)
        edits.append(edit)
        child = edit.apply(child)
    grown, off = _keeps(network, tuple(edits))
    assert grown == child
    assert off <= 1e-5


def test_the_new_layer_by_hand():
    """One channel on the stack, one dense layer: its copy gives the same, and the reader halves its weight."""
    nodes = [node("x", "input", shape=(1, 1, 1))]
    for id, op, source, attrs in (
        ("n1", "batch_norm", "x", {}),
        ("r1", "relu", "n1", {}),
        ("c1", "conv", "r1", {"filters": 1, "kernel": 1, "bias": False}),
        ("n2", "batch_norm", "c1", {}),
        ("r2", "relu", "n2", {}),
        ("c2", "conv", "r2", {"filters": 1, "kernel": 1, "bias": False}),
    ):
        nodes.append(node(id, op, source, **attrs))
    nodes += [
        node("s", "concat", ("x", "c2")),
        node("y", "conv", "s", filters=1, kernel=1, bias=False),
    ]
    network = Architecture(tuple(nodes), ("y",))
    weights = random_weights(network, np.random.default_rng(0))
    child = DenseLayer("s").apply(network)
    found = inherit((DenseLayer("s"),), network, weights, Inheritance(np.random.default_rng(0)))
    a, b = weights["y"][0][0, 0, :, 0]
    np.testing.assert_allclose(found["y"][0][0, 0, :, 0], [a, b / 2, b / 2])
    bottleneck = next(each.id for each in child.nodes if each.op == "conv" and each.id not in network)
    np.testing.assert_allclose(found[bottleneck][0][0, 0, :, 0], [weights["c1"][0].item(), 0])


def test_other_joins_are_refused(network):
    assert list(DenseLayer.legal(plain_cnn((8, 8, 1), 3, width=4))) == []
    with pytest.raises(ArchitectureError, match="must put a dense layer's output on its stack"):
        DenseLayer(network.nodes[1].id).apply(network)

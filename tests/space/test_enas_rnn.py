import numpy as np
import pytest

from autonas.arch import from_json, initial_weights, interpret, node, to_json
from autonas.arch.ops.cell import ends
from autonas.errors import ArchitectureError, SettingError
from autonas.space.enas_rnn import Recurrent
from autonas.space.routes import uniform
from autonas.space.superweights import pieces_of

SPACE = Recurrent((12,), 2, vocabulary=9, width=3, nodes=4)
# tanh; relu over node 1; sigmoid over node 2; identity over node 1
DECISIONS = (0, 1, 1, 3, 0, 2)


def test_a_node_decides_what_it_reads_and_its_activation():
    assert [(each.kind, each.values) for each in SPACE.entries] == [
        ("op", 4),
        ("op", 4),
        ("source", 2),
        ("op", 4),
        ("source", 3),
        ("op", 4),
    ]
    cell = SPACE.network(DECISIONS)["cell"]
    assert cell["activations"] == ("tanh", "relu", "sigmoid", "identity")
    assert cell["previous"] == (1, 2, 1)
    assert SPACE.words(DECISIONS) == "cell 3: tanh relu(1) sigmoid(2) identity(1)"


def test_the_state_is_the_mean_of_loose_ends_or_of_all():
    assert ends((1, 2, 1), "ends") == (2, 3)
    assert ends((1, 2, 1), "all") == (0, 1, 2, 3)


def test_kernels_belong_to_pairs_as_in_the_paper_or_to_triples_as_in_the_code():
    def rows(triples):
        space = Recurrent((12,), 2, vocabulary=9, width=3, nodes=4, triples=triples)
        return [len(each.fragments) for each in pieces_of(space.graph) if each.owner]

    assert rows(False) == [1, 1, 1, 2, 3]
    assert rows(True) == [4, 4, 4, 8, 12]


def test_a_cell_by_hand():
    """One step, one unit: x = 1, Wx = [0, 2], so the gate is 1/2 and the candidate tanh(2): h = tanh(2) / 2. Node 2 has
    W = 0: its gate is 1/2, its candidate relu(0) = 0, and h_2 = h_1 / 2, the only loose end."""
    op = node("cell", "enas_cell", "x", units=1, previous=(1,), activations=("tanh", "relu"))
    weights = (np.array([[0.0, 2.0]]), np.zeros((1, 2)), np.zeros((1, 2)))
    y = op.rule.reference(op.attributes, (np.ones((1, 1, 1)),), weights)
    np.testing.assert_allclose(y, [[np.tanh(2.0) / 4]])


def test_every_draw_is_a_network_and_survives_json(rng):
    for _ in range(5):
        network = SPACE.network(uniform(SPACE.entries, rng))
        assert from_json(to_json(network)) == network
        ids = rng.integers(0, 9, (2, 12)).astype(np.float32)
        assert interpret(network, initial_weights(network, rng), ids).shape == (2, 2)


def test_a_cell_that_reads_what_is_not_there_is_refused(rng):
    one, network = node("cell", "enas_cell", "x", units=1, previous=(2,), activations=("tanh", "relu")), None
    with pytest.raises(ValueError, match="before each but the first a node"):
        network = one.rule.shape(one.attributes, ((3, 1),))
    assert network is None
    with pytest.raises(ArchitectureError, match="names among"):
        node("cell", "enas_cell", "x", units=1, previous=(), activations=("sine",))
    with pytest.raises(SettingError, match="nodes must be"):
        Recurrent((12,), 2, vocabulary=9, nodes=1)

"""Recurrent cells that are trees: the published example, number for number, and what decisions mean."""

import math

import numpy as np
import pytest

from autonas.arch import Architecture, node
from autonas.arch.ops.tree_rnn import cell_step, children
from autonas.errors import ArchitectureError, SettingError
from autonas.space import DecidedSpace, RnnCellSpace

EXAMPLE = {
    "nodes": ("add tanh", "elem_mult relu", "elem_mult sigmoid"),
    "inject": "add relu",
    "indices": (1, 0),
    "units": 1,
}
"""Zoph & Le 2016, figure 5: a tree of base 2."""


def around(cell):
    return Architecture(
        (
            node("x", "input", shape=(5, 2)),
            node("cell", "tree_rnn", "x", units=3, **cell),
            node("y", "dense", "cell", units=2),
        ),
        ("y",),
    )


@pytest.mark.parametrize(("x", "h", "c"), [(0.5, -0.3, 0.2), (-1.2, 0.7, -2.0), (2.0, 1.5, 0.4)])
def test_the_published_cell_number_for_number(x, h, c):
    w1, w2, w3, w4 = 0.8, -0.6, 1.1, 0.9  # W1 and W3 read x, W2 and W4 read h
    a0 = math.tanh(w1 * x + w2 * h)
    a1 = max(0.0, (w3 * x) * (w4 * h))
    a0 = max(0.0, a0 + c)  # injected at the node of the second index, 0: add, ReLU
    a2 = 1 / (1 + math.exp(-(a0 * a1)))
    memory = (w3 * x) * (w4 * h)  # the first index, 1: before its activation
    weights = np.array([[w1, w3]]), np.array([[w2, w4]])
    found = cell_step(EXAMPLE, np.array([[x]]), np.array([[h]]), np.array([[c]]), weights)
    assert found[0].item() == pytest.approx(a2, abs=1e-12)
    assert found[1].item() == pytest.approx(memory, abs=1e-12)


@pytest.mark.tf
def test_the_published_cell_in_keras():
    from autonas.runtime.tree_cell import TreeCell

    cell = TreeCell(1, EXAMPLE["nodes"], EXAMPLE["inject"], EXAMPLE["indices"])
    cell.build((None, 1))
    cell.set_weights([np.array([[0.8, 1.1]]), np.array([[-0.6, 0.9]])])
    x, h, c = (np.array([[each]], np.float32) for each in (2.0, 1.5, 0.4))
    output, (hidden, memory) = cell(x, [h, c])
    expected = cell_step(EXAMPLE, x, h, c, cell.get_weights())
    np.testing.assert_allclose(np.asarray(output), expected[0], rtol=1e-6)
    np.testing.assert_allclose(np.asarray(hidden), expected[0], rtol=1e-6)
    np.testing.assert_allclose(np.asarray(memory), [[1.1 * 2.0 * 0.9 * 1.5]], rtol=1e-6)
    again = TreeCell.from_config(cell.get_config())
    assert again.get_config() == cell.get_config()


def test_nodes_join_the_oldest_two():
    assert list(children(2)) == [(0, 1)]
    assert list(children(4)) == [(0, 1), (2, 3), (4, 5)]
    assert list(children(3)) == [(0, 1), (2, 3)]  # the odd leaf waits for the first pair


def test_decisions_by_hand():
    space = RnnCellSpace(around, base=2)
    assert [step.options for step in space.steps] == [2, 4] * 4 + [3, 3]
    cell = space.cell([0, 1, 1, 3, 1, 2, 0, 3, 1, 0])
    assert cell == {name: EXAMPLE[name] for name in ("nodes", "inject", "indices")}
    network = space.decided([0, 1, 1, 3, 1, 2, 0, 3, 1, 0])
    assert network["cell"]["nodes"] == EXAMPLE["nodes"]
    assert network.shapes["y"] == (2,)
    assert isinstance(space, DecidedSpace)


def test_a_base_of_eight_has_6e16_cells():
    assert math.prod(step.options for step in RnnCellSpace(around).steps) == pytest.approx(6.3e16, rel=0.01)


def test_leaves_alone_have_weights():
    network = RnnCellSpace(around, base=4).sample(np.random.default_rng(0))
    assert [spec.shape for spec in network.weights["cell"]] == [(2, 4 * 3), (3, 4 * 3)]


def test_what_cannot_be_is_refused():
    with pytest.raises(SettingError, match="base must be >= 2"):
        RnnCellSpace(around, base=1)
    with pytest.raises(SettingError, match="bounds must be wide enough"):
        RnnCellSpace(around, max_parameters=10)
    with pytest.raises(ArchitectureError, match="takes indices of its 3 nodes"):
        around({**{name: EXAMPLE[name] for name in ("nodes", "inject")}, "indices": (1, 3)})
    with pytest.raises(ArchitectureError, match="rules such as 'add tanh'"):
        around({"nodes": ("add tanh", "sub tanh", "add tanh"), "inject": "add tanh", "indices": (0, 0)})

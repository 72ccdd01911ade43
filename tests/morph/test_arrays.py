"""What edits do to arrays: noise in new units alone, the strongest units kept, the same draws of the same generator."""

import numpy as np
import pytest

from autonas.arch import Architecture, interpret, node
from autonas.morph import ConcatSkip, Deepen, Narrow, Remove, Widen, transfer
from tests.arch.drawing import batch, disagreement, random_weights

NETWORK = Architecture(
    (
        node("x", "input", shape=(6, 6, 2)),
        node("a", "conv", "x", filters=8),
        node("n", "batch_norm", "a"),
        node("r", "relu", "n"),
        node("b", "conv", "r", filters=8, kernel=1),
        node("s", "add", ("r", "b")),
        node("t", "relu", "s"),
        node("g", "global_avg_pool", "t"),
        node("out", "dense", "g", units=3),
    ),
    ("out",),
)
WEIGHTS = random_weights(NETWORK, np.random.default_rng(0))


def _transferred(edit, noise=0.0, seed=0):
    return transfer(edit, NETWORK, WEIGHTS, np.random.default_rng(seed), noise)


def test_noise_on_widening_disturbs_the_new_units_and_nothing_else():
    exact, noisy = _transferred(Widen("a", 12)), _transferred(Widen("a", 12), noise=1.0)
    for id in exact:
        for clean, disturbed in zip(exact[id], noisy[id], strict=True):
            changed = np.nonzero((clean != disturbed).reshape(-1, clean.shape[-1]).any(axis=0))[0]
            kernel = id in ("a", "b") and clean.ndim == 4
            assert changed.tolist() == (list(range(8, 12)) if kernel else [])
    # Net2Net's usual amount: a hundredth of the spread of the copied weights.
    off, copies = noisy["a"][0][..., 8:] - exact["a"][0][..., 8:], exact["a"][0][..., 8:]
    assert off.std() == pytest.approx(0.01 * copies.std(), rel=0.35)  # 72 draws: 4 sigma of a spread is a third


def test_noise_scales():
    exact, one, ten = (_transferred(Widen("a", 12), noise)["a"][0] for noise in (0.0, 1.0, 10.0))
    assert np.allclose(ten - exact, 10 * (one - exact), atol=1e-5)


def test_noise_on_deepening_disturbs_the_new_kernel_alone():
    exact, noisy = _transferred(Deepen("r", "conv", 3)), _transferred(Deepen("r", "conv", 3), noise=1.0)
    assert {id for id in exact for a, b in zip(exact[id], noisy[id], strict=True) if not np.array_equal(a, b)} == {
        "conv_1"
    }
    assert 0 < np.abs(noisy["conv_1"][0] - exact["conv_1"][0]).max() < 0.01
    assert np.array_equal(exact["conv_1"][0][1, 1], np.eye(8))
    assert exact["conv_1"][0].sum() == 8


@pytest.mark.parametrize("edit", [Widen("a", 12), Deepen("t", "conv", 3), ConcatSkip("r", "t")])
def test_noise_stays_small_and_no_noise_is_none(edit):
    x = batch(NETWORK, np.random.default_rng(1))
    before, child = interpret(NETWORK, WEIGHTS, x), edit.apply(NETWORK)
    assert disagreement(before, interpret(child, _transferred(edit), x)) <= 1e-5
    assert 1e-6 < disagreement(before, interpret(child, _transferred(edit, noise=1.0), x)) < 0.1


@pytest.mark.parametrize("edit", [Widen("a", 12), Deepen("t", "conv", 3), Narrow("a", 4)])
def test_the_same_generator_gives_the_same_weights(edit):
    first, second, other = (_transferred(edit, 1.0, seed) for seed in (5, 5, 6))
    assert all(np.array_equal(a, b) for id in first for a, b in zip(first[id], second[id], strict=True))
    differs = any(not np.array_equal(a, b) for id in first for a, b in zip(first[id], other[id], strict=True))
    assert differs == edit.preserving  # narrowing draws nothing


def test_every_unit_can_be_copied():
    copied = set()
    for seed in range(20):
        kernel = _transferred(Widen("a", 12), seed=seed)["a"][0]
        copied |= {k for k in range(8) for c in range(8, 12) if np.array_equal(kernel[..., c], kernel[..., k])}
    assert copied == set(range(8))


def _striped(norms):
    """Weights whose unit k of conv a has norm norms[k]: one weight each, and no bias."""
    weights = {id: tuple(array.copy() for array in arrays) for id, arrays in WEIGHTS.items()}
    weights["a"][0][:], weights["a"][1][:] = 0.0, 0.0
    weights["a"][0][1, 1, 0] = norms
    return weights


def test_narrowing_keeps_the_strongest_units_in_order_everywhere():
    weights = _striped([1.0, -9.0, 2.0, 8.0, 0.0, 7.0, -6.0, 3.0])
    kept = [1, 3, 5, 6]
    narrow = transfer(Narrow("a", 4), NETWORK, weights, np.random.default_rng(0))
    assert narrow["a"][0][1, 1, 0].tolist() == [-9.0, 8.0, 7.0, -6.0]
    assert all(np.array_equal(n, w[kept]) for n, w in zip(narrow["n"], weights["n"], strict=True))
    # b is tied to a by the add: the same units, of what it reads and of what it gives.
    assert np.array_equal(narrow["b"][0], weights["b"][0][:, :, kept][..., kept])
    assert np.array_equal(narrow["out"][0], weights["out"][0][kept])
    assert np.array_equal(narrow["out"][1], weights["out"][1])


def test_the_bias_counts_for_the_strength_of_a_unit():
    weights = _striped([1.0] * 8)
    weights["a"][1][:] = [0, 5, 0, 5, 5, 0, 5, 0]
    narrow = transfer(Narrow("a", 4), NETWORK, weights, np.random.default_rng(0))
    assert narrow["a"][1].tolist() == [5.0] * 4


def test_narrowing_units_that_give_nothing_keeps_the_function():
    # A unit of zeros gives what its batch norm makes of 0; where that is negative and b gives nothing, ReLU makes it 0.
    weights = _striped([1.0, 2.0, 0.0, 0.0, 3.0, 4.0, 0.0, 0.0])
    dead = [2, 3, 6, 7]
    weights["n"][1][dead], weights["n"][2][dead] = -1.0, 0.0
    weights["b"][0][..., dead], weights["b"][1][dead] = 0.0, 0.0
    x = batch(NETWORK, np.random.default_rng(1))
    edit = Narrow("a", 4)
    narrow = transfer(edit, NETWORK, weights, np.random.default_rng(0))
    assert disagreement(interpret(NETWORK, weights, x), interpret(edit.apply(NETWORK), narrow, x)) <= 1e-6


def test_removing_leaves_the_other_weights_as_they_are():
    edit = Remove("s")
    rest = _transferred(edit)
    assert set(rest) == {"a", "n", "out"}  # b led only to the add
    assert all(rest[id] is WEIGHTS[id] for id in rest)

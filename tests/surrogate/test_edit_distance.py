"""The edit distance: cases worked by hand, a plain reference, and what makes it a distance."""

from itertools import permutations

import numpy as np
import pytest

from autonas.arch import Architecture, node
from autonas.surrogate import edit_distance, edit_distances
from autonas.surrogate.edit_distance import layer_cost, layer_costs, skip_cost
from autonas.surrogate.layers import Layer, Skip, outline


def _chain(*widths, skip=None):
    """Convs of the given widths, an add of convs ``skip`` (first, last) behind the last, global pool, dense 10."""
    nodes = [node("input", "input", shape=(8, 8, 3))]
    for number, width in enumerate(widths, start=1):
        nodes.append(node(f"c{number}", "conv", nodes[-1].id, filters=width))
    if skip:
        nodes.append(node("sum", "add", (f"c{skip[1]}", f"c{skip[0]}")))
    nodes.append(node("pool", "global_avg_pool", nodes[-1].id))
    nodes.append(node("logits", "dense", "pool", units=10))
    return Architecture(tuple(nodes), ("logits",))


def test_an_inserted_layer_costs_one():
    # conv64 conv64 pool dense -> conv64 [conv128] conv64 pool dense
    assert edit_distance(_chain(64, 64), _chain(64, 128, 64)) == pytest.approx(1.0)


def test_a_wider_layer_costs_its_relative_difference():
    # |64 - 96| / 96 = 1/3
    assert edit_distance(_chain(64, 64), _chain(64, 96)) == pytest.approx(1 / 3)


def test_the_cheapest_way_is_found():
    # 64 128 -> 128 64 256. Turning 64 into 128 (1/2), 128 into 64 (1/2), inserting 256 (1): 2.
    # Better: insert nothing in front, but match 64-128 (1/2), insert 64 (1), 128-256 (1/2): 2.
    # Best: insert 128 (1), match 64-64 (0), 128-256 (1/2): 1.5.
    assert edit_distance(_chain(64, 128), _chain(128, 64, 256)) == pytest.approx(1.5)


def test_skips_are_matched_and_their_number_counts():
    one = _chain(64, 64, 64, skip=(1, 3))  # starts at depth 1, passes 2 layers
    longer = _chain(64, 64, 64, 64, skip=(1, 4))  # starts at depth 1, passes 3
    assert outline(one).skips == (Skip("add", 1, 2),)
    assert outline(longer).skips == (Skip("add", 1, 3),)
    # One layer more, 1; and (|1 - 1| + |2 - 3|) / (max(1, 1) + max(2, 3)) = 1/4.
    assert edit_distance(one, longer) == pytest.approx(1.25)
    assert edit_distance(one, longer, lam=2.0) == pytest.approx(1.5)
    assert edit_distance(one, _chain(64, 64, 64)) == pytest.approx(1.0)


def test_a_projected_skip_starts_where_its_branch_left():
    nodes = (
        node("input", "input", shape=(8, 8, 3)),
        node("c1", "conv", "input", filters=4),
        node("c2", "conv", "c1", filters=4),
        node("c3", "conv", "c2", filters=4),
        node("p", "conv", "c1", filters=4, kernel=1),
        node("sum", "add", ("p", "c3")),
        node("pool", "global_avg_pool", "sum"),
    )
    assert outline(Architecture(nodes, ("pool",))).skips == (Skip("add", 1, 2),)


def test_a_quotient_of_nothing_by_nothing_is_no_difference():
    at_the_input = Skip("add", 0, 0)
    assert skip_cost((at_the_input,), (at_the_input,)) == 0.0
    assert skip_cost((at_the_input, Skip("add", 0, 1)), (at_the_input, at_the_input)) == pytest.approx(1.0)
    assert layer_cost(Layer("dense", (("units", 0),)), Layer("dense", (("units", 0.0),))) == 0.0
    assert skip_cost((), ()) == 0.0


def test_another_op_and_another_flag_cost_one():
    conv, dense = Layer("conv", (("filters", 8),)), Layer("dense", (("units", 8),))
    assert layer_cost(conv, dense) == 1.0
    assert layer_cost(Layer("conv", (("bias", True),)), Layer("conv", (("bias", False),))) == 1.0
    assert skip_cost((Skip("add", 1, 2),), (Skip("concat", 1, 2),)) == 1.0


def test_skips_are_matched_as_cheaply_as_any_permutation(rng):
    for _ in range(30):
        a, b = (_random_skips(rng, count) for count in (3, 5))
        cheapest = min(sum(skip_cost((x,), (y,)) for x, y in zip(a, order, strict=False)) for order in permutations(b))
        assert skip_cost(a, b) == pytest.approx(cheapest + 2)


def _random_skips(rng, count):
    return tuple(Skip("add", int(rng.integers(5)), int(rng.integers(1, 5))) for _ in range(count))


def test_layer_costs_follow_the_recurrence(rng):
    strings = [tuple(Layer("conv", (("filters", int(w)),)) for w in rng.integers(1, 5, n)) for n in (0, 1, 3, 6, 7)]
    expected = [[_recurrence(a, b) for b in strings] for a in strings]
    np.testing.assert_allclose(layer_costs(strings, strings), expected, atol=1e-12)


def _recurrence(a, b):
    A = np.zeros((len(a) + 1, len(b) + 1))
    A[:, 0], A[0, :] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            replaced = A[i - 1, j - 1] + layer_cost(a[i - 1], b[j - 1])
            A[i, j] = min(A[i - 1, j] + 1, A[i, j - 1] + 1, replaced)
    return A[-1, -1]


def test_it_is_symmetric_and_zero_only_on_equal_outlines(networks):
    d = edit_distances(networks, networks)
    np.testing.assert_allclose(d, d.T, atol=1e-12)
    for i, a in enumerate(networks):
        for j, b in enumerate(networks):
            assert (d[i, j] == 0) == (outline(a) == outline(b))


def test_an_empty_side_gives_an_empty_table(networks):
    assert edit_distances([], networks).shape == (0, len(networks))

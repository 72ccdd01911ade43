"""Embeddings: one map for old and new networks, distances kept, kernels positive semi-definite."""

import numpy as np
import pytest

from autonas.arch.starters import perceptron, plain_cnn, residual_cnn
from autonas.space import MorphSpace
from autonas.space.nasbench201 import OPS, cell_network
from autonas.surrogate import EMBEDDINGS, Kernel, edit_distances, features, wl_embedding
from autonas.surrogate.embedding import bourgain_embedding, bourgain_sets

EVERY = pytest.mark.parametrize("kernel", sorted(EMBEDDINGS))


@pytest.fixture(scope="module")
def many():
    """500 random networks of two kinds: edits of a convolutional one, and cells of choices."""
    rng = np.random.default_rng(11)
    space = MorphSpace((plain_cnn((8, 8, 1), 3, width=8),), max_edits=8)
    cells = {tuple(rng.choice(OPS, 6)) for _ in range(400)}
    return [*(space.sample(rng) for _ in range(200)), *(cell_network(each) for each in sorted(cells)[:300])]


@EVERY
def test_the_kernel_is_positive_semi_definite_over_old_and_new_networks(kernel, many, rng):
    assert len(many) == 500
    embed = EMBEDDINGS[kernel](many[100:300], rng)
    start = Kernel.start(embed.layout)
    for factor in (0.3, 1.0, 3.0):
        scaled = Kernel(start.layout, start.variances, factor * start.scales)
        eigenvalues = np.linalg.eigvalsh(scaled(embed(many)))
        assert eigenvalues[0] >= -1e-8 * eigenvalues[-1]


@EVERY
def test_a_network_has_one_place_whatever_it_is_asked_with(kernel, networks, rng):
    embed = EMBEDDINGS[kernel](networks[:20], rng)
    together = embed(networks)
    assert together.shape == (len(networks), sum(embed.layout.blocks))
    np.testing.assert_allclose(np.vstack([embed([each]) for each in networks]), together, atol=1e-12)


@EVERY
def test_observed_networks_lie_about_one_apart(kernel, networks, rng):
    embed = EMBEDDINGS[kernel](networks, rng)
    for block in np.split(embed(networks), np.cumsum(embed.layout.blocks)[:-1], axis=1):
        squares = ((block[:, None] - block[None]) ** 2).sum(axis=2)
        n = len(networks)
        assert squares.sum() / (n * (n - 1)) == pytest.approx(1.0)


@EVERY
def test_one_network_is_enough(kernel, networks, rng):
    embed = EMBEDDINGS[kernel](networks[:1], rng)
    assert np.isfinite(embed(networks)).all()
    assert np.ptp(embed([networks[0], networks[0]]), axis=0).max() == 0


def test_what_was_never_seen_still_counts_in_full():
    # The perceptron has ops that the convolutional networks lack; its distance to them still counts them all.
    seen = [plain_cnn((8, 8, 1), 3, width=8), residual_cnn((8, 8, 1), 3, width=8)]
    new = perceptron((8, 8, 1), 3)
    embed = wl_embedding(seen)
    place, places = embed([new])[0], embed(seen)
    for known, row in zip(seen, places, strict=True):
        a, b = features(new).labels, features(known).labels
        full = sum((a.get(label, 0) - b.get(label, 0)) ** 2 for label in a.keys() | b.keys())
        labels = slice(0, embed.layout.blocks[0])
        assert ((place[labels] - row[labels]) ** 2).sum() * embed.scales[0] ** 2 == pytest.approx(full)


def test_bourgain_sets_have_sizes_of_powers_of_two(rng):
    # n = 10: sizes 1, 2, 4, 8 (log2 10 = 3.3), four sets of each.
    sets = bourgain_sets(10, rng)
    assert [len(each) for each in sets] == [1] * 4 + [2] * 4 + [4] * 4 + [8] * 4
    assert all(len(set(each)) == len(each) and set(each) <= set(range(10)) for each in sets)
    assert bourgain_sets(1, rng) == ((0,),)


def test_a_coordinate_is_the_distance_to_the_nearest_of_its_set(networks, rng):
    embed = bourgain_embedding(networks[:10], rng)
    distances = edit_distances(networks, embed.anchors)
    for column, members in enumerate(embed.sets):
        expected = distances[:, list(members)].min(axis=1) / embed.scale
        np.testing.assert_allclose(embed(networks)[:, column], expected)


def test_a_sum_has_the_terms_of_both_and_a_product_every_pair(networks, rng):
    wl, edit = (EMBEDDINGS[name](networks, rng).layout for name in ("wl", "edit"))
    assert wl.terms == ((0, 1, 2),)
    assert edit.terms == ((0,),)
    assert EMBEDDINGS["wl+edit"](networks, rng).layout.terms == ((0, 1, 2), (3,))
    assert EMBEDDINGS["wl*edit"](networks, rng).layout.terms == ((0, 1, 2, 3),)


@EVERY
def test_what_is_seen_later_keeps_all_distances(kernel, networks, rng):
    before = EMBEDDINGS[kernel](networks[:10], rng)
    after = before.seeing(networks[10:20])
    assert len(after.layout.blocks) == len(before.layout.blocks)
    for old, new in zip(
        before.layout.squares(before(networks[:10])), after.layout.squares(after(networks[:10])), strict=True
    ):
        np.testing.assert_allclose(old, new, atol=1e-9)
    # To the networks seen later, distances are now as exact as if they had been seen from the first.
    if kernel == "wl":
        whole = wl_embedding(networks[:20])
        for late, first, one, other in zip(
            after.layout.squares(after(networks)[:20], after(networks)[20:]),
            whole.layout.squares(whole(networks)[:20], whole(networks)[20:]),
            after.scales,
            whole.scales,
            strict=True,
        ):
            np.testing.assert_allclose(late * one**2, first * other**2, atol=1e-8)

"""EAS's episodes: what decisions do to a network, and that its function stays."""

import dataclasses

import numpy as np
import pytest

from autonas.arch import content_id, interpret
from autonas.arch.starters import dense_cnn, plain_cnn, residual_cnn
from autonas.errors import SettingError
from autonas.morph import Inheritance, apply_edits, inherit
from autonas.space import DecidedSpace, TransformedSpace, TransformSpace
from autonas.space.transforms import BLOCKS, L, layers_of
from tests.arch.drawing import batch, disagreement, random_weights


@pytest.fixture(scope="module")
def space():
    start = plain_cnn((8, 8, 1), 3, width=4)
    return TransformSpace(start, levels=(4, 6, 8, 12, 16, 24), units=(16, 24, 32), wider=2, deeper=2)


def _row(space, *steps):
    row = [-1] * space.decisions
    for (_, part), decided in zip(space.slices(), steps, strict=True):
        row[part.start : part.start + len(decided)] = decided
    return row


def test_tokens_are_the_layers(space):
    found = layers_of(space.start)
    assert [each.kind for each in found] == ["conv", "pool", "conv", "pool", "conv", "pool", "dense"]
    assert [each.block for each in found] == [0, 1, 1, 2, 2, 3, 3]
    assert [each.width for each in found] == [4, 0, 8, 0, 16, 0, 16]
    numbers = space.tokens(space.start)
    assert numbers[1] == numbers[3] == numbers[5]
    assert len(set(numbers)) == 5
    assert 0 < min(numbers) <= max(numbers) < space.vocabulary
    assert isinstance(space, TransformedSpace)
    assert isinstance(space, DecidedSpace)


def test_an_episode_by_hand(space):
    no = [-1, -1, -1]
    #                first conv and dense       all that can          conv 5x5 behind the third  dense behind the pool
    row = _row(space, [1, -1, 0, -1, 0, -1, 1], [1, -1, 1, -1, 1, -1, 1], [2, 0, 2], [3, 0, -1])
    found = layers_of(space.decided(row))
    assert [(each.kind, each.width) for each in found if each.kind != "pool"] == [
        ("conv", 8),  # 4, 6, 8
        ("conv", 12),
        ("conv", 24),
        ("conv", 24),
        ("dense", 24),  # as wide as the pool before it
        ("dense", 32),
    ]
    assert [each.kernel for each in found if each.kind == "conv"] == [3, 3, 3, 5]
    assert content_id(space.decided(_row(space, [], [], no, no))) == content_id(space.start)


def test_every_episode_keeps_the_function(space):
    rng = np.random.default_rng(0)
    weights, x = random_weights(space.start, rng), batch(space.start, rng)
    before = interpret(space.start, weights, x)
    for _ in range(25):
        row = space.evenly(rng)
        edits = space.transformations(row)
        network = space.decided(row)
        assert apply_edits(space.start, edits) == network
        inherited = inherit(edits, space.start, weights, Inheritance(rng))
        assert disagreement(before, interpret(network, inherited, x)) <= 1e-5


def test_lists_end_and_blocks_fill(space):
    wide = TransformSpace(plain_cnn((8, 8, 1), 3, width=4), levels=(4, 16), units=(16,), wider=1, deeper=1)
    assert [wide.next_width(each) for each in layers_of(wide.start)] == [16, None, 16, None, None, None, None]
    network = space.start
    for _ in range(9):
        network, _ = space.step(network, "deeper", [0, 0, 0])
    assert len(space.places(network)[0]) == 0  # ten convs
    assert len(space.places(network)[1]) == 1


def test_bounds_and_settings(space):
    bounded = TransformSpace(space.start, space.levels, space.units, 2, 2, max_parameters=space.start.parameters + 10)
    row = _row(bounded, [1], [], [-1] * 3, [-1] * 3)
    assert bounded.decided(row) is None
    assert bounded.sample(np.random.default_rng(0)) == space.start
    with pytest.raises(SettingError, match="start must be within the bounds"):
        TransformSpace(space.start, max_parameters=100)
    with pytest.raises(SettingError, match="start must be a chain of convs, pools and dense layers"):
        TransformSpace(residual_cnn((8, 8, 1), 3, width=4))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"wider": -1}, "wider and deeper must be >= 0"),
        ({"wider": 0, "deeper": 0}, "one of them >= 1"),
        ({"levels": ()}, "levels must be widths, ascending"),
        ({"units": (32, 16)}, "units must be widths, ascending"),
    ],
)
def test_episodes_that_cannot_be_are_refused(space, given, words):
    with pytest.raises(SettingError, match=words):
        dataclasses.replace(space, **given)


def test_a_row_says_what_a_bound_left_out_and_means_the_same_under_another(space):
    bounds = {"max_parameters": space.start.parameters + 400}
    bounded = TransformSpace(space.start, space.levels, space.units, 2, 2, **bounds)
    tighter = TransformSpace(space.start, space.levels, space.units, 2, 2, max_parameters=space.start.parameters)
    rng, left_out = np.random.default_rng(0), set()
    for _ in range(25):
        row = bounded.evenly(rng)
        network = bounded.decided(row)
        assert network.parameters <= bounds["max_parameters"]
        for other in (space, tighter):
            assert other.networks(row)[-1] == network
        bits, blocks = row[: 2 * L], row[2 * L :: 3]
        left_out |= {name for name, said in (("wider", 2 in bits), ("deeper", max(blocks) >= BLOCKS)) if said}
    assert left_out == {"wider", "deeper"}


def test_a_layer_behind_one_for_which_there_is_no_room_any_more(space):
    row = _row(space, [], [], [0, 0, 1], [0, 1, 1])  # the second behind the first
    tight = TransformSpace(space.start, space.levels, space.units, 2, 2, max_parameters=space.start.parameters)
    assert tight.networks(row) == space.networks(row)
    assert tight.decided(row) is None
    _, decided = tight.taken(space.start, "deeper", [0, 0, 1])
    assert decided == [BLOCKS, 0, 1]


def test_episodes_of_a_densenet_keep_the_function():
    start = dense_cnn((8, 8, 1), 3, width=4)
    space = TransformSpace(start, levels=tuple(range(4, 49, 2)), wider=2, deeper=2)
    found = layers_of(start)
    assert [each.kind for each in found] == ["unit", "unit", "pool"] * 3
    assert [each.block for each in found] == [0, 0, 1, 1, 1, 2, 2, 2, 3]
    rng = np.random.default_rng(0)
    weights, x = random_weights(start, rng), batch(start, rng)
    before = interpret(start, weights, x)
    for _ in range(8):
        row = space.evenly(rng)
        network, edits = space.decided(row), space.transformations(row)
        assert len(layers_of(network)) == 9 + 2
        after = interpret(network, inherit(edits, start, weights, Inheritance(rng)), x)
        assert disagreement(before, after) <= 1e-5

"""The convolutional space of NAS: what decisions mean, and the three repairs."""

import numpy as np
import pytest

from autonas.arch import content_id, from_json, initial_weights, interpret, to_json
from autonas.errors import SettingError
from autonas.search import RandomSearch, run
from autonas.space import CnnSpace, DecidedSpace, LayeredSpace
from autonas.space.tokens import columns

SHAPE = (9, 9, 1)
THREE = {"layers": 3, "first_layers": 2, "filters": (2, 4)}


def _ops(network):
    return [each.op for each in network.nodes]


def _layer(network, number):
    """The conv of a layer."""
    return [each for each in network.nodes if each.op in ("conv", "rect_conv")][number]


def test_tokens_of_a_layer():
    assert [step.kind for step in CnnSpace(SHAPE, 3).layer[:-1]] == ["filter height", "filter width", "filters"]
    predicted = CnnSpace(SHAPE, 3, strides=True)
    assert [step.options for step in predicted.layer[:-1]] == [4, 4, 3, 3, 4]
    space = CnnSpace(SHAPE, 3, **THREE)
    assert columns(space.steps) == (1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 2)
    assert space.length(2) == 8
    assert isinstance(space, LayeredSpace)
    assert isinstance(space, DecidedSpace)


def test_decisions_by_hand():
    #     layer 0: 3x5, 4 filters | layer 1: 1x1, 2, fed by 0 | layer 2: 7x7, 2, fed by 0 and 1
    row = [1, 2, 1, 0, 0, 0, 1, 3, 3, 0, 1, 1]
    network = CnnSpace(SHAPE, 3, **THREE).decided(row)
    first, second, third = (_layer(network, at) for at in range(3))
    assert (first["kernel_height"], first["kernel_width"], first["filters"]) == (3, 5, 4)
    assert (second["kernel"], second["filters"], third["kernel"]) == (1, 2, 7)
    assert network.shapes[third.inputs[0]] == (9, 9, 4 + 2)  # concatenated in depth
    assert network.shapes[network.outputs[0]] == (3,)


def test_a_layer_that_nothing_feeds_takes_the_image():
    network = CnnSpace(SHAPE, 3, **THREE).decided([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    assert all(_layer(network, at).inputs == ("input",) for at in range(3))


def test_outputs_that_nobody_reads_are_concatenated_before_the_classifier():
    network = CnnSpace(SHAPE, 3, **THREE).decided(
        [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0]
    )  # 0 feeds both, nothing else does
    pool = next(each for each in network.nodes if each.op == "global_avg_pool")
    assert network.shapes[pool.inputs[0]] == (9, 9, 4 + 2)


def test_unequal_sizes_are_padded_to_the_larger():
    space = CnnSpace(SHAPE, 3, strides=True, **THREE)
    # 0: stride 3x1, so 3x9. 1 reads the image with stride 1x2, so 9x5. 2 reads both: 9x9.
    network = space.decided([0, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1])
    assert network.shapes[_layer(network, 2).inputs[0]] == (9, 9, 4)
    assert _ops(network).count("pad_to") == 2


def test_pools_stand_at_a_third_and_two_thirds():
    space = CnnSpace((32, 32, 3), 3, layers=6, first_layers=6, pooled=True)
    network = space.starters[0]
    convs = np.cumsum([op == "conv" for op in _ops(network)])
    assert [convs[at] for at, op in enumerate(_ops(network)) if op == "max_pool"] == [2, 4]


def test_decisions_that_end_early_are_a_shallower_network():
    space = CnnSpace(SHAPE, 3, **THREE)
    row = [1, 2, 1, 0, 0, 0, 1]
    assert content_id(space.decided([*row, *[-1] * 5])) == content_id(space.decided(row))
    assert len([op for op in _ops(space.decided(row)) if "conv" in op]) == 2
    with pytest.raises(SettingError, match="those of one layer at least"):
        space.decided([-1] * 12)


def test_whatever_is_drawn_is_a_network_that_computes():
    space = CnnSpace(SHAPE, 3, layers=5, first_layers=3, filters=(2, 3), strides=True, pooled=True)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, *SHAPE)).astype(np.float32)
    for _ in range(40):
        network = space.sample(rng)
        assert from_json(to_json(network)) == network
        assert interpret(network, initial_weights(network, rng), x).shape == (2, 3)


def test_bounds_are_kept():
    space = CnnSpace(SHAPE, 3, layers=4, first_layers=2, filters=(2, 8), max_parameters=1000, max_flops=200_000)
    found = run(RandomSearch(), space, lambda each: 0.0, 30)
    networks = [each.proposal.architecture for each in found.history]
    assert len({content_id(each) for each in networks}) == len(networks) > 10
    assert max(each.parameters for each in networks) <= 1000
    assert max(each.flops for each in networks) <= 200_000
    assert space.decided([3, 3, 1, 3, 3, 1, 1]) is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"first_layers": 4}, "first_layers must be >= 1 and at most layers"),
        ({"max_parameters": 50}, "max_parameters must be >= "),
        ({"filters": (4, 2)}, "filters must be ascending"),
        ({"shape": (9,)}, "shape must be that of an image"),
    ],
)
def test_settings_are_checked(wrong, says):
    with pytest.raises(SettingError, match=says):
        CnnSpace(**{"shape": SHAPE, "outputs": 3, **THREE, **wrong})

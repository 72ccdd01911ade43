import numpy as np
import pytest

from autonas.arch import initial_weights, interpret
from autonas.errors import ArchitectureError, SettingError
from autonas.space.enas_macro import OPS, Macro
from autonas.space.routes import uniform


def test_layer_l_decides_an_op_and_l_minus_1_skips():
    entries = Macro((8, 8, 1), 10, layers=4).graph.entries
    kinds = [[each.kind for each in entries if each.stage.startswith(f"layer{layer}")] for layer in (1, 2, 3, 4)]
    assert kinds == [["op"], ["op", "gate"], ["op", "gate", "gate"], ["op", "gate", "gate", "gate"]]
    assert {each.values for each in entries if each.kind == "op"} == {6}


def test_every_op_begins_with_a_1x1_conv_and_only_convs_end_in_batch_norm_and_relu():
    space = Macro((8, 8, 1), 10, width=4, layers=2)
    for place, op in enumerate(OPS):
        network = space.network((place, 0, 0))
        nodes = [each for each in network.nodes if each.id.startswith(f"layer1_{op}_")]
        assert [each.op for each in nodes[:3]] == ["conv", "batch_norm", "relu"]
        assert nodes[0]["kernel"] == 1
        assert [each.op for each in nodes[4:]] == ([] if op in ("avg3", "max3") else ["batch_norm", "relu"])
        assert {each["kernel"] for each in nodes[3:4] if "kernel" in each.attributes} <= {int(op[-1])}


def test_a_third_and_two_thirds_of_the_way_every_layer_so_far_is_halved():
    space = Macro((16, 16, 1), 10, width=4, layers=6)
    network = space.network([1 if each.kind == "gate" else 0 for each in space.graph.entries])
    halved = [each.id for each in network.nodes if each.op == "factorized_reduction"]
    assert len(halved) == 3 + 5  # stem and layers 1, 2; then these three again with layers 3, 4
    assert network.shapes["layer6_after_batch_norm_1"] == (4, 4, 4)


def test_channels_may_double_where_images_are_reduced():
    space = Macro((16, 16, 1), 10, width=4, layers=6, doubling=True)
    network = space.network([1 if each.kind == "gate" else 0 for each in space.entries])
    ends = [network.shapes[f"layer{layer}_after_batch_norm_1"] for layer in (2, 4, 6)]
    assert ends == [(16, 16, 4), (8, 8, 8), (4, 4, 16)]
    doubled, even = space.typical, Macro((16, 16, 1), 10, width=4, layers=6).typical
    assert doubled.parameters > 3 * even.parameters


def test_sequences_have_one_number_of_channels_whatever_is_said():
    assert Macro((16, 3), 2, 4, 3, doubling=True).graph == Macro((16, 3), 2, 4, 3).graph


def test_a_skip_adds_the_layer_that_it_names():
    space = Macro((8, 8, 1), 10, width=4, layers=3)
    without, with_stem = space.network((0, 0, 0, 0, 0, 0)), space.network((0, 0, 1, 0, 0, 0))
    assert "layer2_sum" not in without
    assert len(with_stem["layer2_sum"].inputs) == 2
    assert any("stem" in name for name in with_stem["layer2_sum"].inputs)


def test_the_published_join_stands_side_by_side_behind_a_relu():
    space = Macro((8, 8, 1), 10, width=4, layers=2, join="concat")
    network = space.network((0, 1, 1))
    assert [each.op for each in network.nodes if each.id.startswith("layer2_") and "op" not in each.id] == [
        "concat",
        "relu",
        "conv",
        "batch_norm",
    ]
    assert network.shapes["layer2_concat"][-1] == 8


def test_sequences_have_the_same_space_in_one_dimension(rng):
    space = Macro((12, 3), 2, width=4, layers=3)
    network = space.network(uniform(space.graph.entries, rng))
    y = interpret(network, initial_weights(network, rng), rng.normal(size=(5, 12, 3)).astype(np.float32))
    assert y.shape == (5, 2)


def test_a_route_that_does_not_fit_is_refused():
    space = Macro((8, 8, 1), 10, layers=2)
    for route in ((0, 0), (6, 0, 0), (0, 0, 2), (0, 0, 0, 0)):
        with pytest.raises(ArchitectureError, match="a route must be"):
            space.network(route)


def test_settings_that_cannot_work_are_refused():
    with pytest.raises(SettingError, match="layers must be"):
        Macro((8, 8, 1), 10, layers=1)


def test_words_name_ops_and_skips():
    assert Macro((8, 8, 1), 10, layers=3).words((0, 3, 1, 5, 0, 1)) == "conv3 sep5+0 max3+1"


def test_texts_are_embedded_by_the_stem(rng):
    space = Macro((20,), 2, width=4, layers=3, vocabulary=30)
    network = space.network(uniform(space.entries, rng))
    assert network.inputs == ("tokens",)
    y = interpret(network, initial_weights(network, rng), rng.integers(0, 30, (5, 20)).astype(np.int32))
    assert y.shape == (5, 2)

import pytest

from autonas.errors import SettingError
from autonas.space.enas_micro import CELLS, OPS, Micro
from autonas.space.routes import uniform

SPACE = Micro((8, 8, 1), 10, width=4, layers=2, blocks=2)
# Normal: block 1 = sep3(0) + max3(1), block 2 = identity(2) + identity(2); reduction: all sep5 of input 0.
DECISIONS = (0, 0, 1, 3, 2, 4, 2, 4) + (0, 1) * 4


def test_both_cells_decide_two_states_and_two_ops_a_block():
    assert [(each.stage, each.kind, each.values) for each in SPACE.entries[:8]] == [
        ("normal", "source", 2),
        ("normal", "op", 5),
    ] * 2 + [("normal", "source", 3), ("normal", "op", 5)] * 2
    assert [each.stage for each in SPACE.entries] == [cell for cell in CELLS for _ in range(8)]


def test_the_output_mixes_what_no_block_reads(rng):
    network = SPACE.network(DECISIONS)
    # Of the normal cell both inputs and block 1 are read, so block 2 alone is left; of the reduction cell input 1 and
    # both blocks are.
    mixes = {each.id for each in network.nodes if each.op == "conv" and each["kernel"] == 1}
    assert {name for name in mixes if name.startswith("cell0_cell0_block")} == {"cell0_cell0_block2_conv_2"}
    assert {name for name in mixes if name.startswith("cell1_")} == {
        "cell1_half1_conv_2",
        "cell1_cell1_block1_conv_2",
        "cell1_cell1_block2_conv_2",
    }


def test_a_separable_op_is_relu_separable_conv_and_batch_norm_twice():
    nodes = [each for each in SPACE.network(DECISIONS).nodes if each.id.startswith("cell0_block1a_")]
    assert [each.op for each in nodes] == ["relu", "separable_conv", "batch_norm"] * 2


def test_weights_belong_to_the_state_that_is_read():
    one = SPACE.network(DECISIONS)
    other = SPACE.network((1, *DECISIONS[1:]))
    names = [
        {each.id for each in network.nodes if "cell0_block1a" in each.id and each.op == "separable_conv"}
        for network in (one, other)
    ]
    assert names[0].isdisjoint(names[1])


def test_channels_double_where_pixels_are_halved():
    shapes = SPACE.network(DECISIONS).shapes
    assert [shapes[f"cell{place}_after_batch_norm_1"] for place in range(4)] == [
        (8, 8, 4),
        (4, 4, 8),
        (2, 2, 16),
        (2, 2, 16),
    ]


def test_every_draw_is_a_network(rng):
    for _ in range(10):
        decisions = uniform(SPACE.entries, rng)
        SPACE.graph.check(SPACE.route(decisions))
        assert SPACE.network(decisions).shapes["head_dense_3"] == (10,)


def test_words_name_states_and_ops():
    assert SPACE.words(DECISIONS).startswith("sep3(0)+max3(1) identity(2)+identity(2) / sep5(0)+sep5(0)")
    assert OPS[4] == "identity"


def test_settings_that_cannot_work_are_refused():
    with pytest.raises(SettingError, match="blocks must be"):
        Micro((8, 8, 1), 10, blocks=0)

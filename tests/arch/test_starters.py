"""Starters fit images of any size, and networks of their size can be built and edited."""

import pytest

from autonas.arch.starters import STARTERS
from autonas.morph import legal_edits

SHAPES = [(28, 28, 1), (32, 32, 3), (8, 8, 1), (1, 1, 1), (2, 3, 4), (5, 60, 2), (3, 200, 1)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", sorted(STARTERS))
def test_any_image_gives_a_network_that_can_be_edited(name, shape):
    architecture = STARTERS[name](shape, 7, 8)
    assert architecture.shapes[architecture.outputs[0]] == (7,)
    assert architecture.shapes[architecture.inputs[0]] == shape
    assert {edit.kind for edit in legal_edits(architecture)} >= {"deepen", "widen"}


@pytest.mark.parametrize("name", sorted(STARTERS))
def test_width_sets_the_size(name):
    narrow, wide = (STARTERS[name]((16, 16, 3), 10, width) for width in (8, 16))
    assert 1.5 < wide.parameters / narrow.parameters < 4.5  # between once and twice the power of two


def test_a_perceptron_takes_vectors():
    architecture = STARTERS["perceptron"]((13,), 2, 8)
    assert [each.op for each in architecture.nodes] == ["input", "dense", "relu", "dense", "relu", "dense"]


def test_the_residual_network_by_hand():
    # 8x8x1, width 4: each level a conv without bias and its batch norm, and two more of both around which it is added.
    architecture = STARTERS["residual_cnn"]((8, 8, 1), 3, 4)
    level = [(9 * c * f + 4 * f) + 2 * (9 * f * f + 4 * f) for c, f in ((1, 4), (4, 8), (8, 16))]
    assert architecture.parameters == sum(level) + (16 * 3 + 3)
    pools = [architecture.shapes[each.id][:2] for each in architecture.nodes if each.op == "max_pool"]
    assert pools == [(4, 4)]  # 8x8 is halved once; 4x4 is not


def test_large_images_are_halved_before_the_first_level():
    architecture = STARTERS["residual_cnn"]((256, 200, 3), 3, 4)
    strides = [each["stride"] for each in architecture.nodes if each.op == "conv"]
    assert strides[:3] == [2, 2, 1]  # 200 -> 100 -> 50, which is at most 64

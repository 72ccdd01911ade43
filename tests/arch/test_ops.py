"""What the registry says of each op, worked by hand; what Keras says of it is in test_ops_in_keras.py."""

import dataclasses

import numpy as np
import pytest

from autonas.arch import OPS, Architecture, interpret, node, register
from autonas.arch.op import Attribute
from autonas.errors import ArchitectureError


def _network(op, *shapes, **attrs):
    sources = [node(f"x{k}", "input", shape=shape) for k, shape in enumerate(shapes)]
    return Architecture((*sources, node("op", op, [each.id for each in sources], **attrs)), ("op",))


FLOPS = [
    # 10 outputs, each 7 multiply-adds.
    ("dense", [(7,)], {"units": 10}, 2 * 10 * 7),
    # 6 x 5 pixels x 4 filters, each a window of 3 x 3 x 2.
    ("conv", [(6, 5, 2)], {"filters": 4, "kernel": 3}, 2 * (6 * 5 * 4) * (3 * 3 * 2)),
    # Stride 2 leaves ceil(6/2) x ceil(5/2) = 3 x 3 pixels.
    ("conv", [(6, 5, 2)], {"filters": 4, "kernel": 3, "stride": 2}, 2 * (3 * 3 * 4) * (3 * 3 * 2)),
    # A window of 1 x 5; stride 2 x 1 leaves 3 x 5 pixels.
    (
        "rect_conv",
        [(6, 5, 2)],
        {"filters": 4, "kernel_height": 1, "kernel_width": 5, "stride_height": 2},
        2 * (3 * 5 * 4) * (1 * 5 * 2),
    ),
    # One window of 3 x 3 a channel.
    ("depthwise_conv", [(6, 5, 2)], {"kernel": 3}, 2 * (6 * 5 * 2) * (3 * 3)),
    # The depthwise windows, then 1 x 1 x 2 for each of 4 filters.
    ("separable_conv", [(6, 5, 2)], {"filters": 4, "kernel": 3}, 2 * (6 * 5 * 2) * (3 * 3) + 2 * (6 * 5 * 4) * 2),
    # 3 x 3 pixels, 5 filters in both halves together, each reads 2 channels of one pixel.
    ("factorized_reduction", [(6, 5, 2)], {"filters": 5}, 2 * (3 * 3 * 5) * 2),
    ("batch_norm", [(6, 5, 2)], {}, 2 * (6 * 5 * 2)),
    ("relu", [(6, 5, 2)], {}, 6 * 5 * 2),
    # Three summands need two additions a value.
    ("add", [(4,), (4,), (4,)], {}, 2 * 4),
    # 3 x 3 windows of 4 values, 2 channels.
    ("max_pool", [(6, 5, 2)], {"size": 2, "stride": 2}, (3 * 3 * 2) * 4),
    ("global_avg_pool", [(6, 5, 2)], {}, 6 * 5 * 2),
    ("flatten", [(6, 5, 2)], {}, 0),
    ("dropout", [(4,)], {"rate": 0.5}, 0),
    ("concat", [(4,), (3,)], {}, 0),
]


@pytest.mark.parametrize(("op", "shapes", "attrs", "expected"), FLOPS)
def test_flops_by_hand(op, shapes, attrs, expected):
    assert _network(op, *shapes, **attrs).flops == expected


PARAMETERS = [
    ("dense", [(7,)], {"units": 10}, 7 * 10 + 10),
    ("dense", [(7,)], {"units": 10, "bias": False}, 7 * 10),
    ("conv", [(6, 5, 2)], {"filters": 4, "kernel": 3, "stride": 2}, 3 * 3 * 2 * 4 + 4),
    ("depthwise_conv", [(6, 5, 2)], {"kernel": 5}, 5 * 5 * 2 + 2),
    ("separable_conv", [(6, 5, 2)], {"filters": 4, "kernel": 3}, 3 * 3 * 2 + 2 * 4 + 4),
    ("factorized_reduction", [(6, 5, 2)], {"filters": 5}, 2 * 3 + 2 * 2),
    ("batch_norm", [(6, 5, 2)], {}, 4 * 2),
]


@pytest.mark.parametrize(("op", "shapes", "attrs", "expected"), PARAMETERS)
def test_parameters_by_hand(op, shapes, attrs, expected):
    assert _network(op, *shapes, **attrs).parameters == expected


SHAPES = [
    ("conv", (7, 9, 2), {"filters": 4, "stride": 2}, (4, 5, 4)),
    ("max_pool", (7, 9, 2), {"size": 3, "stride": 2, "padding": "same"}, (4, 5, 2)),
    (
        "max_pool",
        (7, 9, 2),
        {"size": 3, "stride": 2, "padding": "valid"},
        (3, 4, 2),
    ),  # (7 - 3) // 2 + 1, (9 - 3) // 2 + 1
    ("avg_pool", (7, 9, 2), {"size": 2, "stride": 3, "padding": "valid"}, (2, 3, 2)),
    ("factorized_reduction", (7, 9, 2), {"filters": 6}, (4, 5, 6)),
    ("global_max_pool", (7, 9, 2), {}, (2,)),
    ("flatten", (7, 9, 2), {}, (126,)),
]


@pytest.mark.parametrize(("op", "shape", "attrs", "expected"), SHAPES)
def test_shapes_by_hand(op, shape, attrs, expected):
    assert _network(op, shape, **attrs).shapes["op"] == expected


def test_an_average_at_the_edge_counts_only_pixels_of_the_image():
    # Windows of 2 in steps of 2 over 1 2 3: mean(1, 2) = 1.5, and 3 alone.
    network = _network("avg_pool", (1, 3, 1), size=2, stride=2)
    assert interpret(network, {}, np.array([1.0, 2.0, 3.0]).reshape(1, 1, 3, 1)).ravel().tolist() == [1.5, 3.0]


def test_a_strided_conv_pads_after_the_image_first():
    # Window 3 in steps of 2 over 1 2 3 4: one pixel of padding, and it goes to the end: 1+2+3 = 6, 3+4+0 = 7.
    network = _network("conv", (1, 4, 1), filters=1, kernel=3, stride=2, bias=False)
    kernel = np.zeros((3, 3, 1, 1))
    kernel[1] = 1.0  # the middle row, since one row of image has none above or below
    # The height of 1 is padded by 1 on both sides.
    image = np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 4, 1)
    assert interpret(network, {"op": (kernel,)}, image).ravel().tolist() == [6.0, 7.0]


def test_factorized_reduction_reads_even_and_odd_pixels():
    # 1 2 3 over 4 5 6: even pixels 1 and 3; odd ones (one right and one down) 5 and, past the edge, 0.
    network = _network("factorized_reduction", (2, 3, 1), filters=2)
    one = np.ones((1, 1, 1, 1))
    image = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).reshape(1, 2, 3, 1)
    assert interpret(network, {"op": (one, one)}, image)[0].tolist() == [[[1.0, 5.0], [3.0, 0.0]]]


REFUSED_SHAPES = [
    ("dense", [(4, 4, 2)], {"units": 3}, "takes a vector"),
    ("conv", [(4,)], {"filters": 3}, "takes an image"),
    ("max_pool", [(4,)], {}, "takes an image"),
    ("max_pool", [(2, 5, 1)], {"size": 3, "padding": "valid"}, "3 does not fit into 2 pixels"),
    ("global_avg_pool", [(4,)], {}, "takes an image"),
    ("factorized_reduction", [(4,)], {"filters": 2}, "takes an image"),
    ("add", [(4,), (5,)], {}, "one shape"),
    ("concat", [(4, 4, 1), (4, 5, 1)], {}, "differ in channels alone"),
    ("concat", [(4,), (4, 4, 4)], {}, "differ in channels alone"),
]


@pytest.mark.parametrize(("op", "shapes", "attrs", "says"), REFUSED_SHAPES)
def test_shapes_that_do_not_fit_are_refused_by_node_and_shape(op, shapes, attrs, says):
    with pytest.raises(ArchitectureError, match=f"Node 'op' does not fit its inputs: .*{says}"):
        _network(op, *shapes, **attrs)


REFUSED_ATTRIBUTES = [
    ("conv", {}, "needs the attribute 'filters': an int >= 1"),
    ("conv", {"filters": 0}, "filters of op 'conv' must be an int >= 1. Received: 0"),
    ("conv", {"filters": 4.0}, "must be an int >= 1. Received: 4.0"),
    ("conv", {"filters": True}, "must be an int >= 1. Received: True"),
    ("conv", {"filters": 4, "stride": -1}, "stride of op 'conv' must be"),
    ("conv", {"filters": 4, "bias": 1}, "bias of op 'conv' must be a bool. Received: 1"),
    ("conv", {"filters": 4, "dilation": 2}, r"must be among .*'filters'.* Received: \['dilation'\]"),
    ("max_pool", {"padding": "full"}, "must be 'same' or 'valid'. Received: 'full'"),
    ("dropout", {"rate": 1.0}, r"must be a float in \[0, 1\). Received: 1.0"),
    ("dropout", {"rate": float("nan")}, "Received: nan"),
    ("batch_norm", {"epsilon": 0.0}, "must be a finite float > 0. Received: 0.0"),
    ("batch_norm", {"epsilon": float("inf")}, "Received: inf"),
    ("factorized_reduction", {"filters": 1}, "an int >= 2"),
    ("input", {"shape": ()}, "a tuple of ints >= 1"),
    ("input", {"shape": (3, 0)}, "a tuple of ints >= 1"),
    ("input", {"shape": 3}, "a tuple of ints >= 1"),
    ("relu", {"id": "x"}, r"Received: \['id'\]"),
]


@pytest.mark.parametrize(("op", "attrs", "says"), REFUSED_ATTRIBUTES)
def test_attributes_are_checked_when_a_node_is_made(op, attrs, says):
    with pytest.raises(ArchitectureError, match=says):
        node("n", op, "x", **attrs)


def test_attributes_are_kept_as_plain_data():
    made = node("n", "conv", "x", filters=np.int64(8), bias=np.bool_(True))
    assert [type(made[name]) for name in ("filters", "bias", "kernel")] == [int, bool, int]
    assert node("n", "dropout", "x", rate=0)["rate"] == 0.0
    assert node("i", "input", shape=[np.int32(3), 4])["shape"] == (3, 4)


def test_an_unknown_op_is_refused_with_the_known_ones():
    with pytest.raises(ArchitectureError, match=r"one of .*'conv'.* Received: 'convolution'.*register"):
        node("n", "convolution", "x")


@pytest.fixture
def registry(monkeypatch):
    """The registry, as it was again after the test."""
    for name in ("negate", "shortcut"):
        monkeypatch.setitem(OPS, name, OPS["relu"])
        monkeypatch.delitem(OPS, name)
    return OPS


def test_an_op_of_ones_own_is_one_registry_entry(registry):
    register(
        dataclasses.replace(
            OPS["relu"], name="negate", sign="loses", reference=lambda attrs, inputs, weights: -inputs[0]
        )
    )
    network = _network("negate", (2,))
    assert interpret(network, {}, np.array([[1.0, -2.0]])).tolist() == [[-1.0, 2.0]]
    assert "op" not in network.nonnegative


def test_registering_refuses_a_taken_name_and_a_width_that_is_no_attribute(registry):
    with pytest.raises(ArchitectureError, match=r"must be new. Received: 'relu'"):
        register(OPS["relu"])
    shortcut = dataclasses.replace(OPS["dense"], name="shortcut", attributes={"n": Attribute(int, "an int")})
    with pytest.raises(ArchitectureError, match=r"must name an attribute. Received: 'units'"):
        register(shortcut)

"""Every op of the registry says what Keras does."""

import dataclasses
import itertools

import numpy as np
import pytest

from autonas.arch import OPS, Architecture, content_id, from_json, initial_weights, interpret, node, to_json
from autonas.errors import ArchitectureError
from autonas.runtime.compile import compile_architecture
from autonas.runtime.weights import get_weights, set_weights
from autonas.testing import check_op
from tests.arch.drawing import batch, disagreement, drawn, random_weights

pytestmark = pytest.mark.tf

IMAGES = ((8, 8, 3), (7, 9, 2), (5, 5, 1), (6, 3, 4))
SINGLE = ((1, 1, 3), (2, 1, 2))
VECTOR = (5,)
SEQUENCES = ((8, 3), (7, 2), (1, 4))
TEXTS = tuple(((length, width), (length,)) for length, width in SEQUENCES)  # with the ids beside them


def _windows(**more):
    """Kernel and stride, small and large, even and odd; strides above the window too."""
    sizes = itertools.product((1, 2, 3, 5), (1, 2, 3))
    return [{"kernel": kernel, "stride": stride, "bias": stride != 2, **more} for kernel, stride in sizes]


def _pools():
    sizes = ((1, 1), (2, 2), (3, 2), (2, 3), (3, 3), (3, 1), (2, 1))
    return [{"size": a, "stride": b, "padding": padding} for a, b in sizes for padding in ("same", "valid")]


RECTANGLE = ("filters", "kernel_height", "kernel_width", "stride_height", "stride_width")

CASES = {
    "input": [((IMAGES[1],), {}), ((VECTOR,), {})],
    "conv": [((shape,), attrs) for shape in (*IMAGES, *SINGLE) for attrs in _windows(filters=4)],
    "depthwise_conv": [((shape,), attrs) for shape in (*IMAGES, *SINGLE) for attrs in _windows()],
    "separable_conv": [((shape,), attrs) for shape in (*IMAGES, *SINGLE) for attrs in _windows(filters=5)],
    "rect_conv": [
        ((shape,), dict(zip(RECTANGLE, (4, *numbers), strict=True)))
        for shape in (*IMAGES, *SINGLE)
        for numbers in ((1, 7, 1, 1), (5, 3, 2, 1), (3, 3, 3, 2), (1, 1, 1, 3))
    ],
    "pad_to": [((shape,), {"height": 9, "width": 12}) for shape in IMAGES],
    "dense": [((VECTOR,), {"units": units, "bias": bias}) for units in (1, 7) for bias in (True, False)],
    "batch_norm": [((shape,), {"epsilon": e}) for shape in (IMAGES[1], VECTOR) for e in (1e-3, 0.1)],
    "relu": [((shape,), {}) for shape in (IMAGES[1], VECTOR)],
    "dropout": [((shape,), {"rate": rate}) for shape in (IMAGES[1], VECTOR) for rate in (0.0, 0.5)],
    "max_pool": [((shape,), attrs) for shape in IMAGES for attrs in _pools()],
    "avg_pool": [((shape,), attrs) for shape in IMAGES for attrs in _pools()],
    "global_avg_pool": [((shape,), {}) for shape in (*IMAGES, *SINGLE)],
    "global_max_pool": [((shape,), {}) for shape in (*IMAGES, *SINGLE)],
    "conv1d": [((shape,), attrs) for shape in SEQUENCES for attrs in _windows(filters=4)],
    "depthwise_conv1d": [((shape,), attrs) for shape in SEQUENCES for attrs in _windows()],
    "separable_conv1d": [((shape,), attrs) for shape in SEQUENCES for attrs in _windows(filters=5)],
    "max_pool1d": [((shape,), attrs) for shape in SEQUENCES[:2] for attrs in _pools()],
    "avg_pool1d": [((shape,), attrs) for shape in SEQUENCES[:2] for attrs in _pools()],
    "global_avg_pool1d": [(inputs, {}) for inputs in (*TEXTS, *((shape,) for shape in SEQUENCES))],
    "global_max_pool1d": [((shape,), {}) for shape in SEQUENCES],
    "mask": [(inputs, {}) for inputs in TEXTS],
    "embedding": [((shape,), {"tokens": 7, "width": width}) for shape in (VECTOR, (1,)) for width in (1, 4)],
    "position_embedding": [((shape,), {"width": width}) for shape in (VECTOR, (1,)) for width in (1, 4)],
    "layer_norm": [((shape,), {"epsilon": e}) for shape in (SEQUENCES[0], VECTOR, IMAGES[1]) for e in (1e-3, 0.1)],
    "self_attention": [
        (inputs, {"heads": heads, "key": key, "units": 5})
        for inputs in (*TEXTS, *((shape,) for shape in SEQUENCES))
        for heads, key in ((1, 4), (3, 2))
    ],
    "lstm": [
        (inputs, {"units": 3, "backwards": backwards, "sequences": sequences})
        for inputs in (TEXTS[0], SEQUENCES[:1], TEXTS[2])
        for backwards in (False, True)
        for sequences in (False, True)
    ],
    "tree_rnn": [
        (
            inputs,
            {"units": 3, "nodes": nodes, "inject": "elem_mult sigmoid", "indices": indices, "sequences": sequences},
        )
        for inputs in (TEXTS[0], SEQUENCES[:1], TEXTS[2])
        for nodes, indices in (
            (("add tanh", "elem_mult relu", "elem_mult sigmoid"), (1, 0)),
            (("add tanh", "add identity", "add relu", "elem_mult sigmoid", "add tanh"), (4, 3)),
        )
        for sequences in (False, True)
    ],
    "enas_cell": [
        (
            inputs,
            {"units": 3, "previous": read, "activations": activations, "mean": mean, "sequences": sequences},
        )
        for inputs, sequences in ((TEXTS[0], True), (SEQUENCES[:1], False))
        for read, activations in (((), ("tanh",)), ((1, 1, 2), ("relu", "tanh", "identity", "sigmoid")))
        for mean in ("ends", "all")
    ],
    "enas_rnn": [
        (
            inputs,
            {"units": 3, "previous": read, "activations": activations, "mean": mean, "sequences": sequences},
        )
        for inputs, sequences in ((TEXTS[0], True), (SEQUENCES[:1], False))
        for read, activations, mean in (
            ((), ("tanh",), "ends"),
            ((1, 1, 2), ("relu", "tanh", "identity", "sigmoid"), "all"),
        )
    ],
    "flatten": [((shape,), {}) for shape in (*IMAGES, (4, 3), VECTOR)],
    "add": [((shape,) * n, {}) for shape in (IMAGES[1], VECTOR) for n in (2, 3)],
    "concat": [(((7, 9, 2), (7, 9, 3)), {}), (((7, 9, 1),) * 3, {}), (((5,), (2,)), {})],
    "factorized_reduction": [((shape,), {"filters": f}) for shape in (*IMAGES, *SINGLE) for f in (2, 5)],
}


def test_every_op_has_cases():
    # A choice only a table knows: there is nothing to build. Tied ops are checked together, below.
    assert set(CASES) == set(OPS) - {"choice", "vocabulary", "word_vectors", "word_logits"}


@pytest.mark.parametrize(("words", "width", "length"), [(7, 4, 5), (1, 1, 1)])
def test_a_matrix_that_embeds_words_and_tells_the_next_one(words, width, length):
    network = Architecture(
        (
            node("ids", "input", shape=(length,)),
            node("words", "vocabulary", (), tokens=words, width=width),
            node("vectors", "word_vectors", ("ids", "words")),
            node("norm", "layer_norm", "vectors"),
            node("logits", "word_logits", ("norm", "words")),
        ),
        ("logits",),
    )
    assert network.shapes["vectors"] == (length, width)
    assert network.shapes["logits"] == (length, words)
    assert network.parameters == words * width + 2 * width  # once
    rng = np.random.default_rng(0)
    weights = initial_weights(network, rng)
    assert set(weights) == {"words", "norm"}
    model = compile_architecture(network)
    assert model.count_params() == network.parameters
    set_weights(model, network, weights)
    np.testing.assert_array_equal(get_weights(model, network)["words"][0], weights["words"][0])
    ids = rng.integers(words, size=(3, length))
    given = np.asarray(model(ids.astype(np.float32)))
    np.testing.assert_allclose(given, interpret(network, weights, ids), rtol=0, atol=1e-5)
    assert from_json(to_json(network)) == network
    renamed = from_json(to_json(network).replace('"words"', '"matrix"').replace('"vectors"', '"rows"'))
    assert content_id(renamed) == content_id(network)
    # Another second input is a shape that fits, and no vocabulary.
    other = Architecture(
        (node("ids", "input", shape=(5,)), node("m", "input", shape=(7, 4)), node("v", "word_vectors", ("ids", "m"))),
        ("v",),
    )
    with pytest.raises(ArchitectureError, match="'word_vectors' must be a vocabulary"):
        compile_architecture(other)


@pytest.mark.parametrize("op", sorted(CASES))
def test_op_contract(op):
    for inputs, attrs in CASES[op]:
        check_op(op, inputs, **attrs)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"shape": lambda attrs, inputs: (*inputs[0][:2], attrs["filters"] + 1)}, "shape must be Keras's"),
        ({"reference": lambda attrs, inputs, weights: OPS["conv"].reference(attrs, inputs, weights) * 1.001}, "output"),
        ({"weights": lambda attrs, inputs: ()}, "parameters must be Keras's"),
    ],
)
def test_the_contract_notices_an_op_that_lies(monkeypatch, change, says):
    true = OPS["conv"]
    if "reference" in change:
        change = {"reference": lambda attrs, inputs, weights: true.reference(attrs, inputs, weights) * 1.001}
    monkeypatch.setitem(OPS, "conv", dataclasses.replace(true, **change))
    with pytest.raises(AssertionError, match=says):
        check_op("conv", [(4, 4, 2)], filters=3)


@pytest.mark.parametrize("seed", range(8))
def test_random_networks_compute_in_keras_what_they_compute_in_numpy(seed):
    from autonas.runtime.compile import compile_architecture
    from autonas.runtime.weights import set_weights

    rng = np.random.default_rng(seed)
    architecture = drawn(rng, 20)
    weights, x = random_weights(architecture, rng), batch(architecture, rng, 4)
    model = compile_architecture(architecture)
    set_weights(model, architecture, weights)
    assert model.count_params() == architecture.parameters
    assert disagreement(interpret(architecture, weights, x), np.asarray(model(x, training=False))) <= 1e-5


def test_dropout_acts_in_training_alone():
    from autonas.arch import Architecture
    from autonas.runtime.compile import compile_architecture

    network = Architecture((node("x", "input", shape=(1000,)), node("d", "dropout", "x", rate=0.25)), ("d",))
    model, ones = compile_architecture(network), np.ones((1, 1000), np.float32)
    assert np.array_equal(model(ones, training=False), ones)
    dropped = float((np.asarray(model(ones, training=True)) == 0).mean())
    assert abs(dropped - 0.25) < 0.07  # five standard deviations of 1,000 draws

"""A blend computes the weighted sum of its networks, and is one network."""

import numpy as np
import pytest

from autonas.arch import Architecture, interpret, node
from autonas.arch.text_starters import TEXT_STARTERS, TextShape
from autonas.errors import ArchitectureError
from autonas.morph import blend, blendable
from tests.arch.drawing import disagreement, random_weights

TEXT = TextShape(6, 11, 8)


def _networks(*names):
    networks = [TEXT_STARTERS[name](TEXT, 3, 8) for name in names]
    return [(each, random_weights(each, np.random.default_rng(place))) for place, each in enumerate(networks)]


def _inputs(rng, n=4):
    tokens = np.where(np.arange(6) < rng.integers(1, 7, n)[:, None], rng.integers(1, 11, (n, 6)), 0)
    return {"tokens": tokens.astype(np.float32), "terms": rng.random((n, 8)).astype(np.float32)}


def _output(architecture, weights, data):
    return interpret(architecture, weights, {name: data[name] for name in architecture.inputs})


@pytest.mark.parametrize(
    "names",
    [("ngram_linear", "text_cnn"), ("text_cnn", "text_cnn"), ("ngram_mlp", "transformer", "text_rnn", "ngram_linear")],
)
def test_a_blend_is_the_weighted_sum(names):
    networks, rng = _networks(*names), np.random.default_rng(0)
    shares, data = rng.random(len(networks)), _inputs(rng)
    architecture, weights = blend(networks, shares)
    expected = sum(share * _output(*network, data) for share, network in zip(shares, networks, strict=True))
    assert disagreement(expected, _output(architecture, weights, data)) <= 1e-5
    assert architecture.parameters == sum(each.parameters for each, _ in networks)


def test_a_blend_can_be_blended_again():
    networks, data = _networks("ngram_linear", "text_cnn", "ngram_mlp"), _inputs(np.random.default_rng(1))
    inner = blend(networks[:2], (0.25, 0.75))
    assert blendable(inner[0])
    architecture, weights = blend([inner, networks[2]], (0.5, 0.5))
    shares = (0.125, 0.375, 0.5)
    expected = sum(share * _output(*network, data) for share, network in zip(shares, networks, strict=True))
    assert disagreement(expected, _output(architecture, weights, data)) <= 1e-5


def test_what_does_not_fit_is_refused():
    (one, weights), *_ = _networks("ngram_linear")
    with pytest.raises(ArchitectureError, match="two or more networks that end in a dense layer"):
        blend([(one, weights)], [1.0])
    ends_in_relu = Architecture((*one.nodes, node("r", "relu", one.outputs[0])), ("r",))
    assert not blendable(ends_in_relu)
    with pytest.raises(ArchitectureError, match=r"Received: \['dense 3', 'ReLU'\]"):
        blend([(one, weights), (ends_in_relu, weights)], [0.5, 0.5])
    other = TEXT_STARTERS["ngram_linear"](TextShape(6, 11, 9), 3, 8)
    with pytest.raises(ArchitectureError, match="Inputs of one name must have one shape"):
        blend([(one, weights), (other, random_weights(other, np.random.default_rng(0)))], [0.5, 0.5])

"""A sample of the morphisms through Keras, in float32: the trained parent and its child give the same output."""

import numpy as np
import pytest

from autonas.arch import interpret
from autonas.arch.starters import STARTERS
from tests.arch.drawing import batch, disagreement
from tests.morph.chains import TOLERANCE, chain

pytestmark = pytest.mark.tf


def _output(architecture, weights, x):
    from autonas.runtime.compile import compile_architecture
    from autonas.runtime.weights import set_weights

    model = compile_architecture(architecture)
    set_weights(model, architecture, weights)
    return np.asarray(model(x, training=False))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", [*sorted(STARTERS), "text_cnn", "text_rnn", "transformer"])
def test_chains_keep_the_function_in_keras(name, seed):
    steps = list(chain(name, 100 + seed))
    (_, parent, before), (_, child, after) = steps[0], steps[-1]
    x = batch(parent, np.random.default_rng(seed), 8)
    expected = _output(parent, before, x)
    assert disagreement(expected, _output(child, after, x)) <= TOLERANCE
    assert disagreement(expected, interpret(child, after, x)) <= TOLERANCE

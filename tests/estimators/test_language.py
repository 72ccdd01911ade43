"""Language models: streams, states, perplexity, and the search for a cell."""

import math

import keras
import numpy as np
import pytest

import autonas
from autonas.arch import initial_weights
from autonas.arch.language import language_network
from autonas.data.corpus import corpus
from autonas.errors import DataError, SettingError
from autonas.runtime.compile import compile_architecture
from autonas.runtime.language import forget, pieces, stateful, stream_loss
from autonas.runtime.weights import set_weights

pytestmark = pytest.mark.tf
CELL = {"nodes": ("add tanh", "add sigmoid", "elem_mult tanh"), "inject": "add tanh", "indices": (0, 1)}


def _text(words=900):
    """A text in which every word tells the next one, but for a choice now and then."""
    rng = np.random.default_rng(0)
    found = []
    while len(found) < words:
        found += ["the", "cat", "sat", "."] if rng.random() < 0.5 else ["a", "dog", "ran", "away", "."]
    return found


@pytest.fixture(scope="module")
def small():
    return corpus(_text(), _text(120), _text(120))


def test_pieces_by_hand():
    x, y = pieces(np.arange(14, dtype=np.int32), 2, 3)  # two rows of six words, in two pieces each
    assert x.tolist() == [[0, 1, 2], [6, 7, 8], [3, 4, 5], [9, 10, 11]]
    assert y.tolist() == (x + 1).tolist()


@pytest.mark.parametrize("cell", [None, CELL])
def test_a_piece_goes_on_where_the_one_before_ended(cell):
    """Two pieces of four words give what one of eight does."""
    rng = np.random.default_rng(0)
    short, long = (language_network(length, 7, 5, cell) for length in (4, 8))
    weights, ids = initial_weights(short, rng), rng.integers(7, size=(2, 8)).astype(np.int32)
    models = [compile_architecture(each) for each in (short, long)]
    for model, network in zip(models, (short, long), strict=True):
        set_weights(model, network, weights)
    whole = np.asarray(models[1].predict_on_batch(ids))
    reader = stateful(models[0], 2)
    parts = [np.asarray(reader.predict_on_batch(ids[:, at : at + 4])) for at in (0, 4)]
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, rtol=0, atol=1e-5)
    forget(reader)
    np.testing.assert_allclose(np.asarray(reader.predict_on_batch(ids[:, :4])), parts[0], rtol=0, atol=1e-6)


def test_the_loss_of_a_stream_by_keras():
    network = language_network(4, 6, 5)
    model = compile_architecture(network)
    set_weights(model, network, initial_weights(network, np.random.default_rng(0)))
    ids = np.random.default_rng(1).integers(6, size=9).astype(np.int32)
    logits = compile_architecture(language_network(8, 6, 5))
    logits.set_weights(model.get_weights())
    loss = keras.losses.sparse_categorical_crossentropy(ids[None, 1:], logits(ids[None, :8]), from_logits=True)
    assert stream_loss(model, ids, 1) == pytest.approx(float(np.mean(loss)), abs=1e-5)


def test_a_cell_is_searched_resumed_and_better_than_chance(small, tmp_path):
    settings = {"base": 2, "units": 12, "length": 10, "rows": 4, "epochs": 3, "rate": 0.02, "seed": 0, "verbose": 0}
    model = autonas.LanguageModel(max_trials=2, directory=tmp_path, **settings).fit(small)
    chance = len(small.vocabulary)
    assert model.perplexity(small.test) < chance / 3
    trial = model.tuner_.best_trial()
    assert trial.score == pytest.approx(model.perplexity(small.validation), rel=0.1)  # in rows, or as one stream
    grown = autonas.LanguageModel(max_trials=3, directory=tmp_path, **settings).fit(small)
    assert len(grown.tuner_.oracle.trials) == 3
    assert grown.tuner_.oracle.strategy.reward == "perplexity"
    drawn = grown.tuner_.oracle.proposal("0002").drawn
    assert len(drawn.decisions) == 2 * 4 + 2
    assert math.isfinite(model.baseline(small))


def test_what_cannot_be_is_refused(small):
    with pytest.raises(DataError, match="corpus must be long enough"):
        autonas.LanguageModel(verbose=0, rows=100).fit(small)
    with pytest.raises(DataError, match="corpus must be a Corpus"):
        autonas.LanguageModel(verbose=0).fit("a text")
    with pytest.raises(SettingError, match="oracle must be one of"):
        autonas.LanguageModel(oracle="bayesian", verbose=0, length=5, rows=4).fit(small)

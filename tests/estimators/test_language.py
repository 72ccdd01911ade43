"""Language models: streams, states, perplexity, and the search for a cell."""

import io
import itertools
import math
import pickle

import joblib
import keras
import numpy as np
import pytest
from sklearn.base import clone

import autonas
from autonas.arch import initial_weights
from autonas.arch.language import language_network
from autonas.data.corpus import corpus
from autonas.errors import DataError, SettingError
from autonas.runtime.compile import compile_architecture
from autonas.runtime.language import (
    LanguageEvaluator,
    LanguageRecipe,
    filled_pieces,
    forget,
    pieces,
    stateful,
    stream_loss,
)
from autonas.runtime.schedule import Schedule
from autonas.runtime.weights import set_weights
from autonas.search import EvenPolicy, Proposal, Reinforce

pytestmark = pytest.mark.tf
RNG = np.random.default_rng(0)
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


@pytest.mark.parametrize(
    ("words", "rows", "length"), [(14, 2, 3), (15, 2, 3), (2, 1, 5), (6, 1, 5), (7, 1, 5), (23, 4, 2)]
)
def test_every_word_but_the_first_is_told_once(words, rows, length):
    x, y, real = filled_pieces(np.arange(words, dtype=np.int32), rows, length)
    assert sorted(y[real].tolist()) == list(range(1, words))
    assert (x[real] + 1).tolist() == y[real].tolist()
    assert x.shape == y.shape == real.shape == (len(x), length)
    lines = x.reshape(-1, rows, length).swapaxes(0, 1).reshape(rows, -1)
    kept = real.reshape(-1, rows, length).swapaxes(0, 1).reshape(rows, -1)
    for line, of in zip(lines, kept, strict=True):
        assert np.diff(line[of]).tolist() == [1] * (of.sum() - 1)  # a row is one stream
        assert not np.any(np.diff(of.astype(int)) > 0)  # what is filled up comes last


@pytest.mark.parametrize(("cell", "tied"), [(None, False), (CELL, False), (CELL, True)])
def test_a_piece_goes_on_where_the_one_before_ended(cell, tied):
    """Two pieces of four words give what one of eight does."""
    rng = np.random.default_rng(0)
    short, long = (language_network(length, 7, 5, cell, tied=tied) for length in (4, 8))
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


@pytest.mark.parametrize("words", [2, 4, 9, 11])  # pieces of four: short of one, two whole ones, and two and a half
def test_the_loss_of_a_stream_by_keras(words):
    network = language_network(4, 6, 5)
    model = compile_architecture(network)
    set_weights(model, network, initial_weights(network, np.random.default_rng(0)))
    ids = np.random.default_rng(1).integers(6, size=words).astype(np.int32)
    logits = compile_architecture(language_network(words - 1, 6, 5))
    logits.set_weights(model.get_weights())
    loss = keras.losses.sparse_categorical_crossentropy(ids[None, 1:], logits(ids[None, :-1]), from_logits=True)
    assert stream_loss(model, ids, 1) == pytest.approx(float(np.mean(loss)), abs=1e-5)


def test_perplexity_by_hand():
    """A network that knows nothing but how often words come: logits are its last bias, log 1, log 2, log 5."""
    network = language_network(4, 3, 5)
    weights = {id: tuple(0 * array for array in arrays) for id, arrays in initial_weights(network, RNG).items()}
    kernel, bias = weights[network.outputs[0]]
    weights[network.outputs[0]] = kernel, np.log(bias + np.array([1, 2, 5], np.float32))
    model = autonas.LanguageModel()
    model.architecture_, model.vocabulary_, model.model_ = network, ("a", "b", "c"), compile_architecture(network)
    set_weights(model.model_, network, weights)
    # after the first: c c b a c, of chances 5/8 5/8 2/8 1/8 5/8
    chances = [5 / 8, 5 / 8, 2 / 8, 1 / 8, 5 / 8]
    assert model.perplexity([0, 2, 2, 1, 0, 2]) == pytest.approx(np.prod(chances) ** (-1 / 5), rel=1e-5)
    assert model.perplexity(np.array([0, 1])) == pytest.approx(4, rel=1e-5)
    for wrong in ([1], [0, 3], [[0, 1]], [0.0, 1.0], [-1, 1]):
        with pytest.raises(DataError, match="ids must be two ids or more in a row, whole numbers from 0 to 2"):
            model.perplexity(wrong)


def test_a_cell_is_searched_resumed_and_better_than_chance(small, tmp_path):
    settings = {"base": 2, "units": 12, "length": 10, "rows": 4, "epochs": 3, "rate": 0.02, "seed": 0, "verbose": 0}
    model = autonas.LanguageModel(max_trials=2, directory=tmp_path, **settings).fit(small)
    chance = len(small.vocabulary)
    told = model.perplexity(small.test)
    assert told < chance / 3
    stored = io.BytesIO()
    joblib.dump(model, stored)
    for back in (pickle.loads(pickle.dumps(model)), joblib.load(io.BytesIO(stored.getvalue()))):
        assert back.perplexity(small.test) == pytest.approx(told, rel=1e-6)
        assert not hasattr(back, "tuner_")
    assert clone(model).get_params() == model.get_params()
    assert not hasattr(pickle.loads(pickle.dumps(clone(model))), "model_")
    trial = model.tuner_.best_trial()
    assert trial.score == pytest.approx(model.perplexity(small.validation), rel=0.1)  # in rows, or as one stream
    grown = autonas.LanguageModel(max_trials=3, directory=tmp_path, **settings).fit(small)
    assert len(grown.tuner_.oracle.trials) == 3
    assert grown.tuner_.oracle.strategy.reward == "perplexity"
    drawn = grown.tuner_.oracle.proposal("0002").drawn
    assert len(drawn.decisions) == 2 * 4 + 2
    assert math.isfinite(model.baseline(small))


def test_a_run_that_time_ends_ends_with_a_small_learning_rate(small, tmp_path, monkeypatch):
    """By a clock that goes a second a look, of 40 s and more passes than they are enough for."""
    seen, at = [], Schedule.at
    monkeypatch.setattr(Schedule, "at", lambda schedule, progress: seen.append(progress) or at(schedule, progress))
    evaluator = LanguageEvaluator(small, LanguageRecipe(epochs=50, rows=4), itertools.count().__next__)
    given = {"trial_id": "0", "folder": tmp_path, "parent_folder": None, "watch": lambda told: None}
    network = language_network(10, len(small.vocabulary), 5)
    result = evaluator.evaluate(Proposal(network), seconds=40.0, **given)
    assert result.epochs < 2
    assert seen == sorted(seen)
    assert seen[0] < 0.1 < 0.9 < seen[-1] <= 1.0


def test_embedding_and_output_share_one_matrix_that_learns(small, tmp_path):
    words, units = len(small.vocabulary), 12
    network, apart = (language_network(10, words, units, tied=tied) for tied in (True, False))
    assert network.parameters == apart.parameters - units * words - words  # no second matrix, no bias
    evaluator = LanguageEvaluator(small, LanguageRecipe(epochs=3, rows=4, rate=0.02), lambda: 0.0)
    given = {"trial_id": "0", "folder": tmp_path, "parent_folder": None, "seconds": None, "watch": lambda told: None}
    result = evaluator.evaluate(Proposal(network), **given)
    assert result.metrics["val_perplexity"] < words / 3
    model = evaluator.load(network, tmp_path)
    model.save(tmp_path / "m.keras")
    ids = small.test[None, :10]
    back = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(back.predict_on_batch(ids), model.predict_on_batch(ids), rtol=0, atol=1e-6)
    made = autonas.LanguageModel(tied=True, units=units, length=10)
    assert made._network(words, CELL).by_id["vocabulary_1"]["width"] == units


def test_what_cannot_be_is_refused(small):
    with pytest.raises(DataError, match="corpus must be long enough"):
        autonas.LanguageModel(verbose=0, rows=100).fit(small)
    with pytest.raises(DataError, match="corpus must be a Corpus"):
        autonas.LanguageModel(verbose=0).fit("a text")
    with pytest.raises(SettingError, match="oracle must be one of"):
        autonas.LanguageModel(oracle="bayesian", verbose=0, length=5, rows=4).fit(small)


def test_a_policy_of_ones_own_is_rewarded_by_perplexity(small):
    policy = Reinforce(policy=EvenPolicy())
    model = autonas.LanguageModel(
        policy, base=2, units=4, length=5, rows=4, epochs=1, max_trials=2, workers=0, verbose=0
    )
    assert model.fit(small).tuner_.oracle.strategy.reward == "perplexity"
    with pytest.raises(SettingError, match="reward must be one for losses"):
        clone(model).set_params(oracle=Reinforce(policy=EvenPolicy(), reward="cube")).fit(small)


def test_a_time_limit_holds_for_all_calls_together(small, tmp_path):
    settings = {"base": 2, "units": 4, "length": 5, "rows": 4, "epochs": 1, "workers": 0, "verbose": 0}
    model = autonas.LanguageModel("random", max_trials=2, directory=tmp_path, **settings).fit(small)
    spent = sum(sum(model.tuner_.result(name).seconds.values()) for name in model.tuner_.oracle.trials)
    again = clone(model).set_params(max_trials=50, time_limit=spent).fit(small)
    assert len(again.tuner_.oracle.trials) == 2  # nothing is left for a third
    assert again.best_trial_ == model.best_trial_


@pytest.mark.parametrize("given", [{"epochs": 2.5}, {"rows": "4"}, {"base": True}, {"units": 0}])
def test_counts_are_whole_numbers(small, given):
    with pytest.raises(SettingError, match=f"{next(iter(given))} must be an integer of at least 1"):
        autonas.LanguageModel(**given).fit(small)

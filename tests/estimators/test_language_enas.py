"""A language model's cell by ENAS: one supernet over a stream, children ranked by perplexity, the best trained."""

import dataclasses
import itertools
import pickle

import numpy as np
import pytest
import tensorflow as tf

import autonas
from autonas.arch import interpret
from autonas.data.corpus import corpus
from autonas.errors import DirectoryError, SettingError
from autonas.estimators.enas_scores import Scores
from autonas.runtime.compile import compile_architecture
from autonas.runtime.language import LanguageRecipe, stateful, stream_loss
from autonas.runtime.language_supernet import LanguageSupernet
from autonas.runtime.policy import Policy, PolicySettings
from autonas.runtime.samplers import ControllerSampler, FairSampler
from autonas.runtime.schedule import Span
from autonas.runtime.supernet import Supernet
from autonas.runtime.weights import set_weights
from autonas.search import Enas, Reinforce
from autonas.space.enas_language import LanguageCells
from autonas.space.routes import uniform
from autonas.space.superweights import child_weights

pytestmark = pytest.mark.tf


def _text(words):
    """A text in which every word tells the next one, but for a choice now and then."""
    rng, found = np.random.default_rng(0), []
    while len(found) < words:
        found += ["the", "cat", "sat", "."] if rng.random() < 0.5 else ["a", "dog", "ran", "away", "."]
    return found


CORPUS = corpus(_text(900), _text(120), _text(120))
SPACE = LanguageCells(10, len(CORPUS.vocabulary), units=12, nodes=4)
# tanh; relu over node 1; sigmoid over node 2; identity over node 1
DECISIONS = (0, 1, 1, 3, 0, 2)
RECIPE = LanguageRecipe(rows=4, rate=0.02)


def _shared():
    return LanguageSupernet(Supernet(SPACE.graph, seed=0), CORPUS, RECIPE, itertools.count().__next__)


@pytest.fixture(scope="module")
def trained():
    shared = _shared()
    shared.train(FairSampler(SPACE, 0), Span(6 * shared.per_epoch, None))
    return shared


def _child(shared, decisions):
    """Return a child with the shared weights, alone."""
    none = [np.zeros(0, np.float32)] * len(shared.net.pieces)
    network = SPACE.network(decisions)
    return network, child_weights(SPACE.graph, decisions, network, shared.net.arrays, none)


def _logits(shared, decisions, x, memory):
    route = tf.constant(decisions, tf.int32)
    return [each.numpy() for each in shared.net.go_on(x, route, shared.net.rows(route), memory)]


def test_a_child_is_a_language_model_with_dropout_around_its_cell():
    network = SPACE.network(DECISIONS)
    assert [each.op for each in network.nodes] == ["input", "embedding", "dropout", "enas_rnn", "dropout", "conv1d"]
    assert network.shapes[network.outputs[0]] == (10, len(CORPUS.vocabulary))
    assert SPACE.words(DECISIONS) == "cell 12: tanh relu(1) sigmoid(2) identity(1)"
    with pytest.raises(SettingError, match="nodes must be >= 2"):
        LanguageCells(10, 5, nodes=1)


@pytest.mark.parametrize("activation", range(4))
def test_a_child_through_the_supernet_equals_the_child_alone(trained, activation):
    decisions = (activation, *DECISIONS[1:3], (activation + 1) % 4, 2, (activation + 2) % 4)
    network, weights = _child(trained, decisions)
    x = np.random.default_rng(0).integers(len(CORPUS.vocabulary), size=(3, 10)).astype(np.int32)
    through, _ = _logits(trained, decisions, x, tf.zeros((3, 12)))
    np.testing.assert_allclose(through, interpret(network, weights, x), rtol=0, atol=1e-5)


def test_every_decision_changes_the_output(trained):
    x = CORPUS.test[:10][None]
    first, _ = _logits(trained, DECISIONS, x, tf.zeros((1, 12)))
    for place, entry in enumerate(SPACE.entries):
        other = list(DECISIONS)
        other[place] = (other[place] + 1) % entry.values
        assert np.abs(_logits(trained, other, x, tf.zeros((1, 12)))[0] - first).max() > 1e-4


def test_a_state_goes_on_in_the_supernet_as_in_the_child(trained):
    network, weights = _child(trained, DECISIONS)
    model = compile_architecture(network)
    set_weights(model, network, weights)
    reader, memory = stateful(model, 2), tf.zeros((2, 12))
    for x in np.random.default_rng(0).integers(len(CORPUS.vocabulary), size=(2, 2, 10)).astype(np.int32):
        through, memory = _logits(trained, DECISIONS, x, memory)
        np.testing.assert_allclose(through, reader.predict_on_batch(x), rtol=0, atol=1e-5)
    assert np.abs(memory).max() > 0


def test_a_score_is_minus_the_loss_that_the_child_alone_has(trained):
    network, weights = _child(trained, DECISIONS)
    model = compile_architecture(network)
    set_weights(model, network, weights)
    expected = stream_loss(model, CORPUS.validation, RECIPE.rows)
    assert trained.score(DECISIONS, trained.batches) == pytest.approx(-expected, abs=1e-5)
    assert trained.batches > 1
    first = trained.score(DECISIONS)
    assert first != pytest.approx(-expected, abs=1e-5)
    rewards = {trained.reward(DECISIONS, np.random.default_rng(seed)) for seed in range(30)}
    assert any(reward == pytest.approx(80 * np.exp(2 * first), rel=1e-4) for reward in rewards)


def test_shared_weights_learn_and_one_trace_serves_every_child(trained):
    chance = np.log(len(CORPUS.vocabulary))
    rng = np.random.default_rng(1)
    drawn = {uniform(SPACE.entries, rng) for _ in range(40)}
    assert len(drawn) > 30
    scores = [trained.score(each) for each in drawn]
    assert -np.median(scores) < chance / 2
    assert trained.traces == 2  # a training step and a score


def test_rows_that_a_child_does_not_use_stay():
    shared = _shared()
    before = shared.net.arrays
    shared.train(ControllerSampler(_Always(DECISIONS), SPACE, shared.reward, 0), Span(2, None))
    moved = [np.abs(new - old).max(axis=1) > 0 for new, old in zip(shared.net.arrays, before, strict=True)]
    # words; input, state, node 2 (reads 1), node 3 (reads 2 of 2), node 4 (reads 1 of 3); next
    assert [each.tolist() for each in moved] == [[True]] * 4 + [[False, True], [True, False, False], [True]]


class _Always:
    """A policy that always draws the same child, and has not begun to learn."""

    def __init__(self, decisions):
        self._decisions = decisions

    def sample(self, count, rng):
        return type("Drawn", (), {"decisions": np.array([self._decisions] * count)})


@pytest.mark.parametrize("sampler", ["uniform", "controller"])
def test_a_run_that_is_taken_up_goes_on_as_if_never_stopped(tmp_path, sampler):
    def make():
        shared = _shared()
        if sampler == "uniform":
            return shared, FairSampler(SPACE, 0)
        return shared, ControllerSampler(Policy(SPACE.steps, PolicySettings.enas(), seed=0), SPACE, shared.reward, 0)

    whole, sampling = make()
    whole.train(sampling, Span(30, None), watch=lambda progress: whole.save(tmp_path / "s.npz", sampling))  # at step 20
    again, drawing = make()
    again.load(tmp_path / "s.npz", drawing)
    assert again.progress.step == 20
    again.train(drawing, Span(30, None))
    for a, b in zip(whole.net.arrays, again.net.arrays, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)
    (tmp_path / "s.npz").write_bytes(b"no")
    with pytest.raises(DirectoryError):
        make()[0].load(tmp_path / "s.npz", drawing)


SETTINGS = {"units": 12, "length": 10, "rows": 4, "epochs": 2, "rate": 0.02, "seed": 0, "verbose": 0}
ENAS = Enas(cells="rnn", nodes=3, children=12, top=2)


def test_a_cell_is_derived_resumed_and_a_finished_language_model(tmp_path):
    model = autonas.LanguageModel(ENAS, directory=tmp_path, max_trials=1, **SETTINGS).fit(CORPUS)
    told = model.perplexity(CORPUS.test)
    assert told < len(CORPUS.vocabulary) / 3
    assert "enas_rnn" in {each.op for each in model.architecture_.nodes}
    assert pickle.loads(pickle.dumps(model)).perplexity(CORPUS.test) == pytest.approx(told, rel=1e-6)
    files = {name: (tmp_path / "search" / "enas" / name) for name in ("supernet.npz", "scores.json", "children.json")}
    times = {name: path.stat().st_mtime_ns for name, path in files.items()}
    grown = autonas.LanguageModel(ENAS, directory=tmp_path, max_trials=2, **SETTINGS).fit(CORPUS)
    assert len(grown.tuner_.oracle.trials) == 2
    assert {name: path.stat().st_mtime_ns for name, path in files.items()} == times  # nothing was done twice
    model.model_.save(tmp_path / "m.keras")
    assert (tmp_path / "m.keras").stat().st_size > 0
    with pytest.raises(DirectoryError, match="another search"):
        autonas.LanguageModel("random", directory=tmp_path, **SETTINGS).fit(CORPUS)


def test_a_search_that_is_ended_while_it_ranks_goes_on_there(tmp_path, monkeypatch):
    add, ranked = Scores.add, []

    def ended(scores, child, score, guided):
        if len(ranked) == 5:
            scores.keep()  # as it does now and then
            raise KeyboardInterrupt
        ranked.append(child)
        add(scores, child, score, guided)

    monkeypatch.setattr(Scores, "add", ended)
    with pytest.raises(KeyboardInterrupt):
        autonas.LanguageModel(ENAS, directory=tmp_path, max_trials=1, **SETTINGS).fit(CORPUS)
    steps = []
    monkeypatch.setattr(LanguageSupernet, "_moved", lambda *given: steps.append(given))
    monkeypatch.setattr(Scores, "add", lambda *given: (ranked.append(given[1]), add(*given)))
    model = autonas.LanguageModel(ENAS, directory=tmp_path, max_trials=1, **SETTINGS).fit(CORPUS)
    assert steps == []  # shared weights are not trained again
    assert len(ranked) == len(set(ranked)) == ENAS.children  # and no child is ranked twice
    assert model.perplexity(CORPUS.test) < len(CORPUS.vocabulary) / 3


@pytest.mark.slow
def test_children_train_in_processes_from_the_supernets_weights(tmp_path):
    settings = {**SETTINGS, "directory": tmp_path, "max_trials": 2, "workers": 2}
    model = autonas.LanguageModel("enas", **{**settings, "epochs": 3}).fit(CORPUS)
    assert [trial.status for trial in model.tuner_.oracle.trials.values()] == ["COMPLETED"] * 2
    assert model.perplexity(CORPUS.test) < len(CORPUS.vocabulary) / 3


def test_trials_start_from_the_supernet_or_from_scratch(tmp_path, monkeypatch):
    """With no step of its own a trial of the supernet's weights is better than chance; one from scratch is not."""
    told = {}
    monkeypatch.setattr("autonas.runtime.language.Schedule.at", lambda schedule, progress: 0.0)
    monkeypatch.setattr("autonas.runtime.language_supernet.Schedule", lambda rate: Constant())
    for start in ("supernet", "scratch"):
        enas = dataclasses.replace(ENAS, start_from=start, children=4, top=1)
        model = autonas.LanguageModel(enas, directory=tmp_path / start, max_trials=1, **SETTINGS).fit(CORPUS)
        told[start] = model.perplexity(CORPUS.validation)
    assert told["supernet"] < len(CORPUS.vocabulary) / 2
    assert told["scratch"] > len(CORPUS.vocabulary) / 2


class Constant:
    """A learning rate that stays."""

    def at(self, progress):
        return 0.02


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"oracle": "enas", "tied": True}, "tied must be False with oracle='enas'"),
        ({"oracle": "enas", "base": 4}, "base must be left out with oracle='enas'"),
        ({"oracle": Enas()}, "cells must be 'rnn' for a language model"),
        ({"oracle": Reinforce(decides="transformations")}, "decides must be 'networks' for a language model"),
    ],
)
def test_what_cannot_be_done_is_refused(settings, said, tmp_path):
    with pytest.raises(SettingError, match=said):
        autonas.LanguageModel(**{**SETTINGS, **settings}, directory=tmp_path).fit(CORPUS)
    assert not any(tmp_path.iterdir())

"""``oracle="rl"``: networks that a policy writes, searched, resumed and exported as any others."""

import dataclasses

import keras
import numpy as np
import pytest

import autonas
from autonas.errors import ExportError, SettingError
from autonas.estimators import designs
from autonas.estimators.recipes import ORACLES
from autonas.morph import DenseLayer
from autonas.runtime.policy import Policy, PolicySettings, TaughtPolicy
from autonas.runtime.policy.taught import FILE
from autonas.search import Growth, Reinforce
from tests.estimators.small import Spy

pytestmark = pytest.mark.tf


@pytest.fixture(autouse=True)
def _shallow(monkeypatch):
    """Two layers at most, which are traced in a moment."""
    monkeypatch.setattr(designs, "LAYERS", 2)
    monkeypatch.setattr(designs, "FIRST_LAYERS", 1)


@pytest.fixture
def fit(images, labels):
    """Fit for one epoch a run; return the estimator and how many runs that took."""

    def _fit(**settings):
        clf = autonas.ImageClassifier(**{"oracle": "rl", "seed": 0, "verbose": 0, **settings})
        spy = Spy()
        return clf.fit(images, labels, epochs=1, callbacks=[spy]), spy.runs

    return _fit


def test_a_policy_writes_networks_and_learns_from_their_scores(fit, images, tmp_path, monkeypatch):
    rewards = []
    learn = Policy.learn
    monkeypatch.setattr(Policy, "learn", lambda self, rows, R, *more: rewards.extend(R) or learn(self, rows, R, *more))
    clf, runs = fit(max_trials=4, directory=tmp_path)
    assert runs == 4 + 1
    rows = {row.trial: row for row in clf.leaderboard()}
    assert {row.status for row in rows.values()} <= {"completed", "stopped early"}
    assert all(row.parent is None for row in rows.values())
    drawn = [clf.tuner_.oracle.proposal(trial).drawn for trial in sorted(rows)]
    assert drawn[0] is None  # the starter
    assert all(len(each.decisions) == 3 + 3 + 1 for each in drawn[1:])
    assert all(each.log_probability < 0 for each in drawn[1:])
    # The fourth's reward is told, and learnt when the next network is asked for.
    assert rewards == pytest.approx([rows[trial].score ** 3 for trial in ("0001", "0002")])
    assert (tmp_path / "search" / FILE).is_file()
    path = clf.export(tmp_path / "model.keras")
    exported = keras.models.load_model(path).predict(images, verbose=0)
    np.testing.assert_allclose(exported, clf.predict_proba(images), rtol=0, atol=1e-5)


@pytest.mark.slow
def test_a_search_goes_on_where_its_policy_was(fit, tmp_path, monkeypatch):
    fit(max_trials=3, directory=tmp_path / "broken")
    lessons = []
    learn = Policy.learn
    monkeypatch.setattr(Policy, "learn", lambda self, *each: lessons.append(each) or learn(self, *each))
    grown, runs = fit(max_trials=4, directory=tmp_path / "broken")
    assert runs == 2  # the fourth trial and finishing
    assert len(lessons) == 1  # that of the third: the second's was read
    whole, _ = fit(max_trials=4, directory=tmp_path / "whole")
    for trial in ("0001", "0002", "0003"):
        assert grown.tuner_.oracle.proposal(trial) == whole.tuner_.oracle.proposal(trial)


@pytest.mark.slow
def test_settings_of_ones_own(fit):
    mine = dataclasses.replace(ORACLES["rl"].strategy, growth=Growth(start=1, by=1, every=2))
    clf, _ = fit(oracle=mine, max_trials=3)
    depth = [
        sum(n.op.endswith("conv") for n in p.architecture.nodes)
        for p in map(clf.tuner_.oracle.proposal, ("0001", "0002"))
    ]
    assert depth == [1, 2]


def test_bounds_of_the_user(fit):
    clf, _ = fit(max_trials=3, max_params=3000)
    assert max(row.parameters for row in clf.leaderboard()) <= 3000


def test_tables_are_not_written():
    x, y = np.random.default_rng(0).random((40, 3)), np.arange(40) % 2
    with pytest.raises(SettingError, match=r"oracle must be one that searches networks for table.*Received: 'rl'"):
        autonas.StructuredDataClassifier(oracle="rl", max_trials=1, verbose=0).fit(x, y)


def test_a_policy_transforms_one_network_with_its_weights(fit, images, tmp_path):
    clf, runs = fit(oracle="eas", max_trials=2)
    assert runs == 2 + 1
    start, grown = (clf.tuner_.oracle.proposal(trial) for trial in ("0000", "0001"))
    assert (start.parent, grown.parent) == (None, "0000")
    assert grown.architecture.parameters > start.architecture.parameters
    assert clf.tuner_.oracle.strategy.reward == "tangent"
    assert not clf.tuner_.evaluator._stop_hopeless  # its rewards are those of whole runs
    row = next(row for row in clf.leaderboard() if row.trial == "0001")
    assert row.cumulative_epochs > row.epochs  # it went on from the start network's weights
    clf.export(tmp_path / "eas.keras", format="keras")
    exported = keras.models.load_model(tmp_path / "eas.keras")
    np.testing.assert_allclose(exported.predict(images, verbose=0), clf.predict_proba(images), rtol=0, atol=1e-5)


def test_a_start_network_leaves_room_within_the_users_bound(fit):
    mine = Reinforce(policy=TaughtPolicy(PolicySettings(units=4)), decides="transformations")
    clf, _ = fit(oracle=mine, max_trials=4, max_params=20_000)
    assert clf.tuner_.oracle.strategy.reward == "tangent"
    start, *grown = (clf.tuner_.oracle.proposal(f"{number:04}") for number in range(4))
    assert start.architecture.parameters < 20_000 / 4
    assert [each.parent for each in grown] == ["0000"] * 3
    assert all(each.architecture.parameters <= 20_000 for each in grown)


def test_a_policy_writes_recurrent_cells_for_texts(tmp_path, monkeypatch):
    monkeypatch.setattr(designs, "BASE", 2)
    rng = np.random.default_rng(0)
    words = [["good", "fine", "great"], ["bad", "poor", "dull"]]
    y = np.arange(60) % 2
    x = [" ".join(rng.choice([*words[label], "film", "the", "was"], 6)) for label in y]
    clf = autonas.TextClassifier(oracle="rl", max_trials=2, seed=0, verbose=0).fit(x, y, epochs=1)
    networks = [clf.tuner_.oracle.proposal(trial).architecture for trial in ("0000", "0001")]
    cells = [next(each for each in network.nodes if each.op == "tree_rnn") for network in networks]
    assert cells[0]["nodes"] == ("add tanh",) * 3
    assert cells[1].attrs != cells[0].attrs
    path = clf.export(tmp_path / "served", format="tf_saved_model")
    assert path.is_dir()
    with pytest.raises(ExportError, match="TreeCell"):
        clf.export(tmp_path / "model.keras")
    clf.save(tmp_path / "clf.autonas")
    again = autonas.load(tmp_path / "clf.autonas")
    np.testing.assert_allclose(again.predict_proba(x), clf.predict_proba(x), rtol=0, atol=1e-6)


@pytest.mark.slow
def test_a_policy_transforms_a_densenet(fit):
    clf, _ = fit(oracle="eas-densenet", max_trials=2)
    start, grown = (clf.tuner_.oracle.proposal(trial) for trial in ("0000", "0001"))
    assert grown.parent == "0000"
    assert len(list(DenseLayer.legal(grown.architecture))) == len(list(DenseLayer.legal(start.architecture))) + 3

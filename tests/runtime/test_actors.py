"""EAS's policy: an encoder of networks, a wider and a deeper actor; NumPy and Keras are one, and it learns."""

import dataclasses

import numpy as np
import pytest

from autonas.arch.starters import dense_cnn, plain_cnn
from autonas.errors import SettingError
from autonas.runtime.policy import Policy, PolicySettings, TaughtPolicy
from autonas.runtime.policy.actors import ActorBody
from autonas.runtime.policy.network import PolicyNetwork
from autonas.search import Reinforce, run
from autonas.search.lesson import Lesson
from autonas.space import TransformSpace
from autonas.space.transforms import BLOCKS, L
from autonas.testing import check_strategy

pytestmark = pytest.mark.tf
SETTINGS = PolicySettings(units=6, init=0.5, learning_rate=0.02)


@pytest.fixture(scope="module")
def space():
    start = plain_cnn((8, 8, 1), 3, width=4)
    return TransformSpace(start, levels=(4, 6, 8, 12, 16, 24), units=(16, 24, 32), wider=2, deeper=2)


def test_the_network_says_what_the_walk_says(space):
    policy = Policy(ActorBody(space), SETTINGS, seed=1)
    drawn = policy.sample(6, np.random.default_rng(0))
    again = policy.judge(drawn.decisions)
    np.testing.assert_allclose(drawn.by_decision, again.by_decision, rtol=0, atol=1e-6)
    network = PolicyNetwork(policy.body, SETTINGS)
    network.assign(policy.arrays(), {})
    terms = np.asarray(network.model.predict_on_batch(policy.body.encode(drawn.decisions)))
    steps = terms.reshape(6, 4, 3)  # two wider steps and two deeper ones
    np.testing.assert_allclose(steps[:, :, 0].sum(axis=1), drawn.log_probabilities, rtol=0, atol=1e-4)
    np.testing.assert_allclose(steps[:, :, 1].sum(axis=1), drawn.entropies, rtol=0, atol=1e-4)
    np.testing.assert_array_equal(policy.body.rows(drawn.decisions), np.repeat(np.arange(6), 4))


def test_a_densenet_is_read_and_transformed():
    space = TransformSpace(dense_cnn((8, 8, 1), 3, width=2), levels=(2, 3, 4, 6), wider=1, deeper=2)
    policy = Policy(ActorBody(space), SETTINGS, seed=1)
    drawn = policy.sample(4, np.random.default_rng(0))
    assert np.all(drawn.decisions[:, [L + 2, L + 5]] == -1)  # windows have no size
    network = PolicyNetwork(policy.body, SETTINGS)
    network.assign(policy.arrays(), {})
    terms = np.asarray(network.model.predict_on_batch(policy.body.encode(drawn.decisions))).reshape(4, 3, 3)
    np.testing.assert_allclose(terms[:, :, 0].sum(axis=1), drawn.log_probabilities, rtol=0, atol=1e-4)


def test_masks_hold(space):
    """No pool is widened, nothing beyond the end of a list, no window in the dense block, no conv in it."""
    drawn = Policy(ActorBody(space), SETTINGS, seed=1).sample(40, np.random.default_rng(0)).decisions
    kinds = [each == "pool" for each in ["conv", "pool", "conv", "pool", "conv", "pool", "dense"]]
    for step in range(2):
        bits = drawn[:, step * L : (step + 1) * L]
        assert np.all(bits[:, :7][:, kinds] == -1)
        assert np.all(bits[:, 7:] == -1)
    for begin in (2 * L, 2 * L + 3):
        block, place, window = drawn[:, begin : begin + 3].T
        assert set(block) == {0, 1, 2, 3}
        assert np.all((window == -1) == (block == 3))
        assert np.all(place >= 0)
    with pytest.raises(SettingError, match=r"decisions must be an array \(n, 106\)"):
        Policy(ActorBody(space), SETTINGS).judge(drawn[:, :5])


def test_it_learns_what_pays(space):
    """A reward for layers that are wide and few: yes to the wider actor at every layer."""
    policy = Policy(ActorBody(space), SETTINGS)
    rng = np.random.default_rng(0)
    share = []
    for _ in range(25):
        drawn = policy.sample(8, rng)
        bits = drawn.decisions[:, : 2 * L]
        yes = np.array([row[row >= 0].mean() for row in bits])
        share.append(yes.mean())
        policy.learn(drawn.decisions, yes, drawn.log_probabilities)
    assert np.mean(share[-5:]) > np.mean(share[:5]) + 0.2


def test_lessons_of_other_bounds_are_judged_and_taken_up(space, tmp_path, monkeypatch):
    """A search that goes on with another time limit: what was left out is left out, and its arrays are read."""
    bounded = dataclasses.replace(space, max_parameters=space.start.parameters + 400)
    policy = TaughtPolicy(SETTINGS).kept_in(tmp_path)
    drawn = policy.after(bounded, ()).sample(6, np.random.default_rng(0))
    assert np.any(drawn.decisions[:, : 2 * L] == 2)
    for other in (space, dataclasses.replace(space, max_parameters=space.start.parameters)):
        again = TaughtPolicy(SETTINGS).after(other, ()).judge(drawn.decisions)
        np.testing.assert_array_equal(again.decisions, drawn.decisions)
        np.testing.assert_allclose(again.by_decision, drawn.by_decision, rtol=0, atol=1e-6)
    rows = map(tuple, drawn.decisions.tolist())
    lessons = tuple(Lesson(row, 0.1, float(log)) for row, log in zip(rows, drawn.log_probabilities, strict=True))
    policy.after(bounded, lessons)
    taught = []
    learn = Policy.learn
    monkeypatch.setattr(Policy, "learn", lambda self, *each: taught.append(each) or learn(self, *each))
    TaughtPolicy(SETTINGS).kept_in(tmp_path).after(space, lessons)
    assert not taught


def test_the_network_reads_what_was_left_out_as_the_walk_does(space):
    bounded = dataclasses.replace(space, max_parameters=space.start.parameters + 400)
    policy = Policy(ActorBody(bounded), SETTINGS, seed=1)
    drawn = policy.sample(6, np.random.default_rng(0))
    network = PolicyNetwork(policy.body, SETTINGS)
    network.assign(policy.arrays(), {})
    terms = np.asarray(network.model.predict_on_batch(policy.body.encode(drawn.decisions))).reshape(6, 4, 3)
    np.testing.assert_allclose(terms[:, :, 0].sum(axis=1), drawn.log_probabilities, rtol=0, atol=1e-4)
    assert drawn.decisions[:, 2 * L :: 3].max() >= BLOCKS


def test_the_contract(space):
    check_strategy(Reinforce(policy=TaughtPolicy(SETTINGS, batch=2), bunches=(2, 8)), space)


def test_children_inherit_from_the_start_network(space):
    found = run(Reinforce(policy=TaughtPolicy(SETTINGS), bunches=(2,)), space, lambda each: 0.5, 5).history
    assert [each.proposal.parent for each in found] == [None, *["0000"] * 4]

"""The policy room: what is sampled, what is learnt, and that the walk in NumPy and the network in Keras are one."""

import itertools

import numpy as np
import pytest

from autonas.errors import SettingError
from autonas.runtime.policy import Policy, PolicySettings
from autonas.runtime.policy.layout import Layout
from autonas.runtime.policy.network import PolicyNetwork
from autonas.space.tokens import Choice, Skips

STEPS = (Choice("op", 3), Skips(), Choice("op", 3), Choice("size", 2), Skips(), Choice("op", 2), Skips())
SQUASHED = PolicySettings(units=8, init=0.8, temperature=2.0, tanh_constant=2.5)


def everything():
    """All that can be decided in STEPS."""
    limits = [3, 3, 2, 2, 2, 2, 2]
    return np.array(list(itertools.product(*map(range, limits))))


def test_probabilities_of_all_sequences_sum_to_one():
    judged = Policy(STEPS, SQUASHED, seed=1).judge(everything())
    assert np.exp(judged.log_probabilities.astype(float)).sum() == pytest.approx(1, abs=1e-5)


def test_what_is_sampled_is_as_frequent_as_it_is_likely():
    policy = Policy(STEPS, SQUASHED, seed=1)
    drawn = policy.sample(40_000, np.random.default_rng(0))
    rows, counts = np.unique(drawn.decisions, axis=0, return_counts=True)
    expected = 40_000 * np.exp(policy.judge(rows).log_probabilities)
    assert np.all(np.abs(counts - expected) < 6 * np.sqrt(expected + 1))  # six sigma of a count
    entropy = -drawn.log_probabilities.mean()
    assert drawn.entropies.mean() == pytest.approx(entropy, abs=0.05)


def test_sampling_says_what_judging_says():
    policy = Policy(STEPS, SQUASHED)
    drawn = policy.sample(50, np.random.default_rng(3))
    judged = policy.judge(drawn.decisions)
    np.testing.assert_allclose(drawn.by_decision, judged.by_decision, rtol=0, atol=1e-6)
    np.testing.assert_allclose(drawn.entropies, judged.entropies, rtol=0, atol=1e-5)


def test_the_seed_decides():
    one, same, other = (Policy(STEPS, seed=seed).sample(20, np.random.default_rng(0)) for seed in (0, 0, 1))
    assert np.array_equal(one.decisions, same.decisions)
    assert not np.array_equal(one.by_decision, other.by_decision)


def test_kinds_share_and_fewer_options_are_the_first():
    layout = Layout(STEPS)
    assert layout.offsets == {"op": 0, "size": 3}
    assert layout.options == 5
    assert layout.allowed[5].tolist() == [1, 1, 0, 0, 0]  # two ops only
    drawn = Policy(STEPS, SQUASHED).sample(500, np.random.default_rng(0)).decisions
    assert drawn.shape == (500, 7)
    assert drawn[:, 4].max() == 1


def test_a_shorter_sequence_is_one_without_the_rest():
    policy = Policy(STEPS, SQUASHED)
    drawn = policy.sample(30, np.random.default_rng(0), steps=4)
    assert np.all(drawn.decisions[:, 3:] == -1)
    assert np.all(drawn.decisions[:, :3] >= 0)
    rest = policy.judge(policy.sample(30, np.random.default_rng(0)).decisions).by_decision[:, :3]
    np.testing.assert_allclose(policy.judge(drawn.decisions).by_decision[:, :3], rest, atol=1e-6)
    assert np.all(policy.judge(drawn.decisions).by_decision[:, 3:] == 0)


@pytest.mark.parametrize("rows", [[[0, 0]], [[3, 0, 0, 0, 0, 0, 0]], [[0, 0, 0, 2, 0, 0, 0]]])
def test_decisions_that_cannot_be_are_refused(rows):
    with pytest.raises(SettingError, match=r"decisions must be an array \(n, 7\)"):
        Policy(STEPS).judge(rows)


def test_rewards_must_be_finite():
    policy = Policy(STEPS)
    with pytest.raises(SettingError, match="Leave failed trials out"):
        policy.learn(everything()[:2], [0.5, np.nan])


def test_settings_are_checked():
    with pytest.raises(SettingError, match="skip_prior must be between 0 and 1"):
        PolicySettings(skip_prior=1.0)
    with pytest.raises(SettingError, match="one decision at least"):
        Policy((Skips(),))


@pytest.mark.tf
class TestLearning:
    def test_the_network_says_what_the_walk_says(self):
        """Two computations of one policy: log-probability and entropy agree, for short sequences too."""
        policy = Policy(STEPS, SQUASHED, seed=2)
        short = policy.sample(10, np.random.default_rng(1), steps=4).decisions
        rows = np.concatenate([policy.sample(20, np.random.default_rng(0)).decisions, short])
        network = PolicyNetwork(policy.body, policy.settings)
        network.assign(policy.arrays(), {})
        terms = np.asarray(network.model.predict_on_batch(policy.body.encode(rows)))
        judged = policy.judge(rows)
        np.testing.assert_allclose(terms[:, 0], judged.log_probabilities, rtol=0, atol=1e-5)
        np.testing.assert_allclose(terms[:, 1], judged.entropies, rtol=0, atol=1e-5)

    def test_a_step_moves_probability_as_the_advantage_says(self):
        policy = Policy(STEPS, PolicySettings(units=8, learning_rate=0.01))
        rows = everything()[[3, 40]]
        before = policy.judge(rows).log_probabilities
        policy.learn(rows, [1.0, 0.0])  # baseline: the mean, 0.5
        gained = policy.judge(rows).log_probabilities - before
        assert gained[0] > 0.01
        assert gained[0] > gained[1] + 0.01  # Adam moves what both share too

    def test_the_gradient_is_reinforce_s(self):
        """(1/m) sum over the batch of (R - b) grad log pi, by finite differences."""
        settings = PolicySettings(units=4, layers=1, init=0.5)
        policy = Policy((Choice("op", 3), Skips(), Choice("op", 3), Skips()), settings)
        rows, A = np.array([[0, 1, 1], [2, 0, 0], [1, 1, 0]]), np.array([0.4, -1.0, 0.3], np.float32)
        network = PolicyNetwork(policy.body, settings)
        network.assign(policy.arrays(), {})
        loss = network.train(rows, A)
        assert loss == pytest.approx(-np.mean(A * policy.judge(rows).log_probabilities), abs=1e-6)
        moved = {name: network.weights()[name] - policy.arrays()[name] for name in network.weights()}
        for name, index in (("head", (0, 1)), ("score", (2, 0)), ("embedding", (0, 3)), ("kernel_0", (1, 9))):
            values = []
            for sign in (1, -1):
                arrays = {key: each.copy() for key, each in policy.arrays().items()}
                arrays[name][index] += sign * 1e-2
                other = Policy(policy.body, settings)
                other.restore(arrays)
                values.append(np.mean(A * other.judge(rows).log_probabilities))
            # Adam's first step has the size of the learning rate and the gradient's sign.
            assert np.sign(moved[name][index]) == np.sign(values[0] - values[1])

    def test_the_baseline_is_of_previous_rewards(self):
        policy = Policy(STEPS, PolicySettings(units=4, baseline_rate=0.5))
        rows = everything()[:2]
        policy.learn(rows, [1.0, 3.0])
        assert policy.baseline == 2.0
        before = policy.judge(rows).log_probabilities
        policy.learn(rows, [4.0, 4.0])  # both above the baseline of 2 from before
        assert policy.baseline == 3.0
        assert np.all(policy.judge(rows).log_probabilities > before)

    def test_the_baseline_of_eas_moves_first(self):
        policy = Policy(STEPS, PolicySettings(units=4, baseline_rate=0.95, baseline_first=True))
        policy.learn(everything()[:1], [1.0])
        assert policy._subtracted(np.array([2.0])) == pytest.approx(0.05 * 1 + 0.95 * 2)

    def test_importance_is_clipped(self):
        policy = Policy(STEPS, PolicySettings(units=4, clip=2.0))
        rows = everything()[:3]
        now = policy.judge(rows).log_probabilities
        weights = policy._importance(rows, now + np.log([1.0, 4.0, 0.1]))  # sampled as likely, 4 times, a tenth
        np.testing.assert_allclose(weights, [1.0, 0.25, 2.0], rtol=1e-5)

    def test_the_divergence_draws_the_share_of_skips_to_its_prior(self):
        policy = Policy(STEPS, PolicySettings(units=8, learning_rate=0.02, skip_prior=0.1, skip_weight=1.0))
        rows = everything()[:4]
        for _ in range(60):
            policy.learn(rows, [1.0] * 4)  # no advantage: the penalty alone
        bits = policy.sample(2000, np.random.default_rng(0)).decisions[:, [3, 5, 6]]
        assert bits.mean() == pytest.approx(0.1, abs=0.04)  # from 0.5

    def test_entropy_is_worth_something(self):
        settings = PolicySettings(units=8, learning_rate=0.05, init=0.8, temperature=0.2, entropy_weight=1.0)
        policy = Policy(STEPS, settings)
        before = policy.sample(200, np.random.default_rng(0)).entropies.mean()
        for _ in range(20):
            policy.learn(everything()[:4], [1.0] * 4)
        assert policy.sample(200, np.random.default_rng(0)).entropies.mean() > before + 0.2  # ln 288 = 5.66 at most

    def test_arrays_hold_everything(self):
        """A policy that goes on from its arrays ends where one that was never interrupted does."""
        rows, settings = everything()[:4], PolicySettings(units=4, learning_rate=0.01)
        whole, first = Policy(STEPS, settings), Policy(STEPS, settings)
        second = Policy(STEPS, settings, seed=9)
        for number in range(3):
            whole.learn(rows, [number, 1, 2, 3])
            first.learn(rows, [number, 1, 2, 3])
        second.learn(rows, [5, 5, 1, 1])  # what it had learnt is gone
        second.restore(first.arrays())
        for each in (whole, second):
            each.learn(rows, [0, 1, 0, 1])
        assert whole.baseline == second.baseline
        np.testing.assert_array_equal(whole.judge(rows).by_decision, second.judge(rows).by_decision)

    def test_arrays_of_another_policy_are_refused(self):
        with pytest.raises(SettingError, match="Use those of the same policy"):
            Policy(STEPS).restore(Policy(STEPS, PolicySettings(units=4)).arrays())

"""The policy that a strategy holds: the contract, what it finds, and what is left of it after a kill."""

import dataclasses
import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from autonas.errors import SettingError
from autonas.runtime.policy import Policy, PolicySettings, TaughtPolicy
from autonas.runtime.policy.taught import FILE
from autonas.search import Reinforce, run
from autonas.search.lesson import Lesson
from autonas.space import chain
from autonas.space.table import choices_of
from autonas.testing import check_exhaustion, check_strategy

pytestmark = pytest.mark.tf
SETTINGS = PolicySettings(units=16, layers=1, learning_rate=0.05)


def _strings(length=6, letters="abc", sign=1.0):
    """Strings that are the better the more of their letters are those of ``cab cab ...``."""
    names = ["".join(each) for each in itertools.product(letters, repeat=length)]
    right = {name: sum(a == b for a, b in zip(name, itertools.cycle("cab"), strict=False)) for name in names}
    return chain({name: (sign * (right[name] + at / len(names) / 10), 0.0) for at, name in enumerate(names)})


def _lessons(count):
    rng = np.random.default_rng(0)
    return tuple(Lesson(tuple(map(int, rng.integers(3, size=6))), float(rng.random()), -6.6) for _ in range(count))


def test_the_contract():
    check_strategy(Reinforce(policy=TaughtPolicy(SETTINGS, batch=2), reward="plain"), _strings(4))


def test_a_space_is_exhausted():
    check_exhaustion(Reinforce(policy=TaughtPolicy(SETTINGS, batch=3), reward="plain"), _strings(2), 9)


@pytest.mark.parametrize(("sign", "seeds"), [(1.0, 20), (-1.0, 8)])
def test_the_best_is_found_and_with_the_reward_turned_it_is_not(sign, seeds):
    """256 networks, 60 trials: random search finds the best in a quarter of the runs."""
    space, policy = _strings(4, "abcd"), TaughtPolicy(SETTINGS)
    best = max(space.names, key=lambda name: space.rows[name][0])
    found = 0
    for seed in range(seeds):
        played = run(Reinforce(policy=policy, reward="plain"), space, lambda each: sign * space.signal(each), 60, seed)
        found += best in [choices_of(each.proposal.architecture) for each in played.history]
    assert found == seeds if sign > 0 else found <= 2


def test_what_is_learnt_is_taken_up_from_its_file(tmp_path, monkeypatch):
    steps, lessons = _strings().steps, _lessons(7)
    kept = TaughtPolicy(SETTINGS, batch=2).kept_in(tmp_path)
    whole = kept.sample(steps, lessons, 5, np.random.default_rng(0))
    taught = []
    learn = Policy.learn
    monkeypatch.setattr(Policy, "learn", lambda self, *each: taught.append(each) or learn(self, *each))
    again = TaughtPolicy(SETTINGS, batch=2).kept_in(tmp_path).sample(steps, lessons, 5, np.random.default_rng(0))
    assert not taught
    for one, other in zip(whole, again, strict=True):
        np.testing.assert_array_equal(one, other)
    replayed = TaughtPolicy(SETTINGS, batch=2).sample(steps, lessons, 5, np.random.default_rng(0))
    assert len(taught) == 3  # batches of two; the seventh lesson waits
    np.testing.assert_array_equal(whole[0], replayed[0])


def test_a_file_that_is_behind_is_taught_the_rest(tmp_path):
    steps, lessons = _strings().steps, _lessons(8)
    policy = TaughtPolicy(SETTINGS, batch=2)
    policy.kept_in(tmp_path).after(steps, lessons[:4])
    late = dataclasses.replace(policy).kept_in(tmp_path).after(steps, lessons)
    straight = TaughtPolicy(SETTINGS, batch=2).after(steps, lessons)
    rows = np.array([each.decisions for each in lessons])
    np.testing.assert_array_equal(late.judge(rows).by_decision, straight.judge(rows).by_decision)


@pytest.mark.parametrize("damage", ["other lessons", "other settings", "cut", "empty"])
def test_a_file_of_something_else_is_no_shortcut(tmp_path, damage):
    steps, lessons = _strings().steps, _lessons(4)
    settings = dataclasses.replace(SETTINGS, clip=3.0) if damage == "other settings" else SETTINGS
    taught = (*lessons[:2], *_lessons(6)[4:]) if damage == "other lessons" else lessons
    TaughtPolicy(settings, batch=2).kept_in(tmp_path).after(steps, taught)
    file = tmp_path / FILE
    if damage in ("cut", "empty"):
        file.write_bytes(file.read_bytes()[: 1000 if damage == "cut" else 0])
    rows = np.array([each.decisions for each in lessons])
    found = TaughtPolicy(SETTINGS, batch=2).kept_in(tmp_path).after(steps, lessons).judge(rows)
    np.testing.assert_array_equal(
        found.by_decision, TaughtPolicy(SETTINGS, batch=2).after(steps, lessons).judge(rows).by_decision
    )


def test_a_policy_of_each_search_begins_with_weights_of_its_own():
    steps = _strings().steps
    begun = [TaughtPolicy(SETTINGS).seeded(seed).after(steps, ()).arrays() for seed in (0, 1, 1)]
    assert any(np.any(begun[0][name] != begun[1][name]) for name in begun[0])
    for name, array in begun[1].items():
        np.testing.assert_array_equal(array, begun[2][name])


def test_what_is_learnt_in_one_thread_goes_on_in_another():
    steps, lessons = _strings().steps, _lessons(6)
    policy, straight = TaughtPolicy(SETTINGS), TaughtPolicy(SETTINGS).after(steps, lessons)
    with ThreadPoolExecutor(1) as other:
        for count in range(1, 7):  # here and there in turn
            given = steps, lessons[:count]
            learnt = policy.after(*given) if count % 2 else other.submit(policy.after, *given).result()
    for name, array in straight.arrays().items():
        np.testing.assert_allclose(learnt.arrays()[name], array, rtol=1e-5, atol=1e-7)


def test_where_it_lives_is_no_setting(tmp_path):
    assert TaughtPolicy().kept_in(tmp_path) == TaughtPolicy()
    assert str(tmp_path) not in repr(TaughtPolicy().kept_in(tmp_path))
    with pytest.raises(SettingError, match="batch must be >= 1"):
        TaughtPolicy(batch=0)


def test_a_reward_moves_the_baseline_once_however_often_it_is_learnt_from():
    steps, lessons = _strings().steps, _lessons(6)
    once, thrice = (TaughtPolicy(SETTINGS, batch=2, passes=passes).after(steps, lessons) for passes in (1, 3))
    assert thrice.baseline == once.baseline
    means = np.reshape([each.reward for each in lessons], (3, 2)).mean(axis=1)
    expected = means[0]
    for mean in means[1:]:  # b + r (mean - b), a batch at a time
        expected += SETTINGS.baseline_rate * (mean - expected)
    assert once.baseline == pytest.approx(expected)
    rows = np.array([each.decisions for each in lessons])
    assert not np.allclose(once.judge(rows).by_decision, thrice.judge(rows).by_decision)
    assert thrice.arrays()["adam_0"] == 9  # gradient steps: three passes of three batches


def test_a_late_reward_counts_by_what_has_become_of_its_network():
    """A network that was sampled twice as likely as it is now teaches half."""
    steps = _strings().steps
    policy = TaughtPolicy(SETTINGS, batch=2)
    decisions = np.array([(0,) * 6, (1,) * 6])
    now = policy.after(steps, ()).judge(decisions).log_probabilities
    first = Lesson((1,) * 6, 0.0, float(now[1]))
    moved = []
    for sampled in (now[0], now[0] + np.log(2)):
        taught = policy.after(steps, (Lesson((0,) * 6, 1.0, float(sampled)), first))
        moved.append(taught.arrays()["adam_4"].copy())  # a first moment: proportional to the gradient
    assert not np.allclose(moved[0], moved[1])

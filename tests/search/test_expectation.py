"""What a search expects: the same to the last bit, whether it was kept up or built anew; and what makes it anew."""

import numpy as np
import pytest

from autonas.search import Observation, Proposal, RandomSearch
from autonas.search import expectation as room
from autonas.search.expectation import expectation, learnt_from


@pytest.fixture(autouse=True)
def forgetful():
    room._MEMORY.clear()


@pytest.fixture
def histories(morphisms, play):
    """The histories of one random search after 1, 2, ..., 25 trials."""
    strategy = RandomSearch(morphisms)
    return [play(strategy, number) for number in range(1, 26)]


def test_it_is_learnt_anew_where_trials_have_grown_by_a_tenth():
    learnt = [learnt_from(n) for n in range(1, 1000)]
    assert learnt[:19] == list(range(1, 20))
    assert sorted(set(learnt))[18:25] == [19, 20, 22, 24, 26, 28, 30]
    assert all(m <= n <= 1.1 * m + 1 for n, m in enumerate(learnt, start=1))
    assert len(set(learnt)) < 70


@pytest.mark.parametrize("kernel", ["wl", "edit"])
def test_kept_up_or_built_anew_it_is_the_same_to_the_last_bit(kernel, histories):
    kept_up = [expectation(each, kernel, "rank-gauss", None) for each in histories][-1]
    room._MEMORY.clear()
    anew = expectation(histories[-1], kernel, "rank-gauss", None)
    np.testing.assert_array_equal(kept_up.process.lower, anew.process.lower)
    np.testing.assert_array_equal(kept_up.process.z, anew.process.z)
    assert kept_up.best == anew.best


def test_one_more_trial_is_one_more_row(histories, monkeypatch):
    fits, rows = [], []
    fit, told = room.fit, room.GaussianProcess.told
    monkeypatch.setattr(room, "fit", lambda *given: fits.append(len(given[1])) or fit(*given))
    monkeypatch.setattr(room.GaussianProcess, "told", lambda *given: rows.append(len(given[1])) or told(*given))
    for each in histories:
        expectation(each, "wl", "rank-gauss", None)
    assert fits == [*range(1, 21), 22, 24]
    assert rows == [1, 1, 1]  # 21, 23, 25


def test_all_scores_count_even_where_little_is_learnt_anew(histories):
    found = expectation(histories[-1], "wl", "standardised", None)
    scores = np.array([each.score for each in histories[-1].completed])
    np.testing.assert_allclose(found.process.z, (scores - scores.mean()) / scores.std())
    assert len(found.process.X) == 25


def test_another_score_of_an_early_trial_is_noticed(histories):
    before = expectation(histories[9], "wl", "rank-gauss", None)
    first = histories[9].observations[0]
    changed = histories[9].told(Observation(first.trial_id, first.proposal, "completed", 99.0))
    assert expectation(changed, "wl", "rank-gauss", None).process.z[0] > before.process.z[0]


def test_a_late_end_of_an_early_trial_is_noticed(histories, morphisms):
    late = histories[11].observations[3]
    waiting = histories[11].told(Observation(late.trial_id, late.proposal, "pending"))
    assert len(expectation(waiting, "wl", "rank-gauss", None).ids) == 11
    ended = waiting.told(late)
    kept_up = expectation(ended, "wl", "rank-gauss", None)
    room._MEMORY.clear()
    np.testing.assert_array_equal(kept_up.process.lower, expectation(ended, "wl", "rank-gauss", None).process.lower)


def test_few_searches_are_remembered(morphisms):
    for seed in range(10):
        architecture = morphisms.sample(np.random.default_rng(seed))
        history = (
            RandomSearch(morphisms).start().told(Observation("0", Proposal(architecture), "completed", float(seed)))
        )
        expectation(history, "wl", "rank-gauss", None)
    assert len(room._MEMORY) == room.REMEMBERED

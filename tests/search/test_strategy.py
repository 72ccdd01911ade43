"""Proposals, observations and the history they make."""

import pytest

from autonas.arch import content_id
from autonas.errors import SettingError
from autonas.morph import legal_edits
from autonas.search import History, Observation, Proposal


@pytest.mark.parametrize(
    ("status", "score"),
    [("completed", None), ("completed", float("nan")), ("completed", float("inf")), ("pending", 0.5), ("failed", 0.1)],
)
def test_a_score_goes_with_a_completed_trial_and_no_other(status, score, starter):
    with pytest.raises(SettingError, match=r"score must be a finite number .* Received: .* Tell a trial"):
        Observation("0", Proposal(starter), status, score)


def test_an_unknown_status_is_refused(starter):
    with pytest.raises(SettingError, match=r"status must be .* Received: 'RUNNING'"):
        Observation("0", Proposal(starter), "RUNNING")


def test_edits_without_a_parent_are_refused(starter):
    with pytest.raises(SettingError, match="edits must be empty without a parent"):
        Proposal(starter, None, legal_edits(starter)[:1])


def test_a_trial_keeps_its_place_when_it_ends(starter):
    child = legal_edits(starter)[0].apply(starter)
    first, second = Proposal(starter), Proposal(child)
    history = History().told(Observation("a", first, "pending")).told(Observation("b", second, "pending"))
    history = history.told(Observation("b", second, "completed", 1.0)).told(Observation("a", first, "failed"))
    assert [(each.trial_id, each.status) for each in history.observations] == [("a", "failed"), ("b", "completed")]
    assert history.ids == (content_id(starter), content_id(child))
    assert history.known == set(history.ids)
    assert history.pending == ()
    assert history.by_id == {content_id(child): history.observations[1]}
    # Only completions told: the same state.
    again = History().told(Observation("a", first, "failed")).told(Observation("b", second, "completed", 1.0))
    assert again == history


def test_the_best_come_first_and_of_equal_ones_the_earlier(starter):
    history = History()
    for name, score in (("a", 1.0), ("b", 3.0), ("c", 3.0), ("d", 2.0)):
        history = history.told(Observation(name, Proposal(starter), "completed", score))
    assert [each.trial_id for each in history.best(3)] == ["b", "c", "d"]

"""The leaderboard."""

import dataclasses

import pytest

from autonas.morph import Widen
from autonas.report import leaderboard
from autonas.tuner import SearchOracle, SearchTuner
from autonas.tuner.results import write_result
from tests.tuner.fakes import FakeEvaluator, Ladder, fail, interrupt

pytestmark = pytest.mark.tf


@pytest.fixture
def tuner(tmp_path):
    oracle = SearchOracle(Ladder(), "val_loss", max_trials=6, seed=3)
    tuner = SearchTuner(oracle, FakeEvaluator(at_0002=fail, at_0005=interrupt), tmp_path, "board")
    tuner.search()
    return tuner


def test_scored_trials_come_first_by_score(tuner):
    board = leaderboard(tuner)
    assert len(board) == 6
    assert [row.rank for row in board] == [1, 2, 3, 4, None, None]
    scores = [row.score for row in board[:4]]
    assert scores == sorted(scores)
    assert board[0].trial == tuner.best_trial().trial_id
    assert [(row.trial, row.status, row.score) for row in board[4:]] == [
        ("0002", "failed", None),
        ("0005", "interrupted", None),
    ]


def test_a_row_says_all_of_a_trial(tuner):
    row = next(row for row in leaderboard(tuner) if row.parent)
    proposal = tuner.oracle.proposal(row.trial)
    assert (row.epochs, row.cumulative_epochs, row.seconds) == (2.0, 4.0, 2.0)
    assert row.parameters == proposal.architecture.parameters
    assert row.parent == proposal.parent
    assert row.edits == tuner.words(row.trial)
    assert row.metrics == {"val_accuracy": 1 - row.score, "val_loss": row.score}


def test_a_trial_given_up_early_says_so(tuner):
    best = leaderboard(tuner)[0].trial
    write_result(tuner.trial_folder(best), dataclasses.replace(tuner.result(best), stopped="no hope"))
    assert leaderboard(tuner)[0].status == "stopped early"
    assert {row.status for row in leaderboard(tuner)[1:4]} == {"completed"}


def test_it_prints_as_a_table(tuner):
    lines = str(leaderboard(tuner)).splitlines()
    assert lines[0] == "score: val_loss"
    assert lines[2].split() == [
        "rank",
        "trial",
        "score",
        "parameters",
        "epochs",
        "total",
        "time",
        "parent",
        "what",
        "was",
        "tried",
        "status",
    ]
    assert len(lines) == 4 + 6
    assert all(len(line) <= 140 for line in lines)
    best = leaderboard(tuner)[0]
    assert lines[4].split()[:3] == ["1", best.trial, f"{best.score:.4f}"]


def test_brackets_are_printed_as_they_are(tuner, monkeypatch):
    monkeypatch.setattr(Widen, "words", lambda *_: "widen [bold]")
    assert "widen [bold]" in str(leaderboard(tuner))


def test_it_becomes_dicts(tuner):
    (first, *_) = leaderboard(tuner).to_dicts()
    assert first["rank"] == 1
    assert set(first) >= {
        "trial",
        "score",
        "metrics",
        "parameters",
        "epochs",
        "cumulative_epochs",
        "seconds",
        "parent",
        "edits",
        "status",
    }


def test_a_search_that_has_tried_nothing_has_an_empty_board(tmp_path):
    tuner = SearchTuner(SearchOracle(Ladder(), "val_loss"), FakeEvaluator(), tmp_path, "empty")
    assert len(leaderboard(tuner)) == 0
    assert "rank" in str(leaderboard(tuner))

"""Ranking children: many by one batch, the best of these by all, within bounds and time."""

import dataclasses
import itertools

import numpy as np
import pytest

from autonas.estimators.enas_ranking import KEPT, Ranking, kept
from autonas.estimators.enas_scores import Scores
from autonas.space.enas_macro import Macro
from autonas.space.routes import uniform

SPACE = Macro((8, 8, 1), 10, width=4, layers=3)


class Even:
    """A sampler that has learnt nothing."""

    def candidate(self, rng):
        return uniform(SPACE.entries, rng)


def ranking(**settings):
    def score(drawn, batches):
        return float(sum(drawn)) if batches == 1 else -float(sum(drawn))

    given = {"batches": 5, "children": 20, "top": 2, "kept": 4, "seconds": None, **settings}
    return Ranking(SPACE, Even(), **{"score": score, **given})


def scores(folder, clock=lambda: 0.0):
    return Scores(folder, clock)


def test_as_many_are_ranked_as_were_asked_for_and_each_once(tmp_path):
    found = ranking().rank(scores(tmp_path), np.random.default_rng(0))
    assert len(found) == 20
    assert scores(tmp_path).by_child == found  # they are on disk


def test_the_best_by_one_batch_are_judged_by_all(tmp_path):
    asked = []

    def score(drawn, batches):
        asked.append(batches)
        return float(sum(drawn)) if batches == 1 else -float(sum(drawn))

    by, known = dataclasses.replace(ranking(), score=score), scores(tmp_path)
    found = by.rank(known, np.random.default_rng(0))
    best = by.best(found, known)
    assert asked == [1] * 20 + [5] * 6  # three for each planned trial
    ahead = sorted(found.values(), reverse=True)[:6]
    assert [child.score for child in best] == sorted((-each for each in ahead), reverse=True)[:4]


def test_a_score_that_is_not_finite_is_the_last(tmp_path):
    by = ranking(score=lambda drawn, batches: -np.inf if sum(drawn) % 2 else 1.0, children=4)
    known = scores(tmp_path)
    best = by.best(by.rank(known, np.random.default_rng(0)), known)
    assert {child.score for child in best} <= {1.0, -1e9}
    assert best[0].score == 1.0


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_metric_that_is_not_finite_comes_after_all_others(tmp_path, wrong):
    by = ranking(score=lambda drawn, batches: wrong if sum(drawn) % 2 else float(sum(drawn)), children=30)
    known = scores(tmp_path)
    found = by.rank(known, np.random.default_rng(0))
    ahead = sorted((score for score in found.values() if np.isfinite(score)), reverse=True)
    assert 4 < len(ahead) < 30
    assert [child.score for child in by.best(found, known)] == ahead[:4]


def test_a_score_on_disk_that_is_not_a_number_is_the_last(tmp_path):
    by, known = ranking(score=lambda drawn, batches: 0.0, kept=3, top=1), scores(tmp_path)
    found = {route: np.nan if k % 2 else float(k) for k, route in enumerate(by.rank(known, np.random.default_rng(0)))}
    assert all(np.isfinite(found[child.decisions]) for child in by.best(found, known))


def test_children_out_of_bounds_are_not_scored(tmp_path):
    by = ranking(fits=lambda drawn: drawn[0] == 1, children=8)
    found = by.rank(scores(tmp_path), np.random.default_rng(0))
    assert len(found) == 8
    assert all(drawn[0] == 1 for drawn in found)


def test_a_space_of_which_nothing_fits_ends(tmp_path):
    assert ranking(fits=lambda drawn: False).rank(scores(tmp_path), np.random.default_rng(0)) == {}


def test_half_of_the_time_is_for_the_first_look(tmp_path):
    ticks = itertools.count()
    by = ranking(seconds=40.0, children=1000)
    before = scores(tmp_path, lambda: float(next(ticks)))
    assert 2 <= len(by.rank(before, np.random.default_rng(0))) < 20
    assert 20.0 < before.seconds < 30.0


def test_the_second_look_keeps_to_its_time_too(tmp_path):
    ticks = itertools.count()
    by, known = ranking(seconds=40.0, kept=500, children=1000), scores(tmp_path, lambda: float(next(ticks)))
    found = by.rank(known, np.random.default_rng(0))
    assert 2 <= len(by.best(found, known)) < len(found)
    assert known.seconds < 35.0
    assert len(by.best(found, known)) == 2  # late, and so many as trials are planned for


def test_scores_of_weights_that_have_trained_on_are_forgotten(tmp_path):
    known = Scores(tmp_path, lambda: 0.0, steps=100)
    found = ranking().rank(known, np.random.default_rng(0))
    assert Scores(tmp_path, lambda: 0.0, steps=100).by_child == found
    assert Scores(tmp_path, lambda: 0.0, steps=120).by_child == {}


def test_where_time_is_up_so_many_are_ranked_as_trials_are_planned_for(tmp_path):
    ticks = itertools.count(0, 1000)
    by = ranking(seconds=1.0, top=3)
    assert len(by.rank(scores(tmp_path, lambda: float(next(ticks))), np.random.default_rng(0))) == 3


@pytest.mark.parametrize(
    ("top", "max_trials", "limited", "wanted"),
    [(4, None, False, KEPT), (4, None, True, 8), (4, 30, True, 30), (4, 2, True, 8), (4, 2, False, KEPT)],
)
def test_how_many_are_kept(top, max_trials, limited, wanted):
    assert kept(top, max_trials, limited) == wanted

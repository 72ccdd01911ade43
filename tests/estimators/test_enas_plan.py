"""The plan of an ENAS search: kept as long as the same is asked for."""

import dataclasses
from types import SimpleNamespace

import pytest

from autonas.estimators.enas_plan import FILE, make_split
from autonas.runtime.evaluators import Lengths
from autonas.runtime.plan import Plan
from autonas.runtime.schedule import Span
from autonas.search import Enas


def planned(folder, seconds, *, limit=300.0, max_trials=None, batch_size=None, steps=100):
    """Return the split where preparing the data left so many ``seconds`` for the search."""
    lengths = Lengths(Span(steps, None), Span(steps, None))
    settings = SimpleNamespace(time_limit=limit, max_trials=max_trials, refit=None)
    job = SimpleNamespace(settings=settings, epochs=None, batch_size=batch_size, seconds=seconds)
    plan = Plan(seconds, Span(None, 50.0), lengths, None, 1.0, 1.0)
    return make_split(job, Enas(), plan, folder)


def test_what_preparing_the_data_took_does_not_change_the_plan_of_a_search(tmp_path):
    first = planned(tmp_path, 100.0)
    assert first.supernet_s == pytest.approx(42.0)
    assert planned(tmp_path, 120.0, steps=110) == first
    assert planned(tmp_path, 90.0) == first


def test_the_number_of_trials_may_change_alone(tmp_path):
    first = planned(tmp_path, 100.0)
    assert planned(tmp_path, 120.0, max_trials=2) == dataclasses.replace(first, top=2)


def test_another_time_limit_is_planned_anew_over_as_many_layers(tmp_path):
    first = planned(tmp_path, 100.0, limit=200.0)
    later = planned(tmp_path, 250.0, limit=500.0)
    assert later.supernet_s == pytest.approx(2.5 * first.supernet_s)
    assert later.layers == first.layers == 3  # short, and kept
    assert planned(tmp_path, 250.0, limit=500.0, batch_size=8, steps=700).steps == 1400


def test_a_damaged_plan_is_set_aside(tmp_path):
    planned(tmp_path, 100.0)
    (tmp_path / FILE).write_text('{"layers": 3}')
    with pytest.warns(UserWarning, match="the search is planned anew"):
        assert planned(tmp_path, 120.0).supernet_s == pytest.approx(50.4)

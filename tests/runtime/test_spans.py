"""Learning rate and length of a run, as functions of steps and seconds."""

import pytest

from autonas.runtime.schedule import Schedule, Span


def test_the_rate_rises_then_falls_to_almost_nothing():
    schedule = Schedule(peak=0.1, warmup=0.2, end=0.01)
    assert schedule.at(0) == pytest.approx(0.01)
    assert schedule.at(0.1) == pytest.approx(0.055)  # half way from a tenth of the peak to the peak
    assert schedule.at(0.2) == pytest.approx(0.1)
    assert schedule.at(0.6) == pytest.approx(0.1 * (0.01 + 0.99 / 2))  # half way down a cosine
    assert schedule.at(1) == pytest.approx(0.001)


def test_the_rate_is_never_above_its_peak_nor_below_its_end():
    for schedule in (Schedule(0.1), Schedule(0.05, warmup=0.1), Schedule(1.0, warmup=0.5, end=0.0)):
        rates = [schedule.at(k / 1000) for k in range(-100, 1101)]
        assert max(rates) == pytest.approx(schedule.peak, rel=1e-3)
        assert min(rates) >= schedule.peak * schedule.end
        top = rates.index(max(rates))
        assert rates == sorted(rates[:top]) + sorted(rates[top:], reverse=True)


def test_a_span_ends_at_whichever_bound_comes_first():
    span = Span(steps=100, seconds=60.0)
    assert span.progress(0, 0.0) == 0
    assert span.progress(50, 6.0) == 0.5
    assert span.progress(10, 45.0) == 0.75
    assert span.progress(100, 1.0) == span.progress(1, 61.0) == 1


def test_a_bound_that_is_not_there_does_not_count():
    assert Span(steps=10, seconds=None).progress(5, 1e9) == 0.5
    assert Span(steps=None, seconds=10.0).progress(10**9, 5.0) == 0.5


def test_no_time_at_all_is_used_up_at_once():
    assert Span(steps=10, seconds=0.0).progress(0, 0.0) == 1
    assert Span(steps=0, seconds=None).progress(0, 0.0) == 1

"""Deadlines, with a clock that tells the time it is given."""

from autonas.runtime.clock import Deadline


class FakeClock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_a_day_passes_in_no_time():
    clock = FakeClock()
    deadline = Deadline(clock, seconds=86_400)
    assert (deadline.left(), deadline.passed()) == (86_400, False)
    clock.now += 86_399
    assert (deadline.left(), deadline.elapsed(), deadline.passed()) == (1, 86_399, False)
    clock.now += 2
    assert (deadline.left(), deadline.elapsed(), deadline.passed()) == (0, 86_401, True)


def test_no_seconds_mean_no_end():
    clock = FakeClock()
    deadline = Deadline(clock, seconds=None)
    clock.now += 1e9
    assert (deadline.left(), deadline.passed()) == (None, False)


def test_a_span_that_is_over_before_it_begins_has_passed():
    assert Deadline(FakeClock(), seconds=-1).passed()
    assert Deadline(FakeClock(), seconds=0).passed()

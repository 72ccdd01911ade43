"""How long finishing may train."""

import types

import pytest

from autonas.estimators import finishing
from autonas.runtime.clock import Deadline
from autonas.runtime.schedule import Span


@pytest.mark.parametrize(
    ("left", "refit", "planned", "resumed", "expected"),
    [
        (100.0, None, None, False, 94.0),  # all that is left, but for what follows
        (100.0, "all", None, False, 44.0),  # half of it, where all data are trained on afterwards
        (100.0, None, 30.0, True, 30.0),  # a search that goes on has finished once before
        (100.0, None, 30.0, False, 94.0),
        (6.5, None, None, False, None),  # not worth a trace
    ],
)
def test_finishing_has_the_time_that_is_left(monkeypatch, left, refit, planned, resumed, expected):
    monkeypatch.setattr(finishing, "reserved", lambda job: 5.0)
    job = types.SimpleNamespace(deadline=Deadline(lambda: 0.0, left), settings=types.SimpleNamespace(refit=refit))
    plan, tuner = types.SimpleNamespace(finish=Span(1000, planned)), types.SimpleNamespace(result=lambda name: None)
    span = finishing._span(job, plan, tuner, types.SimpleNamespace(trial_id="0000"), resumed)
    assert span == (None if expected is None else Span(1000, expected))

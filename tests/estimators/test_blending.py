"""Blending: greedy, by validation loss, and kept only where it is better."""

import types

import numpy as np
import pytest

from autonas.arch import Architecture, node
from autonas.data import Part
from autonas.estimators import blending, finishing
from autonas.estimators.finished import Stored

pytestmark = pytest.mark.tf

Y = np.array([0, 0, 0, 1, 1, 1], np.int32)


def _job(max_params=None):
    objective = types.SimpleNamespace(name="val_accuracy")
    settings = types.SimpleNamespace(objective=objective, maximise=True, max_params=max_params)
    data = types.SimpleNamespace(validation=Part(np.zeros((6, 1)), Y), schema=None)
    deadline = types.SimpleNamespace(left=lambda: None)
    return types.SimpleNamespace(data=data, task="classification", scoring=None, settings=settings, deadline=deadline)


def _logits(*second):
    """Logits of six examples, those of class 1 given."""
    second = np.array(second, np.float32)
    return np.stack([-second / 2, second / 2], axis=1)


def _network(width):
    nodes = node("x", "input", shape=(1,)), node("h", "dense", "x", units=width), node("out", "dense", "h", units=2)
    architecture = Architecture(nodes, ("out",))
    return architecture, {
        id: tuple(np.ones(spec.shape, np.float32) for spec in specs) for id, specs in architecture.weights.items()
    }


@pytest.fixture
def blend(monkeypatch):
    """Blend networks of these logits, the first being the best."""

    def _blend(*logits, max_params=None):
        networks = [_network(width + 2) for width in range(len(logits))]
        given = {id(architecture): each for (architecture, _), each in zip(networks, logits, strict=True)}
        monkeypatch.setattr(
            blending, "_member", lambda job, a, w: blending._Member(a, w, given[id(a)].astype(np.float32))
        )
        monkeypatch.setattr(blending, "_others", lambda tuner, best: networks[1:])
        job = _job(max_params)
        best = Stored(*networks[0], blending._metrics(job, logits[0]), "0003", "search")
        return best, blending.blended(job, None, best)

    return _blend


SURE = _logits(-9, -9, 3, 9, 9, 9)  # one wrong
OTHER = _logits(1, -3, -6, 3, 4, -1)  # two wrong, elsewhere
BAD = _logits(9, 9, 9, -9, -9, -9)


def test_networks_that_err_elsewhere_are_added(blend):
    best, found = blend(SURE, OTHER)
    assert found.source == "blend"
    assert found.metrics["val_loss"] < best.metrics["val_loss"]
    assert found.metrics["val_accuracy"] >= best.metrics["val_accuracy"]
    assert found.trial_id == "0003"
    assert found.architecture.parameters == sum(_network(width)[0].parameters for width in (2, 3))


def test_what_does_not_help_is_left_out(blend):
    best, found = blend(SURE, BAD)
    assert found is best
    _, found = blend(SURE, BAD, OTHER)
    assert found.architecture.parameters == sum(_network(width)[0].parameters for width in (2, 4))


def test_a_lower_loss_with_a_worse_objective_does_not_count(blend):
    # Right but for one, hugely wrong there; the other is unsure of all, and wrong twice.
    best, found = blend(_logits(-1, -1, 60, 1, 1, 1), _logits(1.2, 1.2, -60, 1, 1, 1))
    assert found is best or found.metrics["val_accuracy"] >= best.metrics["val_accuracy"]
    assert best.metrics["val_accuracy"] == pytest.approx(5 / 6)


def test_a_bound_on_the_size_is_kept(blend):
    best, found = blend(SURE, OTHER, max_params=_network(2)[0].parameters + 1)
    assert found is best


def _timed(limit, refit=None, blend=True):
    settings = types.SimpleNamespace(time_limit=limit, refit=refit)
    return types.SimpleNamespace(settings=settings, kind=types.SimpleNamespace(blend=blend))


@pytest.mark.parametrize(
    ("job", "seconds"),
    [
        (_timed(600.0), 30.0),
        (_timed(7200.0), 60.0),
        (_timed(None), 0.0),
        (_timed(600.0, refit="all"), 0.0),
        (_timed(600.0, blend=False), 0.0),
    ],
)
def test_time_is_kept_where_there_will_be_a_blend(job, seconds):
    assert blending.reserved(job) == seconds


def test_there_is_a_blend_though_no_time_is_left_for_finishing(monkeypatch):
    made = Stored(*_network(2), {"val_accuracy": 1.0}, "0001", "blend")
    monkeypatch.setattr(finishing, "blended", lambda job, tuner, best: made)
    job = _timed(600.0)
    job.clock = lambda: 0.0
    shown = types.SimpleNamespace(stage=lambda words: None)
    best = Stored(*_network(3), {"val_accuracy": 0.9}, "0002", "search")
    assert list(finishing._stages(job, None, None, None, best, {}, shown)) == [made]
    job = _timed(600.0, refit="all")
    assert list(finishing._stages(job, None, None, None, best, {}, shown)) == []


def test_a_network_that_cannot_be_blended_is_returned(monkeypatch):
    architecture, weights = _network(2)
    ends = Architecture((*architecture.nodes, node("r", "relu", "out")), ("r",))
    best = Stored(ends, weights, {}, "0001", "cycle")
    assert blending.blended(_job(), None, best) is best

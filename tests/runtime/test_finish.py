"""Finishing: what comes out is never worse than what went in."""

import dataclasses

import pytest

from autonas.arch import initial_weights
from autonas.data import Augment
from autonas.runtime.compile import compile_architecture
from autonas.runtime.finish import finish, refit
from autonas.runtime.metrics import outputs, validation_metrics
from autonas.runtime.schedule import Span
from autonas.runtime.train import Recipe
from autonas.runtime.weights import set_weights

pytestmark = pytest.mark.tf

RECIPE = Recipe("classification", batch_size=20, rate=0.05, augment=Augment())
SPAN = Span(24, None)
HOW = {"metric": "val_loss", "maximise": False}


@pytest.fixture
def weights(network, rng):
    return initial_weights(network, rng)


def score(network, weights, data):
    model = compile_architecture(network)
    set_weights(model, network, weights)
    part = data.validation
    return validation_metrics(outputs(model, part, data.schema), part, "classification")


def test_a_cycle_improves_and_what_is_kept_scores_as_it_says(network, weights, data, clock):
    before = score(network, weights, data)
    end = finish(network, weights, data, RECIPE, SPAN, clock=clock, **HOW)
    assert end.source in ("cycle", "average")
    assert end.metrics["val_loss"] < before["val_loss"]
    assert score(network, end.weights, data) == pytest.approx(end.metrics, rel=1e-4)
    assert end.run.epochs == 8
    assert sum(end.seconds.values()) <= clock.now


def test_a_cycle_that_does_harm_is_not_kept(network, weights, data, clock):
    good = finish(network, weights, data, RECIPE, SPAN, clock=clock, **HOW)
    harmful = dataclasses.replace(RECIPE, rate=50.0)
    end = finish(network, good.weights, data, harmful, Span(3, None), clock=clock, **HOW)
    assert end.source == "search"
    assert end.weights is good.weights
    assert end.metrics["val_loss"] == pytest.approx(good.metrics["val_loss"], rel=1e-4)


def test_refitting_learns_from_the_validation_part_too(network, weights, data, clock):
    """The labels of the validation part are turned round: only who has seen them comes near."""
    lied = dataclasses.replace(data.validation, y=1 - data.validation.y)
    twisted = dataclasses.replace(data, validation=lied)
    again = refit(network, weights, twisted, RECIPE, Span(80, None), "cycle", clock=clock)
    cycle = refit(network, weights, data, RECIPE, Span(80, None), "cycle", clock=clock)
    assert score(network, again, twisted)["val_loss"] < score(network, cycle, twisted)["val_loss"]

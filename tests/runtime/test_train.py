"""One training run: it ends when its span does, by a clock that is not the wall's, and says where the time went."""

import dataclasses

import keras
import numpy as np
import pytest

from autonas.arch import initial_weights
from autonas.runtime.compile import compile_architecture
from autonas.runtime.evaluator import TrialFailed
from autonas.runtime.metrics import outputs, validation_metrics
from autonas.runtime.schedule import Schedule, Span
from autonas.runtime.train import Recipe, train
from autonas.runtime.weights import set_weights

pytestmark = pytest.mark.tf

RECIPE = Recipe("classification", batch_size=20)  # three steps an epoch
SCHEDULE = Schedule(0.05)


class Stop(keras.callbacks.Callback):
    """Ends a run after its first epoch."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = True


@pytest.fixture
def model(network, rng):
    model = compile_architecture(network)
    set_weights(model, network, initial_weights(network, rng))
    return model


@pytest.fixture
def run(model, data, clock):
    def _run(span, recipe=RECIPE, schedule=SCHEDULE, **more):
        return train(model, data, recipe, schedule, span, clock=clock, **more)

    return _run


def test_it_ends_with_its_steps_and_learns(run):
    progress = []
    done = run(Span(steps=30, seconds=None), watch=progress.append)
    assert done.epochs == 10
    assert done.stopped is None
    assert [point["progress"] for point in done.curve] == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=1 / 30)
    assert done.metrics == {name: done.curve[-1][name] for name in ("val_accuracy", "val_loss")}
    assert done.metrics["val_accuracy"] > 0.9
    assert done.metrics["val_loss"] < done.curve[0]["val_loss"]
    assert progress[-1].epoch == progress[-1].epochs == 10
    assert [each.epoch for each in progress] == sorted(each.epoch for each in progress)


def test_it_ends_with_its_seconds_and_the_time_adds_up(run, clock):
    done = run(Span(steps=None, seconds=40.0))
    assert 1 < done.epochs * 3 < 40  # the clock is asked more than once a step
    assert done.curve[-1]["progress"] == 1
    assert all(seconds >= 0 for seconds in done.seconds.values())
    assert sum(done.seconds.values()) <= clock.now
    assert clock.now == pytest.approx(40, abs=15)  # a step and a validation beyond at most


def test_what_the_last_validation_takes_is_part_of_the_span(run, clock, monkeypatch):
    def slowly(*args):
        clock.now += 30.0
        return outputs(*args)

    monkeypatch.setattr("autonas.runtime.train.outputs", slowly)
    done = run(Span(steps=None, seconds=100.0))
    assert len(done.curve) == 2  # each takes 30 s: after two there is no time for more steps and a third
    assert clock.now == pytest.approx(100, abs=20)
    clock.now = 0.0
    done = run(Span(steps=None, seconds=60.0))
    assert len(done.curve) == 1
    assert clock.now <= 60


def test_a_span_without_time_still_gives_a_result(run):
    done = run(Span(steps=100, seconds=0.0))
    assert done.epochs == pytest.approx(1 / 3)
    assert np.isfinite(done.metrics["val_loss"])


def test_a_hopeless_run_ends_at_its_next_validation(run):
    done = run(Span(steps=30, seconds=None), hopeless=lambda curve: "no hope" if len(curve) == 2 else None)
    assert done.stopped == "no hope"
    assert done.epochs == 5
    assert len(done.curve) == 2


def test_a_run_that_a_callback_of_the_users_ends_is_validated_where_it_ended(run):
    done = run(Span(steps=300, seconds=None), dataclasses.replace(RECIPE, callbacks=(Stop(),)))
    assert done.epochs == 1
    assert [point["progress"] for point in done.curve] == [0.01]  # 3 steps of 300
    assert np.isfinite(done.metrics["val_loss"])


@pytest.mark.parametrize("where", [0, 1])
def test_a_loss_or_an_output_that_is_not_finite_fails_the_trial(run, model, where):
    variable = model.trainable_variables[-1]

    def spoil(model, progress):
        if progress > 0.3:
            variable.assign(np.full(variable.shape, np.nan, np.float32))

    after = {0: {"after_step": spoil}, 1: {"after_step": lambda model, p: spoil(model, p) if p == 1.0 else None}}[where]
    said = ("loss", "outputs")[where]
    with pytest.raises(TrialFailed, match=rf"The (loss|network's {said}) must stay finite"):
        run(Span(steps=12, seconds=None), **after)


def test_adam_learns_too(run):
    done = run(Span(steps=30, seconds=None), dataclasses.replace(RECIPE, optimizer="adam"))
    assert done.metrics["val_accuracy"] > 0.9


def test_the_best_validation_is_kept_and_two_worse_ones_end_the_run(run, model, data):
    # At a rate that throws the network about, the losses of its validations rise and fall.
    recipe = dataclasses.replace(RECIPE, optimizer="adam", validations=19, keep_best=True, clip=1e9)
    done = run(Span(steps=60, seconds=None), recipe, Schedule(0.5, warmup=0.0, end=1.0))
    losses = [point["val_loss"] for point in done.curve]
    best = int(np.argmin(losses))
    assert done.metrics["val_loss"] == losses[best]
    assert best == len(losses) - 3 or done.epochs == 20  # two worse ones in a row, or the whole span
    assert len(losses) < 20
    again = validation_metrics(outputs(model, data.validation, data.schema), data.validation, "classification")
    assert again["val_loss"] == pytest.approx(losses[best], rel=1e-5)


class Calls(keras.callbacks.Callback):
    """Counts how often Keras calls for gradient steps, over all copies."""

    def __init__(self):
        super().__init__()
        self.counted = []

    def __deepcopy__(self, memo):
        return self

    def on_train_batch_end(self, batch, logs=None):
        self.counted.append(int(self.model.optimizer.iterations))


def test_steps_together_are_as_many_in_fewer_calls(run):
    calls = Calls()
    recipe = dataclasses.replace(RECIPE, together=5, callbacks=(calls,))
    done = run(Span(steps=30, seconds=None), recipe)
    assert calls.counted == [5, 10, 15, 20, 25, 30]
    assert done.epochs == 10
    assert done.metrics["val_accuracy"] > 0.9

"""What a trial does with a proposed network: inherit, calibrate, train, store."""

import keras
import numpy as np
import pytest

from autonas.arch import initial_weights
from autonas.arch.starters import dense_cnn
from autonas.data import normalise
from autonas.morph import AddSkip, ConcatSkip, Deepen, DenseLayer, Enlarge, Widen, legal_edits, transfer
from autonas.runtime import evaluators
from autonas.runtime.calibrate import settle_new
from autonas.runtime.compile import compile_architecture
from autonas.runtime.evaluators import Lengths, NetworkEvaluator, stored_network
from autonas.runtime.metrics import outputs, validation_metrics
from autonas.runtime.schedule import Span
from autonas.runtime.train import Recipe
from autonas.runtime.weights import set_weights
from autonas.search.strategy import Proposal
from tests.arch.drawing import random_weights

pytestmark = pytest.mark.tf


class Beginning(keras.callbacks.Callback):
    """Validates networks before their first step."""

    def __init__(self, data):
        super().__init__()
        self.data, self.seen = data, _Shared()

    def on_train_begin(self, logs=None):
        part = self.data.validation
        self.seen.append(validation_metrics(outputs(self.model, part, self.data.schema), part, "classification"))

    def __deepcopy__(self, memo):
        copy = Beginning(self.data)
        copy.seen = self.seen
        return copy


class _Shared(list):
    def __deepcopy__(self, memo):
        return self


@pytest.fixture
def begin(data):
    return Beginning(data)


@pytest.fixture
def evaluate(data, clock, begin, tmp_path):
    """Return a function that evaluates a proposal, warm or from scratch, in a folder of its own."""

    def _evaluate(proposal, name, start="warm", noise=0.0):
        recipe = Recipe("classification", batch_size=20, callbacks=(begin,))
        lengths = Lengths(scratch=Span(12, None), warm=Span(1, None))
        evaluator = NetworkEvaluator(
            data, recipe, lengths, metric="val_accuracy", maximise=True, clock=clock, start=start, noise=noise
        )
        parent = tmp_path / proposal.parent if proposal.parent else None
        return evaluator.evaluate(
            proposal,
            trial_id=name,
            folder=tmp_path / name,
            parent_folder=parent,
            seconds=None,
            watch=lambda progress: None,
        )

    return _evaluate


def edits_of_every_kind(network):
    """Return one edit of each preserving kind, and all of them in a row."""
    chosen = [
        Widen("conv_1", 8),
        next(edit for edit in legal_edits(network) if isinstance(edit, Deepen) and "conv" in edit.words(network)),
        next(edit for edit in legal_edits(network) if isinstance(edit, AddSkip)),
        next(edit for edit in legal_edits(network) if isinstance(edit, ConcatSkip)),
        next(edit for edit in legal_edits(network) if isinstance(edit, Enlarge)),
    ]
    norm = [edit for edit in legal_edits(network) if isinstance(edit, Deepen) and "norm" in edit.words(network)]
    return [*chosen, *norm[:1]]


def test_a_child_starts_at_its_parents_score(network, evaluate, begin):
    parent = evaluate(Proposal(network), "parent")
    edits = edits_of_every_kind(network)
    assert len(edits) >= 5
    for number, edit in enumerate(edits):
        child = evaluate(Proposal(edit.apply(network), "parent", (edit,)), f"child {number}")
        assert begin.seen[-1]["val_loss"] == pytest.approx(parent.metrics["val_loss"], rel=1e-3), edit
        assert begin.seen[-1]["val_accuracy"] == parent.metrics["val_accuracy"], edit
        assert child.epochs == pytest.approx(1 / 3)
        assert child.cumulative_epochs == pytest.approx(4 + 1 / 3)


def test_a_densenet_grown_in_episodes_starts_at_its_parents_score(evaluate, begin):
    """Its new layers are copies of trained ones, their batch norms too."""
    network = dense_cnn((8, 8, 1), 2, width=2)
    parent = evaluate(Proposal(network), "parent")
    grown, edits = network, []
    for number in (0, -1, 0):
        edit = list(DenseLayer.legal(grown))[number]
        grown = edit.apply(grown)
        edits.append(edit)
    evaluate(Proposal(grown, "parent", tuple(edits)), "child")
    assert begin.seen[-1] == pytest.approx(parent.metrics, rel=1e-5)


def test_the_usual_noise_breaks_symmetry_and_hardly_the_function(network, evaluate, begin):
    parent = evaluate(Proposal(network), "parent")
    edit = Widen("conv_1", 8)
    evaluate(Proposal(edit.apply(network), "parent", (edit,)), "child", noise=1.0)
    assert begin.seen[-1]["val_loss"] == pytest.approx(parent.metrics["val_loss"], rel=0.25)
    kernel = stored_network_before_training(network, edit)
    assert len(np.unique(kernel.reshape(-1, 8), axis=1).T) == 8  # no two filters are the same


def stored_network_before_training(network, edit):
    weights = initial_weights(network, np.random.default_rng(0))
    return transfer(edit, network, weights, np.random.default_rng(0), noise=1.0)["conv_1"][0]


@pytest.mark.parametrize("stop", [True, False])
def test_a_hopeless_run_ends_unless_runs_are_to_be_whole(network, data, clock, tmp_path, monkeypatch, stop):
    monkeypatch.setattr(evaluators, "verdict", lambda curve, finished, *more: "no hope" if finished else None)
    lengths = Lengths(Span(12, None), Span(12, None))
    how = {"metric": "val_accuracy", "maximise": True, "clock": clock, "stop_hopeless": stop}
    evaluator = NetworkEvaluator(data, Recipe("classification", batch_size=20), lengths, **how)
    given = {"parent_folder": None, "seconds": None, "watch": lambda progress: None}
    epochs = [
        evaluator.evaluate(Proposal(network), trial_id=name, folder=tmp_path / name, **given).epochs for name in "ab"
    ]
    assert epochs[0] == 4
    assert (epochs[1] < 4) == stop


def test_a_trained_batch_norm_keeps_its_function_where_it_is_settled_anew(network, data, rng):
    """It moves to the statistics of what it reads, whatever it was trained to compute."""
    weights = random_weights(network, rng)
    model = compile_architecture(network)
    set_weights(model, network, weights)
    images = keras.ops.convert_to_tensor(normalise(data.train.x, data.schema))
    before = keras.ops.convert_to_numpy(model(images, training=False))
    settle_new(model, network, ["norm_1"], data)
    np.testing.assert_allclose(model(images, training=False), before, rtol=1e-4, atol=1e-5)
    assert np.abs(model.get_layer("norm_1").get_weights()[2] - weights["norm_1"][2]).max() > 1e-2


def test_from_scratch_means_that_nothing_is_inherited(network, evaluate, begin):
    parent = evaluate(Proposal(network), "parent")
    edit = Widen("conv_1", 8)
    child = evaluate(Proposal(edit.apply(network), "parent", (edit,)), "child", start="scratch")
    assert begin.seen[-1]["val_loss"] != pytest.approx(parent.metrics["val_loss"], rel=0.01)
    assert child.epochs == child.cumulative_epochs == 4


def test_a_result_tells_all_and_the_folder_holds_the_trained_network(network, evaluate, data, clock, tmp_path):
    result = evaluate(Proposal(network), "one")
    assert (result.parameters, result.flops) == (network.parameters, network.flops)
    kinds = {"gradient_steps", "validation", "compile", "inheritance", "checkpoint"}
    assert kinds <= result.seconds.keys()
    assert 0 < sum(result.seconds.values()) <= clock.now
    architecture, weights, epochs = stored_network(tmp_path / "one")
    assert (architecture, epochs) == (network, 4)
    model = compile_architecture(network)
    set_weights(model, network, weights)
    part = data.validation
    again = validation_metrics(outputs(model, part, data.schema), part, "classification")
    assert again == pytest.approx(result.metrics, rel=1e-5)


def test_the_same_trial_is_the_same_whenever_it_runs(network, evaluate):
    first, again, other = (evaluate(Proposal(network), name) for name in ("0001", "0001", "0002"))
    assert first.metrics == again.metrics
    assert first.metrics != other.metrics


def test_a_new_batch_norm_is_an_identity_in_inference_and_in_training(network, data, rng):
    """At inference exactly; in training on the images that it was settled with, where batch statistics are the same."""
    edit = next(edit for edit in legal_edits(network) if isinstance(edit, Deepen) and "norm" in edit.words(network))
    child, weights = edit.apply(network), initial_weights(network, rng)
    inherited = transfer(edit, network, weights, rng)
    (new,) = inherited.keys() - weights.keys()
    model = compile_architecture(child)
    set_weights(model, child, inherited)
    images = keras.ops.convert_to_tensor(normalise(data.train.x, data.schema))
    before = keras.ops.convert_to_numpy(model(images, training=False))
    settle_new(model, child, [new], data)
    np.testing.assert_allclose(model(images, training=False), before, rtol=1e-4, atol=1e-5)
    layer = model.get_layer(new)
    inner = keras.Model(model.input, layer.input)(images, training=False)
    np.testing.assert_allclose(layer(inner, training=True), inner, rtol=1e-3, atol=1e-4)
    old = [model.get_layer(id).get_weights() for id in ("norm_1", "norm_2")]
    for arrays, id in zip(old, ("norm_1", "norm_2"), strict=True):
        for array, kept in zip(arrays, inherited[id], strict=True):
            np.testing.assert_array_equal(array, kept)  # those that were there are left alone

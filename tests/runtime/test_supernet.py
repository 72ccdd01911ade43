"""A supernet of two layers over images (8, 8, 1), traced once for all tests of this file."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from autonas.arch import interpret
from autonas.data import image_dataset
from autonas.errors import DirectoryError
from autonas.runtime import ranking
from autonas.runtime.evaluator import TrialFailed
from autonas.runtime.ranking import BATCH, Groups, Ranker
from autonas.runtime.samplers import FairSampler
from autonas.runtime.schedule import Span
from autonas.runtime.supernet import Supernet
from autonas.runtime.supernet_training import SupernetTrainer
from autonas.runtime.train import Recipe
from autonas.space.enas_macro import OPS, Macro
from autonas.space.enas_micro import Micro
from autonas.space.enas_rnn import Recurrent
from autonas.space.routes import uniform
from autonas.space.superweights import child_weights, uses_of

pytestmark = pytest.mark.tf
SPACE = Macro((8, 8, 1), 2, width=4, layers=2)
CELLS = Micro((8, 8, 1), 2, width=4, layers=2, blocks=2)
EVERY_OP = [(op, (op + 1) % len(OPS), op % 2) for op in range(len(OPS))]


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    y = rng.permutation(80) % 2
    x = rng.uniform(0, 100, (80, 8, 8, 1))
    x[y == 0, :4] += 100
    return image_dataset(x.astype(np.uint8), y, task="classification", validation_split=0.25, seed=0)


@pytest.fixture(scope="module")
def trainer(images):
    recipe = Recipe(task="classification", batch_size=16)
    return SupernetTrainer(Supernet(SPACE.graph, seed=0), images, recipe, clock=itertools.count().__next__)


@pytest.fixture(scope="module")
def ranker(trainer, images):
    return Ranker(trainer.net, images, Recipe("classification", 16), metric="val_accuracy", maximise=True)


FAIR = FairSampler(SPACE, 0)


def steps(trainer, until, **settings):
    trainer.train(FAIR, Span(until, None), **settings)


def banks(trainer):
    return [np.array(bank) for bank in trainer.net.arrays]


def judged(ranker, x, route):
    """Return outputs and statistics through the supernet."""
    route = tf.constant(route, tf.int32)
    statistics = ranker._measure(x, route)
    return ranker._judge(x, route, statistics).numpy(), [each.numpy() for each in statistics]


@pytest.fixture(scope="module")
def x(ranker):
    return ranker._held[0][0]


@pytest.mark.parametrize("route", EVERY_OP)
def test_a_child_through_the_supernet_equals_the_child_alone(trainer, ranker, x, route):
    through, statistics = judged(ranker, x, route)
    network = SPACE.network(route)
    weights = child_weights(SPACE.graph, route, network, banks(trainer), statistics)
    np.testing.assert_allclose(through, interpret(network, weights, x.numpy()), atol=1e-5)


def test_so_does_one_whose_channels_double(x):
    space = Macro((8, 8, 1), 2, width=4, layers=4, doubling=True)
    net, rng = Supernet(space.graph, seed=0), np.random.default_rng(0)
    for _ in range(6):
        route = uniform(space.entries, rng)
        step = tf.constant(route, tf.int32)
        through, statistics = net.run(x, step, net.rows(step), None)
        network = space.network(route)
        assert {each["filters"] for each in network.nodes if each.op == "conv"} == {4, 8, 16}
        weights = child_weights(space.graph, route, network, net.arrays, [each.numpy() for each in statistics])
        np.testing.assert_allclose(through, interpret(network, weights, x.numpy()), atol=1e-5 * np.abs(through).max())


@pytest.fixture(scope="module")
def cells():
    return Supernet(CELLS.graph, seed=0)


@pytest.mark.parametrize("op", range(5))
def test_so_does_one_of_cells(cells, x, op):
    """Both cells have this op and the one after it, over different states."""
    decisions = (0, op, 1, (op + 1) % 5, 2, op, op % 3, op) * 2
    route = CELLS.route(decisions)
    step = tf.constant(route, tf.int32)
    through, statistics = cells.run(x, step, cells.rows(step), None)
    network = CELLS.network(decisions)
    weights = child_weights(CELLS.graph, route, network, cells.arrays, [each.numpy() for each in statistics])
    np.testing.assert_allclose(through, interpret(network, weights, x.numpy()), atol=1e-5 * np.abs(through).max())


@pytest.mark.parametrize("triples", [False, True])
@pytest.mark.parametrize("mean", ["ends", "all"])
def test_so_does_a_recurrent_cell(mean, triples):
    space = Recurrent((12,), 2, vocabulary=9, width=3, nodes=4, mean=mean, triples=triples)
    net, ids = Supernet(space.graph, seed=0), np.random.default_rng(0).integers(0, 9, (5, 12))
    seen = []
    for op in range(4):  # every activation at every node, over different nodes
        decisions = (op, (op + 1) % 4, op % 2, (op + 2) % 4, op % 3, (op + 3) % 4)
        step = tf.constant(space.route(decisions), tf.int32)
        through, statistics = net.run(tf.constant(ids, tf.float32), step, net.rows(step), None)
        network = space.network(decisions)
        weights = child_weights(
            space.graph, space.route(decisions), network, net.arrays, [each.numpy() for each in statistics]
        )
        np.testing.assert_allclose(through, interpret(network, weights, ids.astype(np.float32)), atol=1e-5)
        seen.append(through.numpy())
    assert all(np.abs(one - other).max() > 1e-4 for one, other in itertools.combinations(seen, 2))


def test_every_op_and_every_skip_changes_the_output(ranker, x):
    seen = {route: judged(ranker, x, route)[0] for route in itertools.product(range(6), range(2), range(2))}
    for one, other in itertools.combinations(seen, 2):
        assert np.abs(seen[one] - seen[other]).max() > 1e-4, (one, other)


def test_a_step_moves_the_rows_of_its_child_and_no_others(trainer):
    before = banks(trainer)
    at = trainer.progress.step
    route = next(FAIR.routes(at))
    steps(trainer, at + 1)
    for use, old, new in zip(uses_of(SPACE.graph, route), before, banks(trainer), strict=True):
        moved = np.abs(new - old).max(axis=1, initial=0) > 0
        assert moved.tolist() == [row == use.row for row in range(len(old))]


def test_examples_of_no_weight_teach_nothing(trainer):
    x, y, _ = next(iter(trainer._batches(0)))
    route = tf.constant((0, 1, 1), tf.int32)
    half = tf.constant([1.0] * 8 + [0.0] * 8)
    w = trainer.net.rows(route)
    loss, _ = trainer._gradients(x, y, half, route, w, None)
    outputs, _ = trainer.net.run(x, route, w, None)
    losses = -np.sum(y * tf.nn.log_softmax(outputs), axis=1)[:8]
    smoothed = -np.mean(tf.nn.log_softmax(outputs), axis=1)[:8]
    assert float(loss) == pytest.approx(np.sum(0.95 * losses + 0.05 * smoothed) / 16, rel=1e-4)


def test_a_step_whose_loss_is_not_finite_changes_nothing(trainer):
    x, y, weight = next(iter(trainer._batches(0)))
    before = [*banks(trainer), *(each.numpy() for each in trainer._velocities)]
    loss = trainer._step(x * np.inf, y, weight, tf.constant((0, 1, 1), tf.int32), tf.constant(0.05))
    assert np.isnan(loss.numpy())
    for one, other in zip(before, [*banks(trainer), *trainer._velocities], strict=True):
        np.testing.assert_array_equal(one, np.asarray(other))


def test_a_loss_that_stays_infinite_ends_the_run(trainer, monkeypatch):
    at = trainer.progress.step
    once = iter([np.nan, 0.5])
    monkeypatch.setattr(trainer, "_moved", lambda *step: next(once, np.nan))
    steps(trainer, at + 2)
    assert np.isfinite(trainer.progress.loss)
    with pytest.raises(TrialFailed, match=rf"must stay finite. Received: nan 100 times, to step {at + 2 + 99}"):
        steps(trainer, at + 500)
    trainer.progress.step = at


def test_rows_that_come_class_by_class_are_ranked_by_all_classes():
    x, y = np.arange(1000)[:, None], np.repeat([0, 1, 2, 3], 250)
    groups = Groups(1000, BATCH, 10_000)
    for rows, codes in zip(groups.of(x), groups.of(y), strict=True):
        np.testing.assert_array_equal(codes, rows[:, 0] // 250)
        assert np.bincount(codes, minlength=4).min() > 30


def test_a_score_in_small_pieces_rests_on_as_many_examples(trainer, images, ranker):
    small = Ranker(trainer.net, images, Recipe("classification", 16), metric="val_accuracy", maximise=True, at_once=8)
    assert {len(piece) for pieces in [*small._seen, *small._held] for piece in pieces} == {7, 6}
    assert [len(part) for part in small._parts] == [18]
    assert small.batches == ranker.batches
    for one, other in zip(small.statistics((0, 1, 1)), ranker.statistics((0, 1, 1)), strict=True):
        np.testing.assert_allclose(one, other, rtol=0.35, atol=0.05)


@pytest.mark.parametrize(
    ("n", "at_once", "most", "sizes"),
    [
        (10_000, 256, 10_000, (8, 1, 256)),
        (10_000, 64, 10_000, (8, 4, 64)),
        (10_000, 8, 10_000, (8, 32, 8)),
        (10_000, 256, 445, (1, 1, 256)),
        (10_000, 8, 100, (1, 13, 7)),
        (20, 16, 10_000, (1, 2, 10)),
        (1, 8, 1, (1, 1, 1)),
    ],
)
def test_batches_are_as_large_as_memory_and_the_user_let_them_be(n, at_once, most, sizes):
    groups = Groups(n, at_once, most)
    assert (groups.count, len(groups.pieces), groups.size // len(groups.pieces)) == sizes
    assert groups.count * groups.size <= most


def test_large_images_are_held_within_a_bound_of_bytes(trainer, images, monkeypatch):
    monkeypatch.setattr(ranking, "HELD_BYTES", 24 * 8 * 8 * 4)
    by = Ranker(trainer.net, images, Recipe("classification", 16), metric="val_accuracy", maximise=True)
    assert [sum(len(piece) for pieces in held for piece in pieces) for held in (by._seen, by._held)] == [12, 12]


@pytest.mark.parametrize("maximise", [True, False])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_metric_that_is_not_finite_is_the_lowest_score_and_reward(trainer, images, monkeypatch, maximise, wrong):
    monkeypatch.setattr(ranking, "validation_metrics", lambda *given: {"val_own": wrong})
    by = Ranker(trainer.net, images, Recipe("classification", 16), metric="val_own", maximise=maximise)
    monkeypatch.setattr(by, "_judged", lambda route, place: [np.zeros((20, 2))])
    assert by.score((0, 1, 1)) == -np.inf
    assert by.reward((0, 1, 1), np.random.default_rng(0)) == 0.0


def test_a_run_goes_on_from_its_file_as_if_it_had_not_been_stopped(trainer, tmp_path):
    at = trainer.progress.step
    steps(trainer, at + 2, checkpoint=tmp_path / "supernet.npz")
    steps(trainer, at + 4)
    unbroken = banks(trainer)
    trainer.load(tmp_path / "supernet.npz", FAIR)
    assert trainer.progress.step == at + 2
    steps(trainer, at + 4)
    for one, other in zip(unbroken, banks(trainer), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_damaged_file_is_refused(trainer, tmp_path):
    (tmp_path / "supernet.npz").write_bytes(b"no")
    with pytest.raises(DirectoryError, match="must be a readable file"):
        trainer.load(tmp_path / "supernet.npz", FAIR)


def test_shared_weights_learn(trainer, ranker):
    steps(trainer, trainer.progress.step + 150)
    scores = [ranker.score(route) for route in EVERY_OP]
    assert np.mean(scores) > 0.8


def test_all_children_go_through_one_trace_each_of_training_and_of_ranking(trainer, ranker):
    steps(trainer, trainer.progress.step + 12)  # every op was drawn, twice
    assert trainer.traces == 1
    for route in EVERY_OP:
        ranker.statistics(route)
    assert ranker.traces == 3  # to measure, by two shapes of batch: `x`, and training examples; and to score

"""What `distribution=` may be, and how batches and learning rates grow with replicas."""

from types import SimpleNamespace

import pytest
import tensorflow as tf

import autonas
from autonas.errors import SettingError
from autonas.estimators import distributing, enas
from autonas.estimators.distributing import check_distribution, for_replicas
from autonas.runtime.devices import Distribution, scale, shared_size
from autonas.runtime.train import Recipe

pytestmark = pytest.mark.tf


@pytest.mark.parametrize("wrong", ["mirror", 2, True, tf.distribute.MirroredStrategy])
def test_what_is_no_distribution_is_refused(images, labels, wrong):
    with pytest.raises(SettingError, match=r"distribution must be None, one of .* or a tf.distribute strategy"):
        autonas.ImageClassifier(distribution=wrong).fit(images, labels)


def test_a_strategy_stays_in_its_process(images, labels):
    strategy = tf.distribute.OneDeviceStrategy("CPU:0")
    with pytest.raises(SettingError, match=r"distribution must be a name where.*workers=0"):
        autonas.ImageClassifier(distribution=strategy, workers=1).fit(images, labels)
    assert check_distribution(strategy, 0) == Distribution("own", 1, strategy)


def test_what_cannot_train_networks_is_refused():
    with pytest.raises(SettingError, match=r"that is one of .*MirroredStrategy.*Received: 'CentralStorageStrategy'"):
        check_distribution(tf.distribute.experimental.CentralStorageStrategy(["CPU:0"]), 0)


def test_one_device_has_nothing_to_share():
    assert check_distribution("mirrored", 1) is None
    assert check_distribution("auto", 1) is None
    assert check_distribution(None, 0) is None


@pytest.mark.parametrize(("workers", "replicas"), [(0, 4), (1, 4), (2, 2), (3, None), (4, None)])
def test_auto_counts_the_gpus_of_a_trial(monkeypatch, workers, replicas):
    monkeypatch.setattr(distributing, "gpus", lambda: ["0", "1", "2", "3"])
    expected = None if replicas is None else Distribution("mirrored", replicas)
    assert check_distribution("auto", workers) == check_distribution("mirrored", workers) == expected


def test_a_batch_size_of_the_users_is_that_of_all_replicas():
    assert scale(50, 4, 10_000, given=True).batch_size == 52
    assert scale(50, 4, 10_000, given=True).rate(0.1, "sgd") == 0.1


def test_a_chosen_batch_grows_with_replicas_as_far_as_epochs_are_long():
    assert scale(64, 4, 100_000, given=False).batch_size == 256
    assert scale(64, 4, 3_840, given=False).batch_size == 128  # 30 steps of 128 are an epoch
    assert scale(16, 3, 60, given=False).batch_size == 18  # no growth: rounded up
    recipe = Recipe("classification", 64, rate=0.1, distribution=Distribution("mirrored", 4))
    assert for_replicas(recipe, 100_000, given=False).rate == pytest.approx(0.4)
    adam = Recipe("classification", 64, optimizer="adam", rate=0.1, distribution=Distribution("mirrored", 4))
    assert for_replicas(adam, 100_000, given=False).rate == pytest.approx(0.2)


def test_replicas_share_a_batch_evenly():
    assert shared_size(100, 32, 3) == 30
    assert shared_size(7, 32, 2) == 6
    with pytest.raises(SettingError, match="data of one example a replica at least"):
        shared_size(3, 32, 4)


@pytest.mark.parametrize(
    ("replicas", "given", "peak"), [(4, None, 0.2), (2, None, 0.1), (4, 64, 0.05), (None, None, 0.05)]
)
def test_shared_weights_learn_as_much_faster_as_networks_do(monkeypatch, replicas, given, peak):
    monkeypatch.setattr(enas, "SupernetTrainer", lambda net, data, recipe, *, rates, clock: rates)
    job = SimpleNamespace(
        data=SimpleNamespace(train=range(100_000)),
        batch_size=given,
        kind=SimpleNamespace(batch_size=lambda n: 64),
        clock=None,
    )
    distribution = None if replicas is None else Distribution("mirrored", replicas)
    recipe = Recipe("classification", 64, rate=0.05, distribution=distribution)
    recipe = for_replicas(recipe, 100_000, given=given is not None)
    rates = enas._trainer(job, None, recipe)
    assert rates.peak == pytest.approx(peak) == recipe.rate
    assert rates.end / rates.peak == pytest.approx(0.02)

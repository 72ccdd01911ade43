"""Two replicas on one processor train a supernet as one device does: the same losses, the same weights."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import itertools
import numpy as np
import tensorflow as tf

processor = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
from autonas.data import image_dataset
from autonas.runtime.samplers import FairSampler
from autonas.runtime.schedule import Span
from autonas.runtime.supernet import Supernet
from autonas.runtime.supernet_training import SupernetTrainer
from autonas.runtime.devices import Distribution
from autonas.runtime.train import Recipe
from autonas.space.enas_macro import Macro
from autonas.space.enas_micro import Micro
from tests.estimators.small import digits

STEPS = 6
x, y = digits()
data = image_dataset(x, y, task="classification", validation_split=0.2, seed=0)
two_devices = Distribution("mirrored", 2)


def curve(space, distribution):
    recipe = Recipe(task="classification", batch_size=16, distribution=distribution)
    trainer = SupernetTrainer(Supernet(space.graph, seed=0), data, recipe, clock=itertools.count().__next__)
    losses = []
    for step in range(STEPS):
        trainer.train(FairSampler(space, 0), Span(step + 1, None))
        losses.append(trainer.progress.loss)
    assert trainer.traces == 1
    return losses, trainer.net.arrays


for space in (Macro((8, 8, 1), 10, width=4, layers=2), Micro((8, 8, 1), 10, width=2, layers=2, blocks=1)):
    one = curve(space, None)
    two = curve(space, two_devices)
    print(one[0], two[0])
    np.testing.assert_allclose(one[0], two[0], rtol=1e-4)
    for a, b in zip(one[1], two[1], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-3)
print("equal")
"""


def test_two_replicas_train_as_one_device_does():
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("equal\n")

"""Two processes train together as one does alone, under a strategy that spans both.

The chief runs the evaluators, then the same on one device alone, and compares; the other one follows.
"""

from tests.end_to_end.process_of_two import PLACE  # isort: skip - before anything runs

import itertools
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from autonas.data import image_dataset
from autonas.morph import Widen
from autonas.runtime.devices import Distribution
from autonas.runtime.evaluators import Lengths, NetworkEvaluator, stored_network
from autonas.runtime.finish import finish
from autonas.runtime.following import follow
from autonas.runtime.leading import dismiss
from autonas.runtime.schedule import Span
from autonas.runtime.train import Recipe
from autonas.search.strategy import Proposal
from tests.estimators.small import digits, small_network

strategy = tf.distribute.MultiWorkerMirroredStrategy()  # before anything runs
DATA = image_dataset(*digits(), task="classification", validation_split=0.2, seed=0)
NETWORK = small_network((8, 8, 1), 10)
TOGETHER = Distribution("own", 2, strategy)
STEPS = 50


class Losses(keras.callbacks.Callback):
    """Collects the losses of every step, over all runs."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __deepcopy__(self, memo):
        return self

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(logs["loss"])


def recipe(distribution, *callbacks):
    """Return how networks are trained."""
    return Recipe("classification", 16, distribution=distribution, callbacks=callbacks, warm_rate=0.05)


def trained(distribution):
    """Return the losses of a network from scratch, of a child that inherits, and of finishing; and the metrics."""
    losses = Losses()
    lengths = Lengths(Span(STEPS, None), Span(STEPS, None))
    clock = itertools.count().__next__
    how = {"metric": "val_loss", "maximise": False, "clock": clock}
    evaluator = NetworkEvaluator(DATA, recipe(distribution, losses), lengths, **how)
    edit = Widen("conv", 12)
    with tempfile.TemporaryDirectory() as folder:
        rest = {"seconds": None, "watch": lambda progress: None}
        for name, proposal in (("1", Proposal(NETWORK)), ("2", Proposal(edit.apply(NETWORK), "1", (edit,)))):
            parent = Path(folder) / "1" if proposal.parent else None
            own = Path(folder) / name
            result = evaluator.evaluate(proposal, trial_id=name, folder=own, parent_folder=parent, **rest)
        network, weights, _ = stored_network(own)
        end = finish(network, weights, DATA, recipe(distribution, losses), Span(STEPS, None), **how)
    assert len(losses.seen) == 3 * STEPS
    return losses.seen, [result.metrics["val_loss"], end.metrics["val_loss"]]


if PLACE == 0:
    both = trained(TOGETHER)
    dismiss(strategy)
    alone = trained(None)
    print(np.abs(np.subtract(both[0], alone[0])).max(), both[1], alone[1])  # noqa: T201
    np.testing.assert_allclose(both[0], alone[0], atol=1e-4)
    np.testing.assert_allclose(both[1], alone[1], atol=1e-4)
else:
    follow(DATA, recipe(TOGETHER))
print("equal")  # noqa: T201

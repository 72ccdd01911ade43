"""What evaluators and finishing do under a distribution: losses of every step, to be compared."""

import itertools
import tempfile
from pathlib import Path

import keras

from autonas.data import image_dataset
from autonas.morph import Widen
from autonas.runtime.evaluators import Lengths, NetworkEvaluator, stored_network
from autonas.runtime.finish import finish
from autonas.runtime.samplers import FairSampler
from autonas.runtime.schedule import Span
from autonas.runtime.supernet import Supernet
from autonas.runtime.supernet_training import SupernetTrainer
from autonas.runtime.train import Recipe
from autonas.search.strategy import Proposal
from autonas.space.enas_macro import Macro
from tests.estimators.small import digits, small_network

DATA = image_dataset(*digits(), task="classification", validation_split=0.2, seed=0)
NETWORK = small_network((8, 8, 1), 10)
MACRO = Macro((8, 8, 1), 10, width=4, layers=2)
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
    """Return the losses of a network from scratch, of a child that inherits, and of finishing; and their last ones on
    validation data."""
    losses = Losses()
    lengths = Lengths(Span(STEPS, None), Span(STEPS, None))
    how = {"metric": "val_loss", "maximise": False, "clock": itertools.count().__next__}
    evaluator = NetworkEvaluator(DATA, recipe(distribution, losses), lengths, **how)
    edit = Widen("conv", 12)
    with tempfile.TemporaryDirectory() as folder:
        rest = {"seconds": None, "watch": lambda progress: None}
        for name, proposal in (("1", Proposal(NETWORK)), ("2", Proposal(edit.apply(NETWORK), "1", (edit,)))):
            parent, own = Path(folder) / "1" if proposal.parent else None, Path(folder) / name
            result = evaluator.evaluate(proposal, trial_id=name, folder=own, parent_folder=parent, **rest)
        network, weights, _ = stored_network(own)
        end = finish(network, weights, DATA, recipe(distribution, losses), Span(STEPS, None), **how)
    assert len(losses.seen) == 3 * STEPS
    return losses.seen, [result.metrics["val_loss"], end.metrics["val_loss"]]


def trainer_of(distribution, space=MACRO):
    """Return what trains a supernet."""
    clock = itertools.count().__next__
    return SupernetTrainer(Supernet(space.graph, seed=0), DATA, recipe(distribution), clock=clock)


def shared(distribution, space=MACRO, steps=STEPS):
    """Return the loss of late and the weights of a supernet after so many steps."""
    trainer = trainer_of(distribution, space)
    trainer.train(FairSampler(space, 0), Span(steps, None))
    assert trainer.traces == 1
    return trainer.progress.loss, trainer.net.arrays

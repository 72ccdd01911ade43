"""Small data, small networks and a Keras callback that looks at training runs, or spoils one of them."""

from __future__ import annotations

import contextlib
import dataclasses
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from autonas.arch import Architecture, node
from autonas.arch.starters import linear, perceptron
from autonas.data import Dataset
from autonas.estimators.auto_model import AutoModel
from autonas.estimators.base import Estimator
from autonas.estimators.image import IMAGE, ImageClassifier, ImageRegressor
from autonas.estimators.kind import Family
from autonas.estimators.language import LanguageModel
from autonas.estimators.structured import TABLE, Structured
from autonas.runtime.plan import Effort


def digits(n: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Return n images (n, 8, 8) uint8 and the digits they show (n,)."""
    x, y = load_digits(return_X_y=True)
    return x[:n].reshape(-1, 8, 8).astype(np.uint8), y[:n]


def small_network(shape: tuple[int, ...], outputs: int, width: int = 8) -> Architecture:
    """Return one conv with batch norm and a dense layer: what traces in a moment, and still has edits to offer."""
    return Architecture(
        (
            node("image", "input", shape=shape),
            node("conv", "conv", "image", filters=width, kernel=3, stride=2, bias=False),
            node("norm", "batch_norm", "conv"),
            node("relu", "relu", "norm"),
            node("flat", "flatten", "relu"),
            node("logits", "dense", "flat", units=outputs),
        ),
        ("logits",),
    )


@contextlib.contextmanager
def small_networks() -> Iterator[None]:
    """Let searches begin with `small_network` and not with a network of 19 layers, which takes seconds to trace."""

    def families(data: Dataset, outputs: int) -> tuple[Family, ...]:
        return (Family(lambda width: small_network(data.schema.shape, outputs, width)),)

    with pytest.MonkeyPatch.context() as patch:
        for each in (ImageClassifier, ImageRegressor):
            patch.setattr(each, "kind", dataclasses.replace(IMAGE, families=families))
        yield


@contextlib.contextmanager
def in_this_process() -> Iterator[None]:
    """Let estimators run trials in this process unless told otherwise: others would each import TensorFlow."""
    with pytest.MonkeyPatch.context() as patch:
        for each in (Estimator, AutoModel, LanguageModel):
            patch.setitem(each.__init__.__kwdefaults__, "workers", 0)
        yield


@contextlib.contextmanager
def small_tables() -> Iterator[None]:
    """Let searches over tables begin with a linear model and a perceptron of 8 units, and train for a moment."""

    def families(data: Dataset, outputs: int) -> tuple[Family, ...]:
        return (
            Family(lambda width: linear(data.schema.shape, outputs), (1,), default=1),
            Family(lambda width: perceptron(data.schema.shape, outputs, width), (8,), default=8),
        )

    with pytest.MonkeyPatch.context() as patch:
        effort = Effort(epochs=(20.0, 5.0, 10.0), steps=(160, 40, 80))
        patch.setattr(Structured, "kind", dataclasses.replace(TABLE, families=families, effort=effort))
        yield


class Spy(keras.callbacks.Callback):
    """Counts training runs and steps over all copies that a fit makes of it; ``run_2=act`` calls ``act(model)`` before
    the first step of the second run.
    """

    def __init__(self, **acts: Callable[[keras.Model], Any]):
        super().__init__()
        self.shared = _Shared()
        self.acts = {int(name.removeprefix("run_")): act for name, act in acts.items()}

    runs = property(lambda self: self.shared.runs)
    steps = property(lambda self: self.shared.steps)
    models = property(lambda self: [model() for model in self.shared.models])
    logs = property(lambda self: self.shared.logs)

    def on_train_begin(self, logs=None):
        self.shared.runs += 1
        self.shared.models.append(weakref.ref(self.model))
        self.fresh = True

    def on_train_batch_begin(self, batch, logs=None):
        if self.fresh:
            self.fresh = False
            self.acts.get(self.shared.runs, lambda model: None)(self.model)

    def on_train_batch_end(self, batch, logs=None):
        self.shared.steps += 1

    def on_epoch_end(self, epoch, logs=None):
        self.shared.logs.append(dict(logs or {}))


class _Shared:
    """What the copies of one spy have in common."""

    def __init__(self):
        self.runs, self.steps, self.models, self.logs = 0, 0, [], []

    def __deepcopy__(self, memo):
        return self


def poison(model: keras.Model) -> None:
    """Make every output of a model NaN."""
    for variable in model.trainable_variables:
        variable.assign(np.full(variable.shape, np.nan, np.float32))


def interrupt(model: keras.Model) -> None:
    """Press Ctrl-C."""
    raise KeyboardInterrupt

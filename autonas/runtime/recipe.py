"""How networks are trained, as a value."""

from __future__ import annotations

import dataclasses
from typing import Literal

import keras

from autonas.data import Augment
from autonas.runtime.compile import Precision
from autonas.runtime.devices import Distribution
from autonas.runtime.scoring import Scoring


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How networks are trained, the same for all of a search.

    Attributes:
        task: ``classification`` (cross-entropy on logits), ``multi_label`` (binary cross-entropy on logits, summed
            over the labels, so that a label learns as fast among many as among few) or ``regression`` (mean squared
            error).
        batch_size: examples a gradient step.
        optimizer: ``sgd`` with Nesterov momentum 0.9, or ``adam``.
        rate: peak learning rate of a network that starts from scratch.
        warm_rate: peak learning rate of one that starts from inherited weights: a short run at more than this ends
            below where its parent was.
        finish_rate: peak learning rate of finishing.
        weight_decay: decoupled, on kernels alone. Keras multiplies it by the learning rate and leaves it out of the
            momentum, so 5e-3
            acts as an L2 factor of 5e-4 does in frameworks that take it in.
        smoothing: label smoothing (Szegedy et al. 2016, section 7) in training; validation losses are those of the
            plain labels.
        together: gradient steps that run as one call, for networks so small that calling costs more than computing. The
            learning rate is set, and the run steered, once a call.
        clip: largest global norm of a gradient; what a network without batch norm needs at this rate.
        augment: what may happen to training images.
        precision: what layers compute in while training (`compile_architecture`); what leaves the house is float32.
        validations: how often a run is validated before its end.
        keep_best: end with the weights of the best validation: for data that networks soon know by heart.
        patience: so many validations in a row that are not better than the best end the run, with ``keep_best``.
        seed: of batches and augmentation.
        callbacks: the user's own Keras callbacks, copied for every run.
        scoring: the user's own loss and metrics, or None for the task's.
        distribution: which replicas share every minibatch, or None for one device.
    """

    task: Literal["classification", "multi_label", "regression", "heads"]
    batch_size: int
    optimizer: Literal["sgd", "adam"] = "sgd"
    rate: float = 0.1
    warm_rate: float = 0.02
    finish_rate: float = 0.05
    weight_decay: float = 5e-3
    smoothing: float = 0.05
    together: int = 1
    clip: float = 5.0
    augment: Augment = dataclasses.field(default_factory=Augment)
    precision: Precision = "float32"
    validations: int = 3
    keep_best: bool = False
    patience: int = 2
    seed: int = 0
    callbacks: tuple[keras.callbacks.Callback, ...] = ()
    scoring: Scoring | None = None
    distribution: Distribution | None = None

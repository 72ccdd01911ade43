"""Estimators for images."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from autonas.arch.starters import residual_cnn
from autonas.data import IMAGES, Dataset, for_long_runs, light_augmentation
from autonas.estimators.classifier import Classifier
from autonas.estimators.designs import CNN, DENSENET, TRANSFORMED
from autonas.estimators.kind import Family, Kind
from autonas.estimators.regressor import Regressor
from autonas.runtime.train import Recipe


def _families(data: Dataset, outputs: int) -> tuple[Family, ...]:
    return (Family(lambda width: residual_cnn(data.schema.shape, outputs, width=width)),)


def _augmented(recipe: Recipe, data: Dataset) -> Recipe:
    part, classes = data.train, recipe.task == "classification"
    augment = light_augmentation(part.x, part.y, stratify=classes, seed=recipe.seed)
    return dataclasses.replace(recipe, augment=augment)


def _long(recipe: Recipe, data: Dataset) -> Recipe:
    return dataclasses.replace(recipe, augment=for_long_runs(recipe.augment, data.schema.shape))


IMAGE = Kind(
    reader=IMAGES,
    families=_families,
    recipe=_augmented,
    long_recipe=_long,
    designs={"decided": CNN, "transformed": TRANSFORMED, "transformed densenet": DENSENET},
)
"""Images: residual networks of convs, and light augmentation."""


class ImageClassifier(Classifier):
    """Finds a network that tells classes of images apart.

    ```python
    clf = autonas.ImageClassifier(time_limit=600, seed=0)
    clf.fit(x_train, y_train)
    clf.score(x_test, y_test)
    clf.export("model", format="tf_saved_model")
    ```

    Images are (n, h, w) or (n, h, w, c), uint8 or float, finite, on any scale; or a folder of class folders; a list of
    PIL images or of picture files; a ``tf.data.Dataset``, a generator or a ``keras.utils.PyDataset`` of batches (x, y)
    or (x, y, weights). More than 128 MB of them are kept on disk while `fit` runs.

    Network morphism under Bayesian optimisation (Jin, Song & Hu 2018) by default: networks grow by edits that keep what
    they compute, and children inherit their parent's weights.

    Args:
        oracle: ``"bayesian"``, ``"evolution"``, ``"local"``, ``"random"`` (the same space, nothing inherited), ``"rl"``
            (convolutional networks that a policy writes layer by layer, each trained from scratch), ``"enas"``,
            ``"eas"`` or ``"eas-densenet"`` (a policy that makes one network wider and deeper, with its weights), or a
            strategy such as ``autonas.search.BayesianMorphism(kernel="edit")``.
        time_limit: seconds for the whole of `fit`, finishing included. With neither this nor ``max_trials``: 3600.
        max_trials: most networks to try; with a time limit, whichever comes first.
        objective: what networks are compared by on validation data: ``"auto"`` (accuracy; the loss where images have
            several labels), ``"val_accuracy"``, ``"val_loss"``, ``"val_"`` and the name of one of ``metrics``, or a
            ``keras_tuner.Objective``, which is what says the direction of a metric of your own.
        max_params: most parameters of a network.
        workers: how many trials run at a time, each in a process of its own with its share of processor threads and
            GPUs; 0 runs them in this process, one after the other; ``"ray"`` or an ``autonas.RayCluster`` on a Ray
            cluster (``pip install "autonas[ray]"``).
        distribution: which devices share every minibatch of a training run: None, one; ``"mirrored"``, all GPUs of a
            trial, or where there is none the logical CPUs that are configured; ``"auto"``, mirrored where a trial has
            two GPUs or more; ``"multi_worker_mirrored"``, all processes of TF_CONFIG, each of which calls `fit`; or a
            ``tf.distribute`` strategy (both with ``workers=0``). A ``batch_size`` is that of all
            devices together; one that is chosen for the data grows with their number, and learning rates with it
            (`autonas.runtime.devices`).
        max_disk_mb: megabytes that trials may take on disk. Beyond that, the weights of those are removed that did
            badly long ago; the twelve best stay. None: no bound.
        loss: what networks are trained for: a Keras loss, its name, or a function of one-hot rows and probabilities,
            both (n, k), to n numbers. None: cross-entropy. Of numbers: a function of y and predictions, in units of y.
        metrics: what is reported besides, by `evaluate` and as ``val_<name>`` of a trial: Keras metrics, their names
            (``"f1"``, ``"auc"``, ...) or functions like ``loss``.
        refit: ``"all"`` trains the finished network once more with the validation data added, for half of the finishing
            time.
        directory: where the search lives; the same directory resumes it. None: a temporary one.
        overwrite: replace an earlier search in ``directory``.
        seed: of everything random. With a time limit, how far a search gets still depends on the machine.
        verbose: 0 silent, 1 live progress on a terminal and a line a trial elsewhere, 2 a line a trial.
        tensorboard: log every trial for TensorBoard, below ``directory``: ``tensorboard --logdir DIRECTORY``.
        project_name: the search's folder in ``directory``; None: ``search``.
        max_model_size, tuner: AutoKeras's names of ``max_params`` and ``oracle``.
        num_classes, output_dim: how many classes (numbers, for a regressor) y must have; None: what it has.
        multi_label: whether an image may have several labels; None: as y looks.

    Attributes:
        classes_: the labels (k,), in the dtype of ``y``.
        model_: the ``keras.Model``, raw images in, probabilities (n, k) out.
        architecture_: the network as data, without weights.
        validation_metrics_: its metrics on the validation data.
        best_trial_, source_: the trial it comes from; whether it is as the ``search`` left it, or finishing's ``cycle``
            or ``average`` was better.
        tuner_: the ``keras_tuner.Tuner`` of the search.
        timing_: where the time of `fit` went, seconds by kind.
        directory_: where the search lives.
    """

    kind: ClassVar[Kind] = IMAGE


class ImageRegressor(Regressor):
    """Finds a network that tells one number, or several, of an image.

    Arguments and attributes are those of `ImageClassifier`, without ``classes_``. ``objective`` may be ``"auto"``,
    ``"val_loss"``,
    ``"val_mse"`` (both the mean squared error) or ``"val_mae"``, all of the standardised target.
    """

    kind: ClassVar[Kind] = IMAGE

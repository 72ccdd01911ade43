"""The rival to beat: one good hand-written residual network that gets all the time.

About 155,000 parameters. SGD with Nesterov momentum, one cycle over the whole time limit, decoupled weight decay,
label smoothing, light augmentation. There is nothing to select, so it trains on all training images.
"""

import keras
import numpy as np
from clocks import Cycle, Stopwatch
from keras import layers
from pipelines import AUGMENTATIONS, Augmentation, Standardise, training
from task import Outcome, Task

_BATCH = 64
_PEAK_RATE = 0.1
_WARMUP = 0.2
# Keras multiplies by the rate alone (decoupled), so with momentum 0.9 this equals an L2 factor of 5e-4.
_WEIGHT_DECAY = 5e-3
_SMOOTHING = 0.05
_MARGIN_S = 0.5  # the end of fit() itself


def network(shape: tuple[int, int, int], classes: int) -> keras.Model:
    """The network: images (n, *shape) standardised -> logits (n, classes)."""
    inputs = layers.Input(shape)
    x = _conv(inputs, 16)
    x = layers.MaxPooling2D(2, padding="same")(_conv(x, 32))
    x = layers.Add()([x, _conv(_conv(x, 32), 32)])
    x = layers.MaxPooling2D(2, padding="same")(_conv(x, 64))
    x = layers.Add()([x, _conv(_conv(x, 64), 64)])
    x = _conv(x, 64)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(classes)(x))


def fit(task: Task) -> Outcome:
    """Train until the time limit."""
    keras.utils.set_random_seed(task.seed)
    standardise = Standardise.of(task.images)
    model = network(task.images.shape[1:], task.classes)
    model.compile(optimizer=_optimizer(model), loss=_loss())
    stopwatch = Stopwatch()
    targets = np.eye(task.classes, dtype=np.float32)[task.labels]
    batch = min(_BATCH, len(task.images))
    batches = training(
        standardise(task.images), targets, batch, task.seed, AUGMENTATIONS.get(task.dataset, Augmentation())
    )
    cycle = Cycle(_PEAK_RATE, task.left() - _MARGIN_S, _WARMUP)
    steps = len(task.images) // batch
    history = model.fit(
        batches, steps_per_epoch=steps, epochs=10**6, callbacks=[cycle, stopwatch], shuffle=False, verbose=0
    )
    return Outcome(
        predict=lambda images: model.predict(standardise(images), batch_size=256, verbose=0).argmax(-1),
        trials=1,
        parameters=model.count_params(),
        gradient_seconds=stopwatch.seconds,
        details={"epochs": len(history.epoch), "train_loss": history.history["loss"][-1]},
    )


def _conv(x, filters: int):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))


def _optimizer(model: keras.Model) -> keras.optimizers.Optimizer:
    optimizer = keras.optimizers.SGD(_PEAK_RATE, momentum=0.9, nesterov=True, weight_decay=_WEIGHT_DECAY)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer


def _loss() -> keras.losses.Loss:
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=_SMOOTHING)

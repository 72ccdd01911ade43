"""The space a competent KerasTuner user would write for small images: an ordinary CNN of two to four blocks."""

import keras
import keras_tuner
import numpy as np
from clocks import Stopwatch
from keras import layers
from pipelines import Augmentation, training

BATCH = 64


class Convolutional(keras_tuner.HyperModel):
    """Blocks of one or two convolutions and a pool, a dense layer, Adam or SGD with momentum.

    Like the other tools it trains on augmented, standardised images; batch norm has the momentum 0.9 that suits runs
    of few steps.
    """

    def __init__(self, shape: tuple[int, ...], classes: int, augmentation: Augmentation, seed: int) -> None:
        super().__init__()
        self._shape, self._classes = shape, classes
        self._augmentation, self._seed = augmentation, seed
        self.stopwatch = Stopwatch()

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """A compiled network for the values in `hp`."""
        inputs = layers.Input(self._shape)
        x = inputs
        for block in range(hp.Int("blocks", 2, 4, default=3)):
            x = _block(hp, x, block)
        x = layers.GlobalAveragePooling2D()(x) if hp.Boolean("global_pool") else layers.Flatten()(x)
        x = layers.Dense(hp.Choice("dense_units", [32, 64, 128, 256], default=64), "relu")(x)
        x = layers.Dropout(hp.Float("dropout", 0.0, 0.5, step=0.1))(x)
        model = keras.Model(inputs, layers.Dense(self._classes, "softmax")(x))
        model.compile(_optimizer(hp), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    def fit(self, hp, model, images: np.ndarray, labels: np.ndarray, **fit_arguments) -> keras.callbacks.History:
        """`Model.fit` on augmented batches; KerasTuner hands over epochs, callbacks and validation data."""
        # Added here because the tuner copies the callbacks it is given for every trial, and a copied clock is lost.
        fit_arguments["callbacks"] = [*fit_arguments.get("callbacks", []), self.stopwatch]
        batch = min(BATCH, len(images))
        batches = training(images, labels, batch, self._seed, self._augmentation)
        return model.fit(batches, steps_per_epoch=len(images) // batch, shuffle=False, **fit_arguments)


def _block(hp: keras_tuner.HyperParameters, x, block: int):
    filters = hp.Choice(f"filters_{block}", [16, 32, 64, 128], default=min(32 << block, 128))
    for _ in range(hp.Int("convolutions", 1, 2)):
        x = layers.Conv2D(filters, hp.Choice("kernel", [3, 5]), padding="same")(x)
        if hp.Boolean("batch_norm", default=True):
            x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.ReLU()(x)
    return layers.MaxPooling2D(2, padding="same")(x)


def _optimizer(hp: keras_tuner.HyperParameters) -> keras.optimizers.Optimizer:
    if hp.Choice("optimizer", ["adam", "sgd"]) == "adam":
        return keras.optimizers.Adam(hp.Float("adam_rate", 3e-4, 1e-2, sampling="log", default=1e-3))
    rate = hp.Float("sgd_rate", 3e-3, 2e-1, sampling="log", default=5e-2)
    return keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)

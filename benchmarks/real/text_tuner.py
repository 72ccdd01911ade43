"""KerasTuner's Bayesian search over what a competent user would write for texts: embedding, convolutions, pool, dense.

It searches for 70 % of the time; then the best model sees all texts once more at a tenth of its learning rate, and no
longer: with nothing left to validate on, embeddings would go on to learn the texts by heart.
"""

import tempfile

import keras
import keras_tuner
import numpy as np
import tensorflow as tf
from clocks import Deadline, Stopwatch
from keras import layers
from keras_tuner.oracles import BayesianOptimizationOracle
from sklearn.model_selection import train_test_split
from task import Outcome, TextTask

_SEARCH_SHARE, _VALIDATION_SHARE = 0.7, 0.2
_BATCH, _MAX_EPOCHS, _PATIENCE, _INITIAL_POINTS = 32, 12, 2, 5
_WORDS, _LENGTH = 20_000, 400
_STOP = {"status": "STOPPED", "values": {}}


class _Clocked(BayesianOptimizationOracle):
    """Gaussian-process search that proposes nothing once the share for searching has gone."""

    def __init__(self, task: TextTask, **settings) -> None:
        self._task = task
        super().__init__(**settings)

    def populate_space(self, trial_id):
        return _STOP if _search_left(self._task) <= 0 else super().populate_space(trial_id)


class _Convolutional(keras_tuner.HyperModel):
    """Embedding, one to two convolutions, a global max pool, a dense layer."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self._outputs = outputs
        self.stopwatch = Stopwatch()

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """A compiled network for the values in `hp`."""
        inputs = layers.Input((_LENGTH,), dtype="int32")
        x = layers.Embedding(_WORDS, hp.Choice("embedding", [16, 32, 64, 128], default=64))(inputs)
        x = layers.SpatialDropout1D(hp.Float("embedding_dropout", 0.0, 0.4, step=0.1))(x)
        for _ in range(hp.Int("convolutions", 1, 2)):
            x = layers.Conv1D(hp.Choice("filters", [32, 64, 128]), hp.Choice("kernel", [3, 5, 7]), activation="relu")(x)
        x = layers.GlobalMaxPooling1D()(x)
        x = layers.Dense(hp.Choice("dense_units", [16, 32, 64]), "relu")(x)
        x = layers.Dropout(hp.Float("dropout", 0.0, 0.5, step=0.1))(x)
        classes = self._outputs > 1
        model = keras.Model(inputs, layers.Dense(self._outputs, "softmax" if classes else None)(x))
        rate = hp.Float("rate", 3e-4, 1e-2, sampling="log", default=1e-3)
        loss = "sparse_categorical_crossentropy" if classes else "mean_absolute_error"
        model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"] if classes else [])
        return model

    def fit(self, hp, model, *data, **settings):
        """`Model.fit` with the stopwatch, which a copied callback would lose."""
        settings["callbacks"] = [*settings.get("callbacks", []), self.stopwatch]
        return model.fit(*data, batch_size=_BATCH, **settings)


def fit(task: TextTask) -> Outcome:
    """Bayesian optimisation until the time for searching is over, then the best model trained on."""
    keras.utils.set_random_seed(task.seed)
    vectorize = layers.TextVectorization(max_tokens=_WORDS, output_sequence_length=_LENGTH)
    vectorize.adapt(tf.constant(task.texts.tolist()))
    ids = _ids(vectorize, task.texts)
    classes = task.task == "classification"
    labels, targets = np.unique(task.targets, return_inverse=True) if classes else (None, task.targets)
    hypermodel = _Convolutional(len(labels) if classes else 1)
    oracle = _Clocked(
        task,
        objective=keras_tuner.Objective("val_accuracy", "max") if classes else keras_tuner.Objective("val_loss", "min"),
        max_trials=10**6,
        num_initial_points=_INITIAL_POINTS,
        seed=task.seed + 1,  # KerasTuner takes 0 for "no seed"
    )
    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.Tuner(oracle=oracle, hypermodel=hypermodel, directory=folder)
        _search(task, tuner, ids, targets, classes)
        model = tuner.get_best_models(1)[0]
    best = oracle.get_best_trials(1)[0]
    model.optimizer.learning_rate = 0.1 * float(best.hyperparameters.get("rate"))
    hypermodel.fit(None, model, ids, targets, epochs=1, callbacks=[Deadline(task.left)], verbose=0)

    def predict(texts: np.ndarray) -> np.ndarray:
        outputs = model.predict(_ids(vectorize, texts), batch_size=256, verbose=0)
        return labels[outputs.argmax(-1)] if classes else outputs[:, 0]

    return Outcome(
        predict=predict,
        trials=sum(trial.status == "COMPLETED" for trial in oracle.trials.values()),
        parameters=model.count_params(),
        gradient_seconds=hypermodel.stopwatch.seconds,
        details={"best_score": best.score, "best_values": best.hyperparameters.values},
    )


def _search(task: TextTask, tuner: keras_tuner.Tuner, ids: np.ndarray, targets: np.ndarray, classes: bool) -> None:
    stratify = targets if classes else None
    x, x_val, y, y_val = train_test_split(
        ids, targets, test_size=_VALIDATION_SHARE, stratify=stratify, random_state=task.seed
    )
    early = keras.callbacks.EarlyStopping("val_loss", patience=_PATIENCE, restore_best_weights=True)
    callbacks = [early, Deadline(lambda: _search_left(task))]
    tuner.search(x, y, validation_data=(x_val, y_val), epochs=_MAX_EPOCHS, callbacks=callbacks, verbose=0)
    if not any(trial.status == "COMPLETED" for trial in tuner.oracle.trials.values()):
        messages = [trial.message for trial in tuner.oracle.trials.values()]
        raise RuntimeError(f"KerasTuner must complete a trial. Received: {messages}. Use a longer --time-limit.")


def _ids(vectorize: layers.TextVectorization, texts: np.ndarray) -> np.ndarray:
    return np.asarray(vectorize(tf.constant(texts.tolist())))


def _search_left(task: TextTask) -> float:
    return _SEARCH_SHARE * task.time_limit - task.elapsed()

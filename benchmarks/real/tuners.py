"""KerasTuner's Hyperband and BayesianOptimization under a time limit, which they do not have themselves.

Both search for 70 % of the time. The rest goes to the best model they found: it keeps its weights and trains on, on all
training images, while its learning rate falls to zero. Retraining from scratch, as KerasTuner's guide has it, would do
worse in the time that is left.
"""

import tempfile

import keras
import keras_tuner
import numpy as np
from clocks import Cycle, Deadline
from hypermodel import Convolutional
from keras_tuner.oracles import BayesianOptimizationOracle, HyperbandOracle
from pipelines import AUGMENTATIONS, Augmentation, Standardise, validation
from sklearn.model_selection import train_test_split
from task import Outcome, Task

_SEARCH_SHARE = 0.7
_VALIDATION_SHARE = 0.2
_PATIENCE = 3
# 44 epochs for Hyperband's first bracket (12 networks 2 epochs, 4 up to 4, 2 up to 10): about what ten minutes of one
# core hold. With the 100 of its default the first round alone would not end.
_MAX_EPOCHS_HYPERBAND = 10
_MAX_EPOCHS_BAYESIAN = 15
# Its default, three points a hyper-parameter, would be random search to the end of a run of this length.
_INITIAL_POINTS = 5
_WARMUP = 0.1
_MARGIN_S = 1.0  # the end of fit() itself
_STOP = {"status": "STOPPED", "values": {}}


class _ClockedHyperband(HyperbandOracle):
    """Hyperband that proposes nothing once `task`'s share for searching has gone."""

    def __init__(self, task: Task, **settings) -> None:
        self._task = task
        super().__init__(**settings)

    def populate_space(self, trial_id):
        return _STOP if _search_left(self._task) <= 0 else super().populate_space(trial_id)


class _ClockedBayesian(BayesianOptimizationOracle):
    """Gaussian-process search that proposes nothing once `task`'s share for searching has gone."""

    def __init__(self, task: Task, **settings) -> None:
        self._task = task
        super().__init__(**settings)

    def populate_space(self, trial_id):
        return _STOP if _search_left(self._task) <= 0 else super().populate_space(trial_id)


class _Hyperband(keras_tuner.Hyperband):
    """The Hyperband tuner (epochs and weights from rung to rung) around an oracle of ours."""

    def __init__(self, oracle: HyperbandOracle, **settings) -> None:
        keras_tuner.Tuner.__init__(self, oracle=oracle, **settings)  # Hyperband's own would make another oracle


def fit_hyperband(task: Task) -> Outcome:
    """Hyperband, repeated until the time for searching is over, then the best model trained on."""
    oracle = _ClockedHyperband(
        task,
        objective="val_accuracy",
        max_epochs=_MAX_EPOCHS_HYPERBAND,
        hyperband_iterations=10**6,
        seed=_oracle_seed(task),
    )
    return _fit(task, _Hyperband, oracle, {})


def fit_bayesian(task: Task) -> Outcome:
    """Bayesian optimisation until the time for searching is over, then the best model trained on."""
    oracle = _ClockedBayesian(
        task,
        objective="val_accuracy",
        max_trials=10**6,
        num_initial_points=_INITIAL_POINTS,
        seed=_oracle_seed(task),
    )
    return _fit(task, keras_tuner.Tuner, oracle, {"epochs": _MAX_EPOCHS_BAYESIAN})


def _fit(task: Task, tuner_type: type, oracle: keras_tuner.Oracle, fit_arguments: dict[str, int]) -> Outcome:
    keras.utils.set_random_seed(task.seed)
    standardise = Standardise.of(task.images)
    images = standardise(task.images)
    augmentation = AUGMENTATIONS.get(task.dataset, Augmentation())
    hypermodel = Convolutional(images.shape[1:], task.classes, augmentation, task.seed)
    with tempfile.TemporaryDirectory() as folder:
        tuner = tuner_type(oracle=oracle, hypermodel=hypermodel, directory=folder)
        _search(task, tuner, images, fit_arguments)
        model = tuner.get_best_models(1)[0]
    best = oracle.get_best_trials(1)[0]
    _train_on(task, hypermodel, best.hyperparameters, model, images)
    return Outcome(
        predict=lambda raw: model.predict(standardise(raw), batch_size=256, verbose=0).argmax(-1),
        trials=_completed(oracle),
        parameters=model.count_params(),
        gradient_seconds=hypermodel.stopwatch.seconds,
        details={"best_val_accuracy": best.score, "best_values": best.hyperparameters.values},
    )


def _search(task: Task, tuner: keras_tuner.Tuner, images: np.ndarray, fit_arguments: dict[str, int]) -> None:
    x, x_val, y, y_val = train_test_split(
        images, task.labels, test_size=_VALIDATION_SHARE, stratify=task.labels, random_state=task.seed
    )
    early = keras.callbacks.EarlyStopping("val_accuracy", mode="max", patience=_PATIENCE)
    callbacks = [early, Deadline(lambda: _search_left(task))]
    tuner.search(x, y, validation_data=validation(x_val, y_val), callbacks=callbacks, verbose=0, **fit_arguments)
    if not _completed(tuner.oracle):
        messages = [trial.message for trial in tuner.oracle.trials.values()]
        raise RuntimeError(f"KerasTuner must complete a trial. Received: {messages}. Use a longer --time-limit.")


def _train_on(task: Task, hypermodel: Convolutional, values, model: keras.Model, images: np.ndarray) -> None:
    peak = float(model.optimizer.learning_rate.numpy())
    cycle = Cycle(peak, task.left() - _MARGIN_S, _WARMUP)
    hypermodel.fit(values, model, images, task.labels, epochs=10**6, callbacks=[cycle], verbose=0)


def _search_left(task: Task) -> float:
    return _SEARCH_SHARE * task.time_limit - task.elapsed()


def _oracle_seed(task: Task) -> int:
    return task.seed + 1  # KerasTuner takes 0 for "no seed"


def _completed(oracle: keras_tuner.Oracle) -> int:
    return sum(trial.status == "COMPLETED" for trial in oracle.trials.values())

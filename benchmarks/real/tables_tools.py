"""What tables.py times: autonas as a user calls it, and what a competent user of its peers would write.

The peers get the same preparation: dates become numbers, categories are encoded, what is missing is filled and marked.
"""

import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import keras
import keras_tuner
import numpy as np
import pandas as pd
from clocks import Deadline
from keras_tuner.oracles import BayesianOptimizationOracle
from ours import outcome
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.model_selection import ParameterSampler, cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler, TargetEncoder
from task import Outcome, TableTask

import autonas

_SEARCH_SHARE = 0.85  # of the time; the rest is for fitting the best on everything
_FOLDS = 3
_MOST_KINDS = 50  # categories of more kinds are encoded by their targets, for trees
_PATIENCE, _EPOCHS = 10, 200
_STOP = {"status": "STOPPED", "values": {}}

BOOSTING = {
    "model__learning_rate": loguniform(0.01, 0.3),
    "model__max_leaf_nodes": [7, 15, 31, 63],
    "model__min_samples_leaf": [5, 10, 20, 50],
    "model__l2_regularization": loguniform(1e-3, 10),
    "model__max_iter": [100, 200, 400],
}
PERCEPTRON = {
    "model__hidden_layer_sizes": [(32,), (64,), (128,), (64, 64), (128, 128), (128, 64, 32)],
    "model__alpha": loguniform(1e-6, 1),
    "model__learning_rate_init": loguniform(3e-4, 1e-2),
    "model__batch_size": [32, 64, 128],
    "model__activation": ["relu", "tanh"],
}


def fit_autonas(task: TableTask) -> Outcome:
    """The default search."""
    kind = autonas.StructuredDataClassifier if task.classifies else autonas.StructuredDataRegressor
    found = kind(time_limit=task.left(), seed=task.seed, verbose=1).fit(task.x, task.y)
    return outcome(found, best=found.leaderboard()[0].edits)


def fit_boosting(task: TableTask) -> Outcome:
    """Histogram gradient boosting: scikit-learn's defaults, then random settings by cross-validation."""
    model = HistGradientBoostingClassifier if task.classifies else HistGradientBoostingRegressor
    return _random_search(task, make_trees_ready(task), model(random_state=task.seed), BOOSTING)


def fit_perceptron(task: TableTask) -> Outcome:
    """scikit-learn's perceptron: its defaults with early stopping, then random settings by cross-validation."""
    model = MLPClassifier if task.classifies else MLPRegressor
    started = model(early_stopping=True, max_iter=_EPOCHS, random_state=task.seed)
    return _random_search(task, make_networks_ready(), started, PERCEPTRON)


def fit_bayesian(task: TableTask) -> Outcome:
    """KerasTuner's Bayesian optimisation over perceptrons of one to four layers."""
    keras.utils.set_random_seed(task.seed)
    ready = make_networks_ready()
    stratify = task.y if task.classifies else None
    x, x_val, y, y_val = train_test_split(task.x, task.y, test_size=0.2, stratify=stratify, random_state=task.seed)
    x, x_val = ready.fit_transform(x), ready.transform(x_val)
    scale = (0.0, 1.0) if task.classifies else (float(y.mean()), float(y.std()))
    y, y_val = ((part - scale[0]) / scale[1] if not task.classifies else part for part in (y, y_val))
    objective = keras_tuner.Objective("val_loss", "min")
    oracle = _Clocked(task, objective=objective, max_trials=10**6, num_initial_points=5, seed=task.seed + 1)
    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.Tuner(oracle=oracle, hypermodel=_perceptron(x.shape[1], task), directory=folder)
        early = keras.callbacks.EarlyStopping("val_loss", patience=_PATIENCE, restore_best_weights=True)
        callbacks = [early, Deadline(task.left_for_search)]
        tuner.search(x, y, validation_data=(x_val, y_val), epochs=_EPOCHS, callbacks=callbacks, verbose=0)
        network = tuner.get_best_models(1)[0]

    def predict(raw: pd.DataFrame) -> np.ndarray:
        outputs = network.predict(ready.transform(raw), verbose=0)
        return outputs.argmax(-1) if task.classifies else outputs[:, 0] * scale[1] + scale[0]

    best = oracle.get_best_trials(1)[0]
    done = sum(trial.status == "COMPLETED" for trial in oracle.trials.values())
    return Outcome(predict, done, network.count_params(), None, {"best": best.hyperparameters.values})


class _Clocked(BayesianOptimizationOracle):
    """Gaussian-process search that proposes nothing once `task`'s share for searching has gone."""

    def __init__(self, task: TableTask, **settings: Any) -> None:
        self._task = task
        super().__init__(**settings)

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        return _STOP if self._task.left_for_search() <= 0 else super().populate_space(trial_id)


def _perceptron(features: int, task: TableTask) -> Callable[[keras_tuner.HyperParameters], keras.Model]:
    def build(values: keras_tuner.HyperParameters) -> keras.Model:
        network = keras.Sequential([keras.Input((features,))])
        for _ in range(values.Int("layers", 1, 4)):
            network.add(keras.layers.Dense(values.Choice("units", [16, 32, 64, 128, 256]), activation="relu"))
            network.add(keras.layers.Dropout(values.Float("dropout", 0.0, 0.5, step=0.1)))
        outputs = int(task.y.max()) + 1 if task.classifies else 1
        network.add(keras.layers.Dense(outputs, activation="softmax" if task.classifies else None))
        loss = "sparse_categorical_crossentropy" if task.classifies else "mean_squared_error"
        network.compile(keras.optimizers.Adam(values.Float("rate", 3e-4, 1e-2, sampling="log")), loss)
        return network

    return build


def _random_search(task: TableTask, ready: Any, model: BaseEstimator, space: dict[str, Any]) -> Outcome:
    """Try the model as it is and then random settings, each by cross-validation, while there is time; fit the best."""
    candidate, best, best_score, tried, slowest = Pipeline([("ready", ready), ("model", model)]), {}, -np.inf, 0, 0.0
    for settings in _settings(space, task.seed):
        begun = task.elapsed()
        if tried and task.left_for_search(_SEARCH_SHARE) < slowest:
            break
        scores = cross_val_score(clone(candidate).set_params(**settings), task.x, task.y, cv=_FOLDS)
        slowest, tried = max(slowest, task.elapsed() - begun), tried + 1
        if scores.mean() > best_score:
            best, best_score = settings, float(scores.mean())
    fitted = clone(candidate).set_params(**best).fit(task.x, task.y)
    told = {name: value if isinstance(value, int | float | str) else str(value) for name, value in best.items()}
    return Outcome(fitted.predict, tried, _parameters(fitted[-1]), None, {"best": told, "cross_validation": best_score})


def _settings(space: dict[str, Any], seed: int) -> Iterator[dict[str, Any]]:
    yield {}
    yield from ParameterSampler(space, n_iter=10**6, random_state=seed)


def _parameters(model: Any) -> int:
    """Weights of a perceptron, leaves' nodes of trees."""
    if hasattr(model, "coefs_"):
        return sum(array.size for array in (*model.coefs_, *model.intercepts_))
    return sum(len(tree.nodes) for stage in model._predictors for tree in stage)


def make_networks_ready() -> ColumnTransformer:
    """Return what makes a table ready for a perceptron: filled, marked, scaled, one-hot."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    kinds = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="ignore", min_frequency=5, sparse_output=False),
    )
    return _by_kind(numbers, kinds)


def make_trees_ready(task: TableTask) -> ColumnTransformer:
    """Return what makes a table ready for trees, which see what is missing by themselves."""
    target = "auto" if task.classifies else "continuous"
    many = make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"), TargetEncoder(target_type=target))
    few = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    texts = task.x.select_dtypes(["object", "string"])
    names = [name for name in texts if texts[name].nunique() > _MOST_KINDS]
    return ColumnTransformer(
        [
            ("numbers", "passthrough", make_column_selector(dtype_include=["number"])),
            ("dates", FunctionTransformer(_dates), make_column_selector(dtype_include=["datetime"])),
            ("few", few, [name for name in texts if name not in names]),
            ("many", many, names),
        ]
    )


def _by_kind(numbers: Any, kinds: Any) -> ColumnTransformer:
    return ColumnTransformer(
        [
            ("numbers", numbers, make_column_selector(dtype_include=["number"])),
            (
                "dates",
                make_pipeline(FunctionTransformer(_dates), clone(numbers)),
                make_column_selector(dtype_include=["datetime"]),
            ),
            ("kinds", kinds, make_column_selector(dtype_include=["object", "string"])),
        ]
    )


def _dates(table: pd.DataFrame) -> np.ndarray:
    """Return days, and sine and cosine of the year and the day of the week, for every column of dates."""
    parts = []
    for name in table:
        moment = table[name].dt
        year, week = moment.dayofyear * (2 * np.pi / 365.25), moment.dayofweek * (2 * np.pi / 7)
        days = (table[name] - pd.Timestamp("2000-01-01")) / pd.Timedelta(days=1)
        parts += [days, np.sin(year), np.cos(year), np.sin(week), np.cos(week)]
    return np.column_stack(parts) if parts else np.zeros((len(table), 0))

"""What a user of `ImageRegressor` does."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.metrics import mean_squared_error, r2_score

import autonas

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def data(images):
    x = images[..., None] / 16.0
    return x, np.array([[image.mean(), 1000.0 * image[:4].mean()] for image in images])


def test_numbers_come_back_in_their_units(regressor, data):
    x, y = data
    predicted = regressor.predict(x)
    assert predicted.shape == (120, 2)
    assert predicted.dtype == np.float64
    assert regressor.score(x, y) == pytest.approx(r2_score(y, predicted))
    assert r2_score(y, predicted, multioutput="raw_values").min() > 0  # better than the mean of each column
    metrics = regressor.evaluate(x, y)
    assert metrics["mse"] == pytest.approx(mean_squared_error(y, predicted))
    assert metrics["mae"] == pytest.approx(np.abs(y - predicted).mean())
    assert metrics["r2"] == pytest.approx(r2_score(y, predicted))


def test_it_is_a_regressor(regressor):
    assert is_regressor(regressor)
    assert not is_classifier(regressor)
    assert not hasattr(regressor, "predict_proba")
    assert not hasattr(regressor, "classes_")


def test_finishing_is_not_worse_than_the_best_trial(regressor):
    best = regressor.leaderboard()[0]
    assert regressor.validation_metrics_["val_loss"] <= best.score


def test_it_is_saved_pickled_and_exported(regressor, data, tmp_path):
    x, predicted = data[0], regressor.predict(data[0])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(regressor)).predict(x), predicted)
    np.testing.assert_array_equal(autonas.load(regressor.save(tmp_path / "saved")).predict(x), predicted)
    read = keras.models.load_model(regressor.export(tmp_path / "r.keras"))
    np.testing.assert_allclose(read.predict(x, verbose=0), predicted, rtol=1e-4)
    assert regressor.export(tmp_path / "r", format="tf_saved_model").is_dir()


def test_one_number_an_image(images):
    y = images.mean(axis=(1, 2), dtype=np.float32)
    found = autonas.ImageRegressor(max_trials=1, objective="mae", seed=0, verbose=0).fit(images, y, epochs=1)
    assert found.predict(images).shape == (120,)
    assert found.predict(images).dtype == np.float32
    assert found.leaderboard().objective == "val_mae"
    column = autonas.load(found.save(found.directory_ / "saved")).predict(images)
    np.testing.assert_array_equal(column, found.predict(images))

"""The front door: what a user gives becomes one checked dataset, or an error before anything is trained."""

import numpy as np
import pytest

from autonas.data import image_dataset
from autonas.errors import DataError, SettingError

X = np.random.default_rng(0).integers(0, 256, (60, 4, 5), dtype=np.uint8)
Y = np.array(["cat", "dog", "owl"] * 20)


def test_images_and_labels_become_two_parts() -> None:
    data = image_dataset(X, Y, task="classification", validation_split=0.25, seed=3)
    assert (len(data.train), len(data.validation)) == (45, 15)
    assert data.train.x.shape[1:] == data.schema.shape == (4, 5, 1)
    assert data.schema.rank == 3
    assert data.schema.mean[0] == pytest.approx(data.train.x.mean())
    assert np.bincount(data.validation.y).tolist() == [5, 5, 5]
    assert data.target.decode(data.train.y[:1]).dtype == Y.dtype
    assert data.train.weight is data.validation.weight is None


def test_given_validation_data_is_all_there_is_to_validate() -> None:
    extra = (X[:6].astype(np.float64), Y[:6].tolist(), np.arange(1, 7))
    data = image_dataset(X, Y, task="classification", validation_data=extra, seed=0)
    assert np.shares_memory(data.train.x, X)  # nothing is split, nothing is copied
    np.testing.assert_array_equal(data.validation.x[..., 0], X[:6])
    np.testing.assert_array_equal(data.validation.weight, [1, 2, 3, 4, 5, 6])


def test_class_weights_count_in_training_only_and_in_everything() -> None:
    weight = np.full(60, 2.0)
    data = image_dataset(X, Y, task="classification", class_weight={"owl": 3}, sample_weight=weight, seed=0)
    np.testing.assert_array_equal(data.train.weight, np.where(data.train.y == 2, 6, 2))
    np.testing.assert_array_equal(data.validation.weight, np.full(len(data.validation), 2))
    whole = data.everything()
    assert len(whole) == 60
    np.testing.assert_array_equal(whole.weight, np.where(whole.y == 2, 6, 2))


def test_everything_without_weights_has_none() -> None:
    data = image_dataset(X, np.arange(60.0), task="regression", seed=0)
    whole = data.everything()
    assert whole.weight is None
    assert sorted(np.rint(data.target.decode(whole.y)).tolist()) == list(range(60))
    assert data.train.y.shape == (48, 1)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"y": Y[:50]}, DataError, "x and y must have the same length. Received: 60 and 50. Give one target an image"),
        ({"y": 3}, DataError, "Received: 60 and a single value"),
        ({"y": ["cat"] * 60}, DataError, "at least two classes"),
        ({"x": X[:0], "y": Y[:0]}, DataError, "at least one image"),
        ({"sample_weight": [1, 2]}, DataError, r"sample_weight must be of shape \(60,\)"),
        ({"validation_split": 0}, SettingError, "validation_split must be above 0"),
        ({"validation_data": X[:5]}, SettingError, r"validation_data must be a tuple \(x, y\)"),
        ({"validation_data": (X[:5], Y[:4])}, DataError, "validation x and validation y must have the same length"),
        ({"validation_data": (X[:5, :3], Y[:5])}, DataError, r"validation x must be of shape \(n, 4, 5\)"),
        ({"validation_data": (X[:2], ["cat", "cow"])}, DataError, "validation y must hold labels.*'cow'"),
        ({"task": "ranking"}, SettingError, "task must be .*Received: 'ranking'"),
        ({"task": "regression"}, DataError, "y must be numbers.*ImageClassifier"),
        ({"task": "regression", "y": np.arange(60), "class_weight": {0: 1}}, SettingError, "None for a regressor"),
    ],
)
def test_what_cannot_work_is_said_before_training(change: dict, error: type[Exception], words: str) -> None:
    arguments = {"x": X, "y": Y, "task": "classification", "seed": 0, **change}
    with pytest.raises(error, match=words):
        image_dataset(arguments.pop("x"), arguments.pop("y"), **arguments)

"""The user's losses and metrics see what they would see behind an ordinary Keras model."""

import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss, mean_absolute_error, roc_auc_score

from autonas.data import ClassTarget, RegressionTarget
from autonas.data.multi_label_target import MultiLabelTarget
from autonas.errors import SettingError
from autonas.runtime.scoring import direction, make_scoring

pytestmark = pytest.mark.tf

RNG = np.random.default_rng(0)
CODES = (np.arange(40) % 3).astype(np.int32)
LOGITS = RNG.normal(size=(40, 3)).astype(np.float32)
CHANCES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
WEIGHT = RNG.uniform(0.5, 2, 40).astype(np.float32)
CLASSES = ClassTarget.fit(CODES)
Y = RNG.normal(50, 20, size=(40, 2))
NUMBERS = RegressionTarget.fit(Y)
ROWS = (RNG.uniform(size=(40, 3)) < 0.4).astype(np.float32)
LABELS = MultiLabelTarget.fit(ROWS)


def own_loss(truth, predicted):
    return keras.ops.sum(keras.ops.abs(truth - predicted), axis=-1)


LOSSES = {
    "rows": ("categorical_crossentropy", log_loss(CODES, CHANCES, sample_weight=WEIGHT)),
    "codes": ("sparse_categorical_crossentropy", log_loss(CODES, CHANCES, sample_weight=WEIGHT)),
    "an object": (keras.losses.CategoricalCrossentropy(), log_loss(CODES, CHANCES, sample_weight=WEIGHT)),
    "codes to an object": (
        keras.losses.SparseCategoricalCrossentropy(),
        log_loss(CODES, CHANCES, sample_weight=WEIGHT),
    ),
    "logits": (keras.losses.CategoricalCrossentropy(from_logits=True), log_loss(CODES, CHANCES, sample_weight=WEIGHT)),
    "a function": (own_loss, np.average(np.abs(np.eye(3)[CODES] - CHANCES).sum(axis=1), weights=WEIGHT)),
}


@pytest.mark.parametrize("case", LOSSES)
def test_a_classifiers_loss(case):
    loss, expected = LOSSES[case]
    scoring = make_scoring(CLASSES, loss, None, CODES)
    assert scoring.validation_loss(CODES, LOGITS, WEIGHT) == pytest.approx(expected, rel=1e-5)
    rows, logits = keras.ops.convert_to_tensor(np.eye(3, dtype=np.float32)[CODES]), keras.ops.convert_to_tensor(LOGITS)
    training = scoring.training_loss()(rows, logits)
    assert training.shape == (40,)  # so that sample weights count
    assert np.mean(training) == pytest.approx(scoring.validation_loss(CODES, LOGITS, None), rel=1e-5)


def test_a_regressors_loss_is_in_the_units_of_y_and_of_a_size_that_trains():
    scaled = NUMBERS.encode(Y)
    scoring = make_scoring(NUMBERS, "mean_absolute_error", None, scaled)
    wrong = scaled + 0.5
    expected = mean_absolute_error(Y, NUMBERS.decode(wrong), sample_weight=WEIGHT)
    assert scoring.validation_loss(scaled, wrong, WEIGHT) == pytest.approx(expected, rel=1e-4)
    of_the_mean = np.mean(scoring.training_loss()(scaled, np.zeros_like(scaled)))
    assert of_the_mean == pytest.approx(1, rel=1e-4)


def test_several_labels_have_a_loss_of_probabilities():
    scoring = make_scoring(LABELS, "binary_crossentropy", ["f1", "auc"], ROWS)
    chances = 1 / (1 + np.exp(-LOGITS.astype(float)))
    expected = np.mean([log_loss(ROWS[:, column], chances[:, column]) for column in range(3)])
    assert scoring.validation_loss(ROWS, LOGITS, None) == pytest.approx(expected, rel=1e-5)
    f1 = scoring.values(ROWS, LOGITS, None)["f1"]
    assert f1 == pytest.approx(f1_score(ROWS, LOGITS >= 0, average="macro"), rel=1e-5)


def test_metrics_are_those_of_scikit_learn():
    def spread(truth, predicted):
        return np.abs(truth - predicted).sum(axis=1)

    metrics = ["f1", "auc", keras.metrics.SparseTopKCategoricalAccuracy(k=3, name="top3"), spread, "accuracy"]
    scoring = make_scoring(CLASSES, None, metrics, CODES)
    values = scoring.values(CODES, LOGITS, None)
    assert values["f1"] == pytest.approx(f1_score(CODES, LOGITS.argmax(axis=1), average="macro"), rel=1e-5)
    assert values["auc"] == pytest.approx(roc_auc_score(CODES, CHANCES, multi_class="ovr"), abs=0.01)
    assert values["top3"] == 1
    assert values["spread"] == pytest.approx(np.abs(np.eye(3)[CODES] - CHANCES).sum(axis=1).mean(), rel=1e-5)
    assert scoring.values(CODES, LOGITS, None) == values  # nothing is left from the first time
    weighted = scoring.values(CODES, LOGITS, WEIGHT)["f1"]
    assert weighted == pytest.approx(
        f1_score(CODES, LOGITS.argmax(axis=1), average="macro", sample_weight=WEIGHT), rel=1e-5
    )
    assert set(values) == {"f1", "auc", "top3", "spread"}  # accuracy is reported anyway


def test_which_way_is_better_is_known_of_keras_metrics_alone():
    def spread(truth, predicted):
        return 0.0

    scoring = make_scoring(CLASSES, None, ["f1", "auc", "mse", "precision", spread], CODES)
    ways = {name: direction(name, scoring) for name, _ in scoring.metrics}
    assert ways["f1"] == ways["auc"] == ways["precision"] == "max"
    assert ways["spread"] is None


def test_metrics_of_numbers_are_in_the_units_of_y():
    scaled = NUMBERS.encode(Y)
    scoring = make_scoring(NUMBERS, None, ["mean_absolute_error", "r2"], scaled)
    values = scoring.values(scaled, scaled + 0.5, None)
    assert values["mean_absolute_error"] == pytest.approx(
        mean_absolute_error(Y, NUMBERS.decode(scaled + 0.5)), rel=1e-4
    )
    assert values["r2"] == pytest.approx(0.75, abs=1e-3)  # 1 - 0.5^2


def not_for_rows(truth, predicted):
    return f1_score(truth, predicted)


@pytest.mark.parametrize(
    ("loss", "metrics", "said"),
    [
        ("categorical", None, "loss must be the name of a Keras loss"),
        (3, None, "loss must be a Keras loss"),
        (keras.losses.MeanSquaredError, None, "loss must be a Keras loss"),
        (lambda truth, predicted: truth[:, 7], None, "loss must give a number .* which raised"),
        (lambda truth, predicted: np.nan, None, "loss must be finite"),
        (None, "f1", "metrics must be a list"),
        (None, ["f2"], "metrics must be the name of a Keras metric"),
        (None, [5], "metrics must be a list of Keras metrics"),
        (None, [keras.metrics.AUC], "Use an instance"),
        (None, ["f1", "f1"], "of different names"),
        (None, [not_for_rows], "metrics must give a number .* which raised ValueError"),
        (None, [keras.metrics.F1Score()], "metrics must give a number"),  # one for each class
    ],
)
def test_what_cannot_score_is_refused(loss, metrics, said):
    with pytest.raises(SettingError, match=f"(?s){said}"):
        make_scoring(CLASSES, loss, metrics, CODES)

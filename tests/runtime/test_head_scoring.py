"""Losses, metrics and weights of several heads: whose is whose, and what their sum is."""

import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss, mean_absolute_error, mean_squared_error

from autonas.data import Part
from autonas.data.heads_target import HeadsOf, HeadsTarget
from autonas.errors import SettingError
from autonas.runtime.head_scoring import check_head_scored, make_heads_scoring
from autonas.runtime.metrics import validation_metrics
from autonas.runtime.train import Recipe, training_loss

pytestmark = pytest.mark.tf

RNG = np.random.default_rng(0)
N = 40
KIND = np.array(["cat", "dog", "owl"])[np.arange(N) % 3]
PRICE = RNG.normal(500, 80, N)
HEADS = HeadsOf({"kind": KIND, "price": PRICE}, {"kind": "classification", "price": "regression"})
TARGET = HeadsTarget.fit(HEADS)
CODES = TARGET.encode(HEADS)
OUTPUTS = RNG.normal(size=(N, 4)).astype(np.float32)
CHANCES = np.exp(OUTPUTS[:, :3]) / np.exp(OUTPUTS[:, :3]).sum(axis=1, keepdims=True)
PRICES = TARGET.heads["price"].decode(OUTPUTS[:, 3:])
WEIGHT = RNG.uniform(0.5, 2, N).astype(np.float32)


def measured(scoring, weight=None):
    return validation_metrics(OUTPUTS, Part(np.empty(N), CODES, weight), "heads", scoring)


def trained(scoring):
    loss = training_loss(Recipe("heads", 8, smoothing=0.0, scoring=scoring))
    return np.asarray(loss(keras.ops.convert_to_tensor(CODES), keras.ops.convert_to_tensor(OUTPUTS)))


def plain(losses=None, metrics=None, weights=None):
    return make_heads_scoring(TARGET, losses, metrics, weights, CODES)


@pytest.mark.parametrize("loss", [{"price": "mean_absolute_error"}, [None, keras.losses.MeanAbsoluteError()]])
def test_a_heads_own_loss_by_name_or_in_order(loss):
    found = measured(plain(loss), WEIGHT)
    ours = mean_absolute_error(PRICE, PRICES, sample_weight=WEIGHT)
    assert found["val_price_loss"] == pytest.approx(ours, rel=1e-4)
    cross = log_loss(KIND, CHANCES, sample_weight=WEIGHT)
    assert found["val_kind_loss"] == pytest.approx(cross, rel=1e-4)
    of_the_mean = mean_absolute_error(PRICE, np.full(N, PRICE.mean()))
    assert found["val_loss"] == pytest.approx(cross + ours / of_the_mean, rel=1e-4)


@pytest.mark.parametrize("weights", [{"price": 3}, [1, 3.0], [None, 3]])
def test_weights_count_in_training_and_in_the_sum(weights):
    scoring = plain({"price": "mean_absolute_error"}, None, weights)
    found = measured(scoring)
    assert trained(scoring).shape == (N,)
    assert trained(scoring).mean() == pytest.approx(found["val_loss"], rel=1e-4)
    unit = scoring.heads["price"].unit
    assert found["val_loss"] == pytest.approx(found["val_kind_loss"] + 3 * found["val_price_loss"] / unit, rel=1e-5)


def test_without_losses_each_head_has_its_tasks():
    found = measured(plain())
    assert found["val_loss"] == pytest.approx(found["val_kind_loss"] + found["val_price_mse"])
    assert trained(plain()).mean() == pytest.approx(found["val_loss"], rel=1e-4)


def test_one_loss_is_for_all_heads():
    found = measured(plain("mean_squared_error"))
    assert found["val_kind_loss"] == pytest.approx(mean_squared_error(CODES[:, :3], CHANCES), rel=1e-4)
    assert found["val_price_loss"] == pytest.approx(mean_squared_error(PRICE, PRICES), rel=1e-4)


def test_metrics_of_each_head_are_in_its_units():
    found = measured(plain(None, {"kind": ["f1", "auc"], "price": "mean_absolute_error"}), WEIGHT)
    best = np.array(["cat", "dog", "owl"])[OUTPUTS[:, :3].argmax(axis=1)]
    assert found["val_kind_f1"] == pytest.approx(f1_score(KIND, best, average="macro", sample_weight=WEIGHT), rel=1e-4)
    ours = mean_absolute_error(PRICE, PRICES, sample_weight=WEIGHT)
    assert found["val_price_mean_absolute_error"] == pytest.approx(ours, rel=1e-4)
    assert {"val_kind_auc", "val_kind_accuracy", "val_price_mae"} < set(found)


def test_one_metric_is_for_all_heads_that_have_it():
    assert {"val_kind_f1"} == {name for name in measured(plain(None, "f1")) if name.endswith("f1")}
    names = {name for name in measured(plain(None, "cosine_similarity")) if name.endswith("similarity")}
    assert names == {"val_kind_cosine_similarity", "val_price_cosine_similarity"}
    assert "val_price_r2" in measured(plain(None, [None, ["r2"]]))


def test_units_that_were_measured_before_are_kept():
    assert make_heads_scoring(TARGET, "mae", None, None, CODES, {"price": 7.0}).heads["price"].unit == 7.0


REFUSED = {
    "a head that is none": ({"loss": {"prize": "mse"}}, r"loss must be a dict by heads, of \['kind', 'price'\]"),
    "too few losses": ({"loss": ["mse"]}, "loss must be a list of 2, for the heads kind, price"),
    "too many metrics": ({"metrics": ["f1", "auc", "mae"]}, "metrics must be a list of 2"),
    "no loss": ({"loss": {"kind": "crossentropy"}}, "loss must be the name of a Keras loss"),
    "a class": ({"metrics": {"kind": [keras.metrics.AUC]}}, "Use an instance"),
    "a single weight": ({"weights": 2.0}, "loss_weights must be a dict of numbers by head"),
    "a negative weight": ({"weights": [1, -1]}, r"loss_weights\['price'\] must be a number of 0 or more"),
    "a weight that is none": ({"weights": {"kind": "much"}}, r"loss_weights\['kind'\] must be a number"),
    "NaN": ({"weights": {"kind": float("nan")}}, r"loss_weights\['kind'\] must be a number"),
    "no weights": ({"weights": [0, 0]}, "loss_weights must be above 0 for a head"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_data_can_mend_is_refused(case):
    given, said = REFUSED[case]
    given = {"loss": None, "metrics": None, "weights": None, **given}
    with pytest.raises(SettingError, match=said):
        check_head_scored(["kind", "price"], **given) or plain(*given.values())


@pytest.mark.filterwarnings("ignore:In loss categorical_crossentropy:SyntaxWarning")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"losses": "categorical_crossentropy"}, "(?s)Of the head 'price': loss must .*tells right numbers"),
        ({"metrics": {"price": ["f1"]}}, "Of the head 'price': metrics must be the name of a Keras metric"),
        ({"metrics": "f2"}, "Of the head 'kind': metrics must be the name"),  # it suits no head
        ({"losses": {"kind": lambda truth, predicted: truth[:, 7]}}, "(?s)Of the head 'kind': loss .* which raised"),
    ],
)
def test_what_a_head_cannot_have_is_refused_by_its_name(given, said):
    with pytest.raises(SettingError, match=said):
        plain(**given)

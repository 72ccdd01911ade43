"""Several inputs and several heads: what goes in and comes out, and that all of it is used."""

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn.base import clone

import autonas
from autonas.errors import DataError, SettingError
from autonas.estimators import auto_model
from tests.estimators.small import digits, small_network

pytestmark = pytest.mark.tf
N = 160
RNG = np.random.default_rng(0)
IMAGES, _ = digits(N)
BRIGHT = RNG.integers(0, 2, N)
IMAGES = (IMAGES // 2 + 6 * BRIGHT[:, None, None]).astype(np.uint8)
GOOD = RNG.integers(0, 2, N)
TEXTS = [f"a {'splendid' if good else 'dreadful'} thing number {number % 7}" for number, good in enumerate(GOOD)]
FACTS = pd.DataFrame({"rooms": RNG.uniform(1, 9, N), "city": np.where(RNG.uniform(size=N) < 0.5, "Rome", "Oslo")})
# Each head asks for two inputs.
KIND = np.array(["dark bad", "dark good", "bright bad", "bright good"])[2 * BRIGHT + GOOD]
PRICE = 100.0 * FACTS["rooms"].to_numpy() + 300.0 * BRIGHT
X, Y = [IMAGES, TEXTS, FACTS], [KIND, PRICE]


@pytest.fixture(scope="module", autouse=True)
def _small_parts():
    """Begin with one small network: tracing a residual one takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auto_model, "residual_cnn", small_network)
        patch.setattr(auto_model, "TEXT_PARTS", ("ngram_mlp",))
        yield


@pytest.fixture(scope="module")
def model():
    auto = autonas.AutoModel(
        ["image", "text", "table"], ["classification", "regression"], max_trials=3, seed=0, verbose=0
    )
    return auto.fit(X, Y, epochs=25)


def test_each_head_gives_what_its_y_was(model):
    kinds, prices = model.predict(X)
    assert kinds.shape == prices.shape == (N,)
    assert (kinds == KIND).mean() > 0.8
    assert np.corrcoef(prices, PRICE)[0, 1] > 0.8
    chances, nothing = model.predict_proba(X)
    assert chances.shape == (N, 4)
    assert nothing is None
    assert model.target_.heads["classification"].classes_.tolist() == sorted(set(KIND))


def test_evaluate_tells_of_each_head_and_trials_do_too(model):
    found = model.evaluate(X, Y)
    kinds, prices = model.predict(X)
    assert found["classification_accuracy"] == pytest.approx((kinds == KIND).mean())
    assert found["regression_mae"] == pytest.approx(np.abs(prices - PRICE).mean(), rel=1e-4)
    assert {"loss", "classification_loss", "regression_mse", "regression_r2"} < set(found)
    names = {"val_loss", "val_classification_accuracy", "val_classification_loss", "val_regression_mae"}
    assert names <= set(model.validation_metrics_)
    assert model.leaderboard().objective == "val_loss"
    assert any(row.edits for row in model.leaderboard())


def test_exports_take_all_inputs_and_give_all_heads(model, tmp_path):
    fed = model.schema_.feed(model.schema_.check([each[:20] for each in X]))
    wanted = {name: np.asarray(each) for name, each in model.model_.predict_on_batch(fed).items()}
    assert set(wanted) == {"classification", "regression"}
    loaded = keras.models.load_model(model.export(tmp_path / "m.keras"))
    for name, each in loaded.predict_on_batch(fed).items():
        np.testing.assert_allclose(each, wanted[name], rtol=1e-4, atol=1e-4)
    assert loaded.get_layer("classification.probabilities").bias_initializer.value == sorted(set(KIND))
    served = tf.saved_model.load(str(model.export(tmp_path / "served", format="tf_saved_model")))
    given = {name: tf.constant(each.tolist() if each.dtype == object else each) for name, each in fed.items()}
    for name, each in served.serve(
        {k: tf.cast(v, tf.float32) if v.dtype != tf.string else v for k, v in given.items()}
    ).items():
        np.testing.assert_allclose(each, wanted[name], rtol=1e-4, atol=1e-4)


def test_it_is_saved_and_loaded(model, tmp_path):
    back = autonas.load(model.save(tmp_path / "auto.autonas"))
    for one, other in zip(back.predict(X), model.predict(X), strict=True):
        np.testing.assert_array_equal(one, other)
    assert back.evaluate(X, Y) == pytest.approx(model.evaluate(X, Y))


def test_inputs_and_heads_by_names_of_ones_own():
    auto = autonas.AutoModel(
        {"left": "image", "right": "image"},
        {"tags": "classification"},
        max_trials=1,
        seed=0,
        verbose=0,
        objective="val_tags_accuracy",
    )
    x, tags = {"right": IMAGES, "left": IMAGES[:, ::-1]}, [{"bright"} if bright else set() for bright in BRIGHT]
    tags = [each | ({"good"} if good else set()) for each, good in zip(tags, GOOD, strict=True)]
    auto.fit(x, {"tags": tags}, epochs=2, sample_weight=np.ones(N), validation_data=(x, {"tags": tags}))
    predicted = auto.predict(x)
    assert list(predicted) == ["tags"]
    assert isinstance(predicted["tags"][0], set)
    assert clone(auto).get_params() == auto.get_params()


def test_heads_have_losses_and_metrics_of_their_own_and_one_may_be_the_objective(tmp_path):
    settings = {
        "loss": {"price": "mean_absolute_error"},
        "metrics": {"kind": ["f1"], "price": "mae"},
        "loss_weights": {"price": 0.5},
        "objective": "val_price_mae",
        "max_trials": 1,
        "seed": 0,
        "verbose": 0,
    }
    auto = autonas.AutoModel(["table"], {"kind": "classification", "price": "regression"}, **settings)
    y = {"kind": KIND, "price": PRICE}
    auto.fit([FACTS], y, epochs=4, validation_data=([FACTS], y))
    found = auto.evaluate([FACTS], y)
    errors = np.abs(auto.predict([FACTS])["price"] - PRICE)
    assert auto.leaderboard().objective == "val_price_mae"
    assert auto.validation_metrics_["val_price_mae"] == pytest.approx(errors.mean(), rel=1e-3)
    assert [found["price_mae"], found["price_loss"]] == pytest.approx([errors.mean()] * 2, rel=1e-3)
    spread = np.abs(PRICE - auto.target_.heads["price"].mean).mean()
    assert auto.loss_units_["price"] == pytest.approx(spread, rel=0.02)
    assert found["loss"] == pytest.approx(found["kind_loss"] + 0.5 * found["price_loss"] / auto.loss_units_["price"])
    assert found["loss"] == pytest.approx(auto.validation_metrics_["val_loss"], rel=1e-3)
    assert {"kind_f1", "price_r2", "price_mse"} < set(found)
    back = autonas.load(auto.save(tmp_path / "auto.autonas"))
    assert back.get_params() == auto.get_params()
    assert back.evaluate([FACTS], y) == pytest.approx(found)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"loss": {"prize": "mse"}}, "loss must be a dict by heads"),
        ({"metrics": {"regression": ["f1"]}}, "Of the head 'regression': metrics must be"),
        ({"loss_weights": [-1]}, "must be a number of 0 or more"),
        (
            {"metrics": ["r2"], "objective": "val_regression_f1"},
            r"objective must be one of .*val_regression_r2 \(max\)",
        ),
    ],
)
def test_losses_and_metrics_that_cannot_be_are_refused_before_training(settings, said, tmp_path):
    auto = autonas.AutoModel(["table"], ["regression"], directory=tmp_path / "mine", **settings)
    with pytest.raises(SettingError, match=said):
        auto.fit([FACTS], [PRICE])
    assert not (tmp_path / "mine").exists()


REFUSED = {
    "too few inputs": (X[:2], Y, "x must be a list of 3"),
    "lengths of inputs": ([IMAGES[:5], TEXTS, FACTS], Y, "of one length in all inputs"),
    "too few heads": (X, Y[:1], "y must be a list of 2"),
    "lengths of heads": (X, [KIND, PRICE[:5]], "of one length for all heads"),
    "lengths of both": (X, [KIND[:5], PRICE[:5]], "same length"),
    "NaN in one": ([IMAGES * np.nan, TEXTS, FACTS], Y, "finite pixels"),
    "one class": (X, [np.zeros(N, int), PRICE], "at least two classes"),
    "no y": (X, None, "given for the heads"),
    "a wrong name": ({"image": IMAGES, "text": TEXTS, "facts": FACTS}, Y, "a dict by the names"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_together_is_refused(case, tmp_path):
    x, y, said = REFUSED[case]
    auto = autonas.AutoModel(["image", "text", "table"], ["classification", "regression"], directory=tmp_path / "mine")
    with pytest.raises(DataError, match=said):
        auto.fit(x, y)
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ([], ["regression"]),
        (["sound"], ["regression"]),
        (["image"], ["guess"]),
        ("image", ["regression"]),
        ({"a.b": "image"}, ["regression"]),
        (["image"], {"values": "regression"}),
    ],
)
def test_inputs_and_outputs_that_are_none(inputs, outputs):
    with pytest.raises(SettingError, match=r"(inputs|outputs) must be"):
        autonas.AutoModel(inputs, outputs).fit([IMAGES], [PRICE])


def test_a_search_begins_with_blocks_of_the_users_own():
    def narrow(shape, features, width):
        asked.append((shape, features, width))
        return small_network(shape, features, 3)

    asked = []
    auto = autonas.AutoModel(
        {"photo": "image", "words": "text", "facts": "table"},
        {"price": "regression"},
        blocks={"photo": narrow, "words": "ngram_linear", "facts": "perceptron"},
        max_trials=1,
        seed=0,
        verbose=0,
    )
    auto.fit({"photo": IMAGES, "words": TEXTS, "facts": FACTS}, {"price": PRICE}, epochs=1)
    assert asked[0][0] == (8, 8, 1)
    found = {each.id: each for each in auto.architecture_.nodes}
    assert found["photo.conv"]["filters"] == 3
    assert not any(id.startswith("words.") and each.op == "embedding" for id, each in found.items())
    assert not any(id.startswith("facts.") and each.op == "dropout" for id, each in found.items())
    assert auto.predict({"photo": IMAGES[:9], "words": TEXTS[:9], "facts": FACTS[:9]})["price"].shape == (9,)


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        (["separable_cnn"], r"blocks must be a dict by inputs, of \['image'\]"),
        ({"photo": "separable_cnn"}, r"blocks must be a dict by inputs, of \['image'\]"),
        ({"image": "text_cnn"}, r"blocks\['image'\] must be a function .* Received: 'text_cnn'"),
        ({"image": lambda shape, features, width: "none"}, r"blocks\['image'\] must be .* Received: 'none'"),
        ({"image": lambda shape, features, width: small_network(shape, 3)}, r"shape \(16,\). Received: \[\(3,\)\]"),
    ],
)
def test_blocks_that_are_none_are_refused(blocks, said, tmp_path):
    auto = autonas.AutoModel(["image"], ["regression"], blocks=blocks, max_trials=1, directory=tmp_path / "mine")
    with pytest.raises(SettingError, match=said):
        auto.fit([IMAGES], [PRICE])
    assert not (tmp_path / "mine").exists()

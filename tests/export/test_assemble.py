"""The assembled model is preprocessing, network and output in one, and nothing but Keras."""

import re

import keras
import numpy as np
import pytest
import scipy.special

from autonas.data.class_target import ClassTarget
from autonas.data.images import check_images, normalise
from autonas.data.regression_target import RegressionTarget
from autonas.errors import ExportError
from autonas.export import assemble, class_labels
from autonas.export.outputs import arguments

pytestmark = pytest.mark.tf


@pytest.mark.parametrize("shape", [(5, 6, 7), (5, 6, 7, 1), (5, 6, 7, 3)])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_raw_images_go_in_and_probabilities_come_out(network, schema, images, shape, dtype):
    x = images(shape, dtype)
    described, target = schema(x), ClassTarget.fit(["cat", "dog", "owl"])
    trained = network(described.shape, 3)
    model = assemble(trained, described, target)

    logits = trained.predict(normalise(check_images(x), described), verbose=0)
    np.testing.assert_allclose(model.predict(x, verbose=0), scipy.special.softmax(logits, axis=1), atol=1e-6)
    np.testing.assert_allclose(model(x), model.predict(x, verbose=0), atol=1e-6)
    assert model.input_shape == (None, *shape[1:])
    assert model.layers[-1].name == "probabilities"


def test_uint8_and_float_images_of_the_same_pixels_are_the_same(classifier, images):
    x = images((5, 6, 7))
    model = classifier(x)
    np.testing.assert_array_equal(model.predict(x, verbose=0), model.predict(x.astype("float64"), verbose=0))


def test_fractions_of_a_pixel_count_where_fit_saw_uint8(classifier, images):
    x = images((5, 6, 7))
    model = classifier(x)
    assert np.abs(model.predict(x + 0.9, verbose=0) - model.predict(x, verbose=0)).max() > 1e-4


@pytest.mark.parametrize("y", [[10.0, 20.0, 40.0], [[1e-3, 1e6], [2e-3, 3e6]]])
def test_a_regressor_gives_values_in_the_units_of_y(network, schema, images, y):
    x = images((5, 6, 7, 2))
    described, target = schema(x), RegressionTarget.fit(y)
    trained = network(described.shape, target.n_outputs)
    model = assemble(trained, described, target)

    wanted = target.decode(trained.predict(normalise(x, described), verbose=0)).reshape(5, -1)
    np.testing.assert_allclose(model.predict(x, verbose=0), wanted, rtol=1e-5)
    assert model.layers[-1].name == "values"
    assert class_labels(model) is None


def test_the_summary_shows_the_searched_layers_and_all_are_of_keras(network, schema, images):
    x = images((2, 6, 7))
    trained = network((6, 7, 1), 2)
    model = assemble(trained, schema(x), ClassTarget.fit([0, 1]))
    assert {layer.name for layer in trained.layers[1:]} < {layer.name for layer in model.layers}
    assert all(type(layer).__module__.startswith("keras.") for layer in model.layers)


def test_the_model_owns_its_weights(network, schema, images):
    x = images((8, 6, 7))
    trained = network((6, 7, 1), 2)
    model = assemble(trained, schema(x), ClassTarget.fit([0, 1]))
    before, weights = model.predict(x, verbose=0), trained.get_weights()

    trained.set_weights([weight + 1 for weight in weights])
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)

    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(x, np.arange(8) % 2, verbose=0)
    assert np.abs(model.predict(x, verbose=0) - before).max() > 1e-4
    for held, set_before in zip(trained.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(held, set_before + 1)


def test_a_network_of_half_precision_gives_single_precision(network, schema, images):
    x = images((5, 6, 7))
    model = assemble(network((6, 7, 1), 2, dtype="mixed_float16"), schema(x), ClassTarget.fit([0, 1]))
    assert model.predict(x, verbose=0).dtype == np.float32
    np.testing.assert_allclose(model.predict(x, verbose=0).sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("target", [ClassTarget.fit([0, 1, 2]), RegressionTarget.fit([1.0, 2.0])])
def test_a_target_of_another_network_is_refused(network, schema, images, target):
    with pytest.raises(ExportError, match=r"of shape \(None, \d\).*Received: \(None, 2\)"):
        assemble(network((6, 7, 1), 2), schema(images((2, 6, 7))), target)


def test_names_of_inputs_never_meet():
    names = ["a b", "a_b", "A_B", "é", "ü", "1x", "_x", "self", "x"]
    called = arguments(names)
    assert called.keys() == set(names)
    assert called == arguments(reversed(names))
    assert [called[name] for name in ("a_b", "x", "a b", "1x")] == ["a_b_2", "x", "a_b_3", "x1x"]
    assert len({each.lower() for each in called.values()}) == len(names)
    assert all(re.fullmatch("[A-Za-z][A-Za-z0-9_]*", each) for each in called.values())


@pytest.mark.parametrize(
    "labels",
    [["T-shirt/top", "relu", "Dense", "", "ünï — 猫", "null"], [3, 5, 2**40], [False, True], [0.0, 2.0]],
)
def test_labels_survive_saving_loading_and_cloning(classifier, images, tmp_path, labels):
    model = classifier(images((2, 6, 7)), labels)
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    loaded.save(tmp_path / "again.keras")
    for copy in (model, loaded, keras.models.load_model(tmp_path / "again.keras"), keras.models.clone_model(model)):
        held = class_labels(copy)
        assert held == sorted(labels)
        assert [type(label) for label in held] == [type(label) for label in sorted(labels)]

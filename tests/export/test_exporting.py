"""What is exported predicts as the model does, or is not exported; and nothing that a user has is lost."""

import json
import zipfile
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from autonas.data.regression_target import RegressionTarget
from autonas.errors import ExportError, SettingError
from autonas.export import FORMATS, assemble, export, exporting, keras_file, saved_model

pytestmark = pytest.mark.tf

NAMES = {"keras": "m.keras", "tf_saved_model": "m", "python": "m.py"}
BOTH = pytest.mark.parametrize("format", ["keras", "tf_saved_model"])


def everything(folder):
    """Return every file under a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("shape", "dtype"), [((9, 6, 7), "uint8"), ((9, 6, 7), "float32"), ((9, 6, 7, 3), "uint8")])
def test_a_saved_model_serves_any_batch_in_every_dtype(classifier, images, tmp_path, shape, dtype):
    x = images(shape, dtype)
    model = classifier(x)
    assert export(model, tmp_path / "m", "tf_saved_model", sample=x[:4]) == tmp_path / "m"

    loaded = tf.saved_model.load(str(tmp_path / "m"))
    for rows in (x, x[:1]):
        served = loaded.signatures["serving_default"](tf.constant(rows))
        wanted = model.predict(rows, verbose=0)
        np.testing.assert_allclose(served["probabilities"], wanted, atol=1e-6)
        assert served["labels"].numpy().tolist() == [[b"cat", b"dog", b"owl"][best] for best in wanted.argmax(axis=1)]
        for other in ("float32", "float64", dtype):
            np.testing.assert_allclose(loaded.serve(rows.astype(other))["probabilities"], wanted, atol=1e-6)
            np.testing.assert_allclose(loaded.serve(tf.constant(rows, other))["probabilities"], wanted, atol=1e-6)
    half = loaded.serve(x.astype("float64") + 0.5)["probabilities"]  # not cut to whole pixels
    np.testing.assert_allclose(half, model.predict(x + 0.5, verbose=0), atol=1e-6)


@pytest.mark.parametrize(("shape", "dtype"), [((9, 6, 7), "float64"), ((9, 6, 7, 3), "uint8")])
def test_a_keras_file_predicts_as_the_model_does(classifier, images, tmp_path, shape, dtype):
    x = images(shape, dtype)
    model = classifier(x)
    path = export(model, str(tmp_path / "new" / "m.keras"), "keras", sample=x[:4])
    np.testing.assert_allclose(keras.models.load_model(path).predict(x, verbose=0), model.predict(x, verbose=0))
    assert [entry.name for entry in path.parent.iterdir()] == ["m.keras"]


@pytest.mark.parametrize("labels", [["a/b", "ü", "猫"], [3, 5, 2**40], [False, True], [0.0, 2.0]])
def test_labels_travel_in_their_own_kind(classifier, images, tmp_path, labels):
    x = images((2, 6, 7))
    model = classifier(x, labels)
    export(model, tmp_path / "m", "tf_saved_model", sample=x)
    export(model, tmp_path / "m.keras", "keras", sample=x)

    classes = tf.saved_model.load(str(tmp_path / "m")).classes()["classes"].numpy().tolist()
    assert [label.decode() if isinstance(label, bytes) else label for label in classes] == sorted(labels)
    beside = json.loads((tmp_path / "m" / "assets.extra" / "labels.json").read_text("utf-8"))
    inside = json.loads(zipfile.ZipFile(tmp_path / "m.keras").read("labels.json"))
    assert beside == inside == {"labels": sorted(labels)}


@BOTH
def test_values_are_exported_in_the_units_of_y(network, schema, images, tmp_path, format):
    x = images((6, 6, 7))
    target = RegressionTarget.fit([[1e-3, 5e5], [2e-3, 7e5]])
    model = assemble(network((6, 7, 1), 2), schema(x), target)
    path = export(model, tmp_path / NAMES[format], format, sample=x)
    for outputs in FORMATS[format].read(path, x).values():
        np.testing.assert_allclose(outputs, model.predict(x, verbose=0), rtol=1e-5)
    assert FORMATS[format].labels(path) is None


def training_mode(model, path, sample):
    """Write a SavedModel as Keras does where a random layer leaks its mode: dropout on, batch statistics."""
    usual = type(model).call
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(model), "call", lambda self, inputs, training, mask=None: usual(self, inputs, training=True))
        saved_model.write(model, path, sample)


def other_weights(model, path, sample):
    """Write a model whose last bias is slightly another."""
    other = keras.models.clone_model(model)
    *weights, bias, ones = model.get_weights()
    other.set_weights([*weights, np.add(bias, [2e-3, 0, 0]), ones])
    keras_file.write(other, path, sample)


def no_labels(model, path, sample):
    model.save(path)


def truncated(model, path, sample):
    keras_file.write(model, path, sample)
    path.write_bytes(path.read_bytes()[:1000])


WRONG = [
    ("tf_saved_model", training_mode, "difference of"),
    ("keras", other_weights, "difference of"),
    ("keras", no_labels, "labels of the keras export"),
    ("keras", truncated, "must load again"),
]


@pytest.mark.parametrize(("format", "write", "said"), WRONG, ids=[write.__name__ for _, write, _ in WRONG])
def test_a_wrong_file_is_found_and_leaves_no_trace(classifier, images, tmp_path, monkeypatch, format, write, said):
    x = images((8, 6, 7))
    model = classifier(x)
    export(model, tmp_path / NAMES[format], format, sample=x)
    before = everything(tmp_path)
    monkeypatch.setattr(exporting, "FORMATS", {format: replace(FORMATS[format], write=write)})
    with pytest.raises(ExportError, match=said):
        export(model, tmp_path / f"new {NAMES[format]}", format, sample=x)
    with pytest.raises(ExportError, match=said):
        export(model, tmp_path / NAMES[format], format, sample=x, overwrite=True)
    assert everything(tmp_path) == before
    assert len(list(tmp_path.iterdir())) == 1


def test_values_are_held_to_their_own_spread_not_to_their_size(network, schema, images, tmp_path, monkeypatch):
    # Values near 1e6 with a deviation of 1: 1e-4 of their size would be 100, and let anything pass.
    x = images((8, 6, 7))
    model = assemble(network((6, 7, 1), 1), schema(x), RegressionTarget.fit([1e6 - 1, 1e6 + 1]))
    export(model, tmp_path / "good", "tf_saved_model", sample=x)
    monkeypatch.setattr(
        exporting, "FORMATS", {"tf_saved_model": replace(saved_model.TF_SAVED_MODEL, write=training_mode)}
    )
    with pytest.raises(ExportError, match="difference of"):
        export(model, tmp_path / "m", "tf_saved_model", sample=x)


def test_a_layer_that_leaks_its_mode_does_not_reach_the_graph(schema, images, tmp_path):
    # Called without `training`, Keras's random layers put every layer after them in training mode.
    x = images((8, 6, 7))
    inputs = keras.Input((6, 7, 1))
    leaking = keras.layers.RandomTranslation(0.0, 0.0)(inputs)
    leaking = keras.layers.BatchNormalization(name="statistics")(leaking)
    outputs = keras.layers.Dense(2)(keras.layers.Flatten()(keras.layers.Dropout(0.5)(leaking)))
    model = assemble(keras.Model(inputs, outputs), schema(x), RegressionTarget.fit([[1.0, 2.0], [3.0, 5.0]]))
    export(model, tmp_path / "m", "tf_saved_model", sample=x)


def test_a_model_that_predicts_nan_is_not_exported(classifier, images, tmp_path):
    x = images((2, 6, 7))
    model = classifier(x)
    model.set_weights([weight * np.nan for weight in model.get_weights()])
    with pytest.raises(ExportError, match="difference of nan"):
        export(model, tmp_path / "m.keras", "keras", sample=x)


def test_a_layer_that_keras_does_not_bring_is_refused(images, tmp_path, classifier):
    @keras.saving.register_keras_serializable("tests")
    class Doubled(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 2.0

    x = images((2, 6, 7))
    model = classifier(x)
    foreign = keras.Model(model.input, model.get_layer("probabilities")(Doubled()(model.layers[-2].output)))
    with pytest.raises(ExportError, match=r"one of Keras's own.*tests>Doubled"):
        export(foreign, tmp_path / "m.keras", "keras", sample=x)
    assert not list(tmp_path.iterdir())


@BOTH
def test_a_taken_path_stays_unless_overwrite_says_so(classifier, images, tmp_path, format):
    x = images((4, 6, 7))
    old, new = classifier(x), classifier(x)
    path = export(old, tmp_path / NAMES[format], format, sample=x)
    before = everything(tmp_path)
    with pytest.raises(SettingError, match=r"path must be free.*overwrite=True"):
        export(new, path, format, sample=x)
    assert everything(tmp_path) == before

    export(new, path, format, sample=x, overwrite=True)
    for outputs in FORMATS[format].read(path, x).values():
        np.testing.assert_allclose(outputs, new.predict(x, verbose=0), atol=1e-6)
    assert [entry.name for entry in tmp_path.iterdir()] == [NAMES[format]]


def test_the_folder_one_stands_in_stays(classifier, images, tmp_path, monkeypatch):
    x = images((2, 6, 7))
    monkeypatch.chdir(tmp_path)
    for path in (".", tmp_path):
        with pytest.raises(SettingError, match="path must be free"):
            export(classifier(x), path, "tf_saved_model", sample=x, overwrite=True)
    assert not list(tmp_path.iterdir())


@BOTH
def test_overwrite_replaces_only_what_an_export_wrote(classifier, images, tmp_path, format):
    x = images((4, 6, 7))
    path = tmp_path / NAMES[format]
    if format == "keras":
        path.write_text("my notes")
    else:
        export(classifier(x), path, format, sample=x)
        (path / "my notes").write_text("of that model")
    before = everything(tmp_path)
    with pytest.raises(SettingError, match="hold an earlier"):
        export(classifier(x), path, format, sample=x, overwrite=True)
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "format", "said"),
    [
        ("m", "onnxx", r"format must be one of \['keras', .*'tf_saved_model'\]. Received: 'onnxx'"),
        ("m", "keras", "ends in .keras"),
        ("m.keras", "tf_saved_model", "Use format='keras'"),
    ],
)
def test_a_setting_that_cannot_work_is_named(classifier, images, tmp_path, name, format, said):
    x = images((2, 6, 7))
    with pytest.raises(SettingError, match=said):
        export(classifier(x), tmp_path / name, format, sample=x)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("shape", [(0, 6, 7), (2, 6, 7, 1), (6, 7)])
def test_a_sample_of_another_form_is_named(classifier, images, tmp_path, shape):
    with pytest.raises(SettingError, match=r"sample must be raw examples, one at least, of shape \(6, 7\)"):
        export(classifier(images((2, 6, 7))), tmp_path / "m.keras", "keras", sample=images(shape))


@BOTH
def test_exporting_prints_nothing(classifier, images, tmp_path, capsys, format):
    x = images((2, 6, 7))
    export(classifier(x), tmp_path / NAMES[format], format, sample=x)
    assert capsys.readouterr().out == ""

"""What ONNX and LiteRT cannot express is said by name; what stands beside a file goes with it."""

import json
import sys

import keras
import numpy as np
import pytest

from autonas.data import ClassTarget, check_texts, text_schema
from autonas.errors import ExportError, SettingError
from autonas.export import assemble, export, text_encoding
from autonas.export.numbers import numbered
from autonas.export.preprocessing import preprocessing

pytestmark = pytest.mark.tf

TEXTS = check_texts(["the good film", "a bad film, a very bad one", "", "so so; 'quoted' \"words\"", "Été\u00a0x"])


@pytest.fixture(scope="module")
def schema_of_texts():
    return text_schema(TEXTS, TEXTS)


def linear_model(schema):
    terms = keras.Input((len(schema.terms) + 1,), name="terms")
    return assemble(keras.Model(terms, keras.layers.Dense(2)(terms)), schema, ClassTarget.fit(["bad", "good"]))


def test_the_encoder_beside_a_file_gives_what_keras_layers_give(schema_of_texts, tmp_path):
    model = keras.Model(*preprocessing(schema_of_texts))
    parts = numbered(model, look_up=True)
    assert set(parts.vocabularies) == set(parts.model.input) == {"words", "terms"}
    path = tmp_path / "m.onnx.vocabulary.json"
    path.write_text(json.dumps({"inputs": {}, "texts": parts.vocabularies}), "utf-8")
    numbers = text_encoding.encode(TEXTS.tolist(), path)
    assert numbers["words"].shape == (5, schema_of_texts.length)
    made, wanted = parts.model.predict(numbers, verbose=0), model.predict(TEXTS, verbose=0)
    for name in wanted:
        np.testing.assert_allclose(made[name], wanted[name], atol=1e-6)


def test_the_encoder_calls_inputs_as_the_file_does(tmp_path):
    words = {"reads": "about it", "ngrams": 1, "vocabulary": ["", "[UNK]", "film"]}
    document = {"inputs": {"about it.terms": "about_it_terms"}, "texts": {"about it.terms": words}}
    (tmp_path / "v.json").write_text(json.dumps(document), "utf-8")
    made = text_encoding.encode({"about it": ["a film"], "size": 3}, tmp_path / "v.json")
    assert made["size"] == 3
    np.testing.assert_array_equal(made["about_it_terms"], [[0, 1, 1]])


def test_what_stands_beside_a_file_goes_with_it(schema_of_texts, classifier, images, tmp_path):
    pytest.importorskip("tf2onnx")
    pytest.importorskip("onnxruntime")
    model = linear_model(schema_of_texts)
    export(model, tmp_path / "m.onnx", "onnx", sample=TEXTS)
    names = {"m.onnx", "m.onnx.vocabulary.json", "m_onnx_encode.py"}
    assert {each.name for each in tmp_path.iterdir()} == names
    export(model, tmp_path / "m.onnx", "onnx", sample=TEXTS, overwrite=True)
    x = images((2, 6, 7))
    export(classifier(x), tmp_path / "m.onnx", "onnx", sample=x, overwrite=True)
    assert {each.name for each in tmp_path.iterdir()} == {"m.onnx"}
    (tmp_path / "m_onnx_encode.py").write_text("mine = True")
    with pytest.raises(SettingError, match="hold an earlier onnx export"):
        export(classifier(x), tmp_path / "m.onnx", "onnx", sample=x, overwrite=True)


def test_hashing_is_named_where_it_cannot_be_expressed():
    town = keras.Input((1,), dtype="string", name="town")
    hashed = keras.layers.Hashing(8, output_mode="one_hot", name="hash_0")(town)
    with pytest.raises(ExportError, match=r"every layer must be .*Hashing.*hash_0"):
        numbered(keras.Model(town, hashed), look_up=False)


@pytest.mark.parametrize(("format", "extension"), [("onnx", "onnx"), ("litert", "tflite")])
def test_a_missing_extra_is_named(classifier, images, tmp_path, monkeypatch, format, extension):
    for module in ("tf2onnx", "ai_edge_litert.interpreter"):
        monkeypatch.setitem(sys.modules, module, None)
    x = images((2, 6, 7))
    with pytest.raises(SettingError, match=rf"installed to export to {format}.*autonas\[{format}\]"):
        export(classifier(x), tmp_path / f"m.{extension}", format, sample=x)
    assert not list(tmp_path.iterdir())


def test_an_op_that_litert_has_not_is_named(schema, images, tmp_path):
    pytest.importorskip("ai_edge_litert")
    x = images((2, 6, 7))
    image = keras.Input((6, 7, 1), name="input")
    words = keras.layers.LSTM(3, name="memory")(keras.layers.Reshape((6, 7))(image))
    network = keras.Model(image, keras.layers.Dense(2)(words))
    with pytest.raises(
        ExportError, match=r"every op of a LiteRT export must be one of LiteRT.*TensorListReserve .of memory"
    ):
        export(assemble(network, schema(x), ClassTarget.fit([0, 1])), tmp_path / "m.tflite", "litert", sample=x)
    assert not list(tmp_path.iterdir())

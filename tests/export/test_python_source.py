"""The exported source builds the same network, reads as one would write it, and leaves nobody's files touched."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from autonas.arch import Architecture, initial_weights, node
from autonas.arch.starters import perceptron, residual_cnn
from autonas.arch.text_starters import TEXT_STARTERS
from autonas.data import ClassTarget, check_texts, make_dataset, text_schema
from autonas.errors import ExportError, SettingError
from autonas.estimators.structured import TABLE
from autonas.export import assemble, export
from autonas.export.source import module_source
from autonas.export.source.text import literal, parts, statement
from autonas.runtime.compile import compile_architecture
from autonas.runtime.weights import set_weights
from tests.arch.test_ops_in_keras import CASES

pytestmark = pytest.mark.tf

ORDERED = ("text_cnn", "transformer", "text_rnn")  # what reads words in order, and needs more than a dense layer
TEXTS = np.array(["the good film", "a bad film, a very bad one", "", "so so; 'quoted' \"words\""] * 3, dtype=object)
SCHEMA = text_schema(TEXTS, check_texts(TEXTS))


def trained(architecture):
    """Return a network with random weights."""
    network = compile_architecture(architecture)
    set_weights(network, architecture, initial_weights(architecture, np.random.default_rng(0)))
    return network


@pytest.fixture(scope="module")
def text_models():
    return {
        name: assemble(trained(start(SCHEMA.sizes, 2, 4)), SCHEMA, ClassTarget.fit(["bad", "good"]))
        for name, start in TEXT_STARTERS.items()
    }


@pytest.fixture
def table():
    """Return a model of numbers, dates and categories with names that are no identifiers, and a sample."""
    pandas = pytest.importorskip("pandas")
    columns = {"size": range(60), "class": [1.5, None, 3.0] * 20, "town, land": ["Rome", "Oslo", None] * 20}
    frame = pandas.DataFrame({**columns, "day": pandas.date_range("2020-01-01", periods=60, freq="11D")})
    data = make_dataset(frame, ["a", "b"] * 30, reader=TABLE.reader, task="classification")
    return assemble(trained(perceptron(data.schema.shape, 2, 8)), data.schema, data.target), data.sample


def test_every_kind_of_network_has_source_that_ruff_leaves_as_it_is(text_models, table, schema, images, tmp_path):
    x = images((4, 8, 8))
    cnn = assemble(trained(residual_cnn((8, 8, 1), 2, 4)), schema(x), ClassTarget.fit(['a "quoted" label', "it's"]))
    models = {"cnn": (cnn, x), "table": table, **{name: (text_models[name], TEXTS) for name in ORDERED}}
    for name, (model, sample) in models.items():
        export(model, tmp_path / f"{name}.py", "python", sample=sample)  # which compares
    pytest.importorskip("ruff")
    for check in (["format", "--check"], ["check", "--select", "E,F,I,W,N,UP,B"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--isolated", "--no-cache", str(tmp_path)],
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stdout


def test_every_op_of_an_architecture_has_source(rng, tmp_path):
    shown = [(op, *cases[-1]) for op, cases in CASES.items() if op != "input"]
    assert len(shown) > 20
    for op, shapes, attributes in shown:
        sources = [node(f"input_{at}", "input", shape=shape) for at, shape in enumerate(shapes)]
        layer = node("layer", op, [each.id for each in sources], **attributes)
        model = trained(Architecture((*sources, layer), ("layer",)))
        names = {"__file__": str(tmp_path / "m.py"), "__name__": "m"}
        if op in ("tree_rnn", "enas_rnn"):  # a cell of ours, which no plain layer is
            with pytest.raises(ExportError, match=r"cell of layer in Python source.*(TreeCell|EnasCell)"):
                module_source(model)
            continue
        exec(module_source(model).text, names)
        built = names["build"]()
        for each in filter(lambda each: each.weights, built.layers):
            each.set_weights(model.get_layer(each.name).get_weights())
        x = {each.name: rng.integers(0, 4, (3, *each.shape[1:])).astype("float32") for each in model.inputs}
        x = x if len(x) > 1 else next(iter(x.values()))
        np.testing.assert_allclose(built(x, training=False), model(x, training=False), atol=1e-6, err_msg=op)


def test_a_layer_is_not_called_as_keras_calls_a_sum_of_its_own(tmp_path):
    model = assemble(trained(TEXT_STARTERS["transformer"](SCHEMA.sizes, 2, 4)), SCHEMA, ClassTarget.fit([0, 1]))
    assert "add_3" in {layer.name for layer in model.layers}
    names = {"__file__": str(tmp_path / "m.py"), "__name__": "m"}
    (tmp_path / "m.json").write_text(json.dumps(module_source(model).constants))
    exec(module_source(model).text, names)
    for _ in range(5):  # by then, Keras has counted its own sums past every layer's number
        names["build"]()


def test_the_source_reads_as_one_would_write_it(classifier, images):
    text = module_source(classifier(images((2, 6, 7)))).text
    assert 'LABELS = ["cat", "dog", "owl"]' in text
    assert '    images = keras.Input((6, 7), name="images")\n' in text
    assert 'layers.Conv2D(4, 3, padding="same", name=' in text
    assert '    probabilities = layers.Softmax(name="probabilities")(x)\n' in text
    assert "initializer" not in text
    assert "import json" not in text


def test_a_folder_holds_the_module_and_what_stands_beside_it(text_models, tmp_path):
    path = export(text_models["ngram_linear"], tmp_path / "net", "python", sample=TEXTS)
    assert {each.name for each in path.iterdir()} == {"model.py", "model.weights.h5", "model.json"}
    assert "good" in json.loads((path / "model.json").read_text())["terms vocabulary"]
    export(text_models["ngram_mlp"], path, "python", sample=TEXTS, overwrite=True)
    (path / "notes.txt").write_text("mine")
    with pytest.raises(SettingError, match="hold an earlier python export"):
        export(text_models["ngram_mlp"], path, "python", sample=TEXTS, overwrite=True)


def test_overwriting_takes_away_what_the_earlier_export_left_beside(text_models, classifier, images, tmp_path):
    x = images((2, 6, 7))
    path = export(text_models["ngram_linear"], tmp_path / "m.py", "python", sample=TEXTS)
    (tmp_path / "n.py").touch()
    with pytest.raises(SettingError, match="path must be free"):
        export(classifier(x), path, "python", sample=x)
    export(classifier(x), path, "python", sample=x, overwrite=True)
    assert {each.name for each in tmp_path.iterdir()} == {"m.py", "m.weights.h5", "n.py"}


def test_a_file_of_somebody_else_stays(classifier, images, tmp_path):
    x = images((2, 6, 7))
    (tmp_path / "m.py").write_text("my = 'code'")
    (tmp_path / "k.json").write_text("{}")
    for name in ("m.py", "k.py"):
        with pytest.raises(SettingError, match="path must be free or hold an earlier python export"):
            export(classifier(x), tmp_path / name, "python", sample=x, overwrite=True)
    assert {each.name for each in tmp_path.iterdir()} == {"m.py", "k.json"}


def test_a_file_beside_the_module_that_is_not_as_it_was_written_stays(text_models, classifier, images, tmp_path):
    x = images((2, 6, 7))
    path = export(classifier(x), tmp_path / "m.py", "python", sample=x)
    (tmp_path / "m.json").write_text('{"mine": true}')  # the export needs none, and has none
    refused = pytest.raises(SettingError, match="hold an earlier python export")
    with refused:
        export(text_models["ngram_linear"], path, "python", sample=TEXTS, overwrite=True)
    assert (tmp_path / "m.json").read_text() == '{"mine": true}'
    (tmp_path / "m.json").unlink()
    names = {"__file__": str(path), "__name__": "m"}
    exec(path.read_text(), names)
    further = names["load"]()
    further.set_weights([weight + 1 for weight in further.get_weights()])
    further.save_weights(tmp_path / "m.weights.h5")  # who trains further may save so
    with refused:
        export(classifier(x), path, "python", sample=x, overwrite=True)


def test_sums_in_a_product_and_under_an_index_keep_their_parentheses(tmp_path):
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    y = (keras.ops.abs(a) + keras.ops.abs(b)) * (a - (b - keras.ops.abs(a) / 2.0))
    model = keras.Model({"a": a, "b": b}, (a + b)[:, 1:] / (y[:, 1:] + 9.0))
    names = {"__file__": str(tmp_path / "m.py"), "__name__": "m"}
    exec(module_source(model).text, names)
    x = {"a": np.float32([[1, 2, 3, -4]]), "b": np.float32([[5, -7, 1, 2]])}
    np.testing.assert_allclose(names["build"]()(x), model(x), rtol=1e-6)


def test_an_op_without_source_is_named(images, classifier):
    class Doubled(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 2.0

    model = classifier(images((2, 6, 7)))
    foreign = keras.Model(model.input, model.get_layer("probabilities")(Doubled()(model.layers[-2].output)))
    foreign = keras.models.clone_model(foreign)  # so that each layer is called once
    with pytest.raises(ExportError, match=r"layer in Python source must be one of Keras's own.*Doubled"):
        module_source(foreign)


def test_long_calls_are_broken_where_ruff_breaks_them():
    assert statement("x", ("f", ["1", "a=2"]), ["y"]) == ["    x = f(1, a=2)(y)"]
    long = "an_argument_of_some_length=" + "1" * 40
    assert statement("x", ("f", [long, long]), ["y"]) == [
        "    x = f(",
        f"        {long},",
        f"        {long},",
        "    )(y)",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1,), "(1,)"),
        ([np.float32(0.5), None, True], "[0.5, None, True]"),
        ({"a": 'say "hi"'}, '{"a": \'say "hi"\'}'),
        (float("inf"), 'float("inf")'),
    ],
)
def test_values_are_written_as_python_reads_them(value, text):
    assert literal(value) == text


def test_commas_inside_of_brackets_and_strings_part_nothing():
    assert parts("a, f(b, c)[:, 1:], 'd, e', {\"k, l\": m}") == ["a", "f(b, c)[:, 1:]", "'d, e'", '{"k, l": m}']

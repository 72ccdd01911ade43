"""What is exported runs where neither autonas nor, where the format promises it, TensorFlow can be imported.

Images, texts and tables, a classifier and a regressor of each, with random weights: all formats of one model of each
kind, and of the other those that tell most for what they cost. Two bare processes read them all.
"""

import json
import subprocess
import sys

import numpy as np
import pytest

from autonas.arch import initial_weights
from autonas.arch.starters import perceptron
from autonas.arch.text_starters import TEXT_STARTERS
from autonas.data import ClassTarget, RegressionTarget, check_texts, make_dataset, text_schema
from autonas.estimators.structured import TABLE
from autonas.export import FORMATS, assemble, export
from autonas.runtime.compile import compile_architecture
from autonas.runtime.weights import set_weights
from tests.estimators.small import small_network

pytestmark = pytest.mark.tf

TEXTS = ["The good film!", "a bad film; a very bad one", "", "Ünknown 猫 words", "so\u00a0so, good plot"] * 2
CLASSES = {"image": ["cat", "dog", "it's"], "text": [False, True], "table": [3, 5]}
VALUES = [1e3, 3e3, 8e3]
EXTRAS = {"onnx": ("onnxruntime", "tf2onnx"), "litert": ("ai_edge_litert",)}
PATHS = {"keras": "m.keras", "tf_saved_model": "m", "python": "m.py", "onnx": "m.onnx", "litert": "m.tflite"}
ALL = tuple(PATHS)
EXPORTED = [
    ("image", "classifier", ALL),
    ("image", "regressor", ("python", "onnx")),
    ("text", "classifier", ALL),
    ("text", "regressor", ("python", "litert")),
    ("table", "regressor", ALL),
    ("table", "classifier", ("python", "onnx", "litert")),
]

# What ONNX and LiteRT call columns that would collide, or that they could not: also with a layer of the network.
CALLED = {"a b": "a_b_2", "é": "x_", "1x": "x1x"}

BARE = """
import importlib.abc, json, sys
from pathlib import Path

class Block(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Block())
import numpy as np

def raw(folder):
    held = dict(np.load(folder / "x.npz"))
    held = {{name: each.astype(object) if each.dtype.kind == "U" else each for name, each in held.items()}}
    names = json.loads((folder / "names.json").read_text())
    return held["0"] if names is None else {{name: held[str(place)] for place, name in enumerate(names)}}

answers = {{}}
for folder in sorted(each for each in Path.cwd().iterdir() if each.is_dir()):
    x = raw(folder)
    sys.path.insert(0, str(folder))
{body}
    del sys.path[0]
print(json.dumps(answers))
"""

WITH_KERAS = """
    import keras, importlib, tensorflow as tf
    tensors = {k: tf.constant(v) for k, v in x.items()} if isinstance(x, dict) else tf.constant(x)
    for name in ("m.keras", "m.py", "m"):
        if not (folder / name).exists():
            continue
        if name == "m.keras":
            got = keras.models.load_model(folder / name).predict(tensors, verbose=0)
        elif name == "m.py":
            sys.modules.pop("m", None)
            importlib.invalidate_caches()
            import m
            got = m.load().predict(tensors, verbose=0)
            answers[folder.name + "/labels"] = getattr(m, "LABELS", None)
        else:
            loaded = tf.saved_model.load(str(folder / name))
            out = loaded.serve(tensors)
            got = out.get("probabilities", out.get("values")).numpy()
            if "serve_bytes" in loaded.signatures:
                pngs = tf.stack([tf.io.encode_png(image[..., None]) for image in x])
                answers[folder.name + "/bytes"] = loaded.serve_bytes(pngs)["probabilities"].numpy().tolist()
        answers[folder.name + "/" + name] = got.tolist()
"""

WITHOUT_TENSORFLOW = """
    import importlib
    called = json.loads((folder / "called.json").read_text())
    def encoded(kind):
        if not (folder / f"m_{kind}_encode.py").exists():
            return {called.get(n, n): v for n, v in x.items()} if isinstance(x, dict) else {"images": x}
        sys.modules.pop(f"m_{kind}_encode", None)
        importlib.invalidate_caches()
        return importlib.import_module(f"m_{kind}_encode").encode(x.tolist())
    def plain(held):
        return held if held.dtype.kind == "O" else held.astype("float32")
    if (folder / "m.onnx").exists():
        import onnxruntime
        session = onnxruntime.InferenceSession(str(folder / "m.onnx"))
        outputs = [each.name for each in session.get_outputs()]
        got = dict(zip(outputs, session.run(None, {k: plain(v) for k, v in encoded("onnx").items()})))
        answers[folder.name + "/m.onnx"] = got.get("probabilities", got.get("values")).tolist()
        answers[folder.name + "/onnx labels"] = got["labels"].tolist() if "labels" in got else None
    if (folder / "m.tflite").exists():
        from ai_edge_litert.interpreter import Interpreter
        runner = Interpreter(str(folder / "m.tflite")).get_signature_runner()
        def fed(held):
            return np.char.encode(held.astype(str), "utf-8") if held.dtype.kind == "O" else held.astype("float32")
        got = runner(**{k: fed(v) for k, v in encoded("tflite").items()})
        answers[folder.name + "/m.tflite"] = got.get("probabilities", got.get("values")).tolist()
"""


def trained(architecture):
    network = compile_architecture(architecture)
    set_weights(network, architecture, initial_weights(architecture, np.random.default_rng(0)))
    return network


def described(kind, schema, images):
    """Return a schema, the function from a number of outputs to a network, and raw examples."""
    if kind == "image":
        x = images((6, 8, 8))
        found = schema(x)
        return found, lambda outputs: trained(small_network(found.shape, outputs)), x
    if kind == "text":
        found = text_schema(TEXTS, check_texts(TEXTS))
        return found, lambda outputs: trained(TEXT_STARTERS["text_cnn"](found.sizes, outputs, 4)), check_texts(TEXTS)
    pandas = pytest.importorskip("pandas")
    days = pandas.date_range("2020-01-01", periods=60, freq="11D")
    towns = ["Rome", "Ösló", None] * 20
    columns = {"a b": range(60), "a_b": [1.5, None, 3.0] * 20, "é": towns, "dense_1": days, "1x": [*towns[1:], "Rome"]}
    data = make_dataset(pandas.DataFrame(columns), [0, 1] * 30, reader=TABLE.reader, task="classification")
    return data.schema, lambda outputs: trained(perceptron(data.schema.shape, outputs, 8)), data.sample


def save_raw(folder, x):
    """Write raw examples without pickle: arrays by place, and the names of these."""
    names = list(x) if isinstance(x, dict) else None
    arrays = [x] if names is None else list(x.values())
    plain = {str(at): each.astype(str) if each.dtype.kind == "O" else each for at, each in enumerate(arrays)}
    np.savez(folder / "x.npz", **plain)
    (folder / "names.json").write_text(json.dumps(names))
    (folder / "called.json").write_text(json.dumps(CALLED))


def run_bare(folder, body, blocked):
    code = BARE.format(blocked=blocked, body=body)
    ran = subprocess.run([sys.executable, "-I", "-c", code], cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout.splitlines()[-1])


def installed(format):
    import importlib.util

    return all(importlib.util.find_spec(name) for name in EXTRAS.get(format, ()))


def test_every_format_runs_in_a_bare_process(schema, images, tmp_path):
    wanted = {}
    for kind, task, formats in EXPORTED:
        found, network, x = described(kind, schema, images)
        target = ClassTarget.fit(CLASSES[kind]) if task == "classifier" else RegressionTarget.fit(VALUES)
        outputs = len(CLASSES[kind]) if task == "classifier" else 1
        model = assemble(network(outputs), found, target)
        folder = tmp_path / f"{kind} {task}"
        folder.mkdir()
        save_raw(folder, x)
        expected = model.predict_on_batch(x)
        for format in filter(installed, formats):
            export(model, folder / PATHS[format], format, sample=x)
            wanted[f"{folder.name}/{PATHS[format]}"] = (
                expected,
                1e-4 if task == "classifier" else 1e-4 * np.std(VALUES),
            )
            if task == "classifier":
                assert FORMATS[format].labels(folder / PATHS[format]) == CLASSES[kind]

    answers = run_bare(tmp_path, WITH_KERAS, {"autonas"})
    answers |= run_bare(tmp_path, WITHOUT_TENSORFLOW, {"autonas", "tensorflow", "keras"})
    for name, (expected, tolerance) in wanted.items():
        np.testing.assert_allclose(answers[name], expected, rtol=1e-5, atol=tolerance, err_msg=name)
    assert len(wanted) >= 10
    best = wanted["image classifier/m.keras"][0]
    np.testing.assert_allclose(answers["image classifier/bytes"], best, atol=1e-4)
    assert answers["image classifier/labels"] == CLASSES["image"]
    if installed("onnx"):
        assert answers["image classifier/onnx labels"] == [CLASSES["image"][at] for at in best.argmax(axis=1)]
        assert set(answers["text classifier/onnx labels"]) <= {False, True}
        assert set(answers["table classifier/onnx labels"]) <= {3, 5}

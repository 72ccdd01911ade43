"""TensorFlow Serving serves the SavedModel as it stands, by the command in README.md. Where the server is installed."""

import base64
import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
import tensorflow as tf

from autonas.arch.starters import perceptron
from autonas.arch.text_starters import TEXT_STARTERS
from autonas.data import ClassTarget, check_texts, make_dataset, text_schema
from autonas.estimators.structured import TABLE
from autonas.export import assemble, export
from tests.export.test_foreign_runtimes import trained

TEXTS = ["a good film", "a bad film", "so so", "bad"]
SERVER = shutil.which("tensorflow_model_server")
pytestmark = [pytest.mark.tf, pytest.mark.skipif(SERVER is None, reason="tensorflow_model_server is not installed")]


@contextlib.contextmanager
def served(folder):
    """Serve the versions of a model in a folder; give the function that asks it for predictions."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # README's command, with a port of its own.
    command = [SERVER, f"--rest_api_port={port}", "--model_name=digits", f"--model_base_path={folder}"]
    server = subprocess.Popen([*command, "--port=0"])

    def _ask(**request):
        body = json.dumps(request).encode()
        url = f"http://127.0.0.1:{port}/v1/models/digits:predict"
        for _ in range(60):
            try:
                with urllib.request.urlopen(url, body) as answer:
                    return json.load(answer)["predictions"]
            except urllib.error.HTTPError as error:
                if error.code != 404:  # which it is while the model is being read
                    raise
            except urllib.error.URLError:
                pass  # not listening yet
            time.sleep(1)
        raise AssertionError("The server must answer within a minute.")

    try:
        yield _ask
    finally:
        server.terminate()
        server.wait()


def test_images_are_served_by_value_and_as_bytes(classifier, images, tmp_path):
    x = images((3, 6, 7))
    model = classifier(x)
    export(model, tmp_path / "models" / "digits" / "1", "tf_saved_model", sample=x)
    wanted = model.predict(x, verbose=0)
    pngs = [tf.io.encode_png(image[..., np.newaxis]).numpy() for image in x]
    encoded = [{"b64": base64.b64encode(each).decode()} for each in pngs]
    with served(tmp_path / "models" / "digits") as ask:
        by_value, by_bytes = ask(instances=x.tolist()), ask(signature_name="serve_bytes", instances=encoded)
    for answer in (by_value, by_bytes):
        np.testing.assert_allclose([each["probabilities"] for each in answer], wanted, atol=1e-4)
        assert [each["labels"] for each in answer] == [["cat", "dog", "owl"][best] for best in wanted.argmax(axis=1)]


def test_texts_are_served_as_strings(tmp_path):
    schema = text_schema(TEXTS, check_texts(TEXTS))
    model = assemble(trained(TEXT_STARTERS["ngram_mlp"](schema.sizes, 2, 4)), schema, ClassTarget.fit(["bad", "good"]))
    export(model, tmp_path / "models" / "1", "tf_saved_model", sample=check_texts(TEXTS))
    with served(tmp_path / "models") as ask:
        answer = ask(instances=TEXTS)
    wanted = model.predict(tf.constant(TEXTS), verbose=0)
    np.testing.assert_allclose([each["probabilities"] for each in answer], wanted, atol=1e-4)


def test_rows_of_a_table_are_served_by_column(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"floor area": range(60), "town": ["Rome", "Oslo", "Bern"] * 20})
    data = make_dataset(frame, [0, 1] * 30, reader=TABLE.reader, task="classification")
    model = assemble(trained(perceptron(data.schema.shape, 2, 8)), data.schema, data.target)
    export(model, tmp_path / "models" / "1", "tf_saved_model", sample=data.sample)
    with served(tmp_path / "models") as ask:
        answer = ask(instances=[{"floor_area": [30.0], "town": ["Rome"]}, {"floor_area": [31.0], "town": ["Bern"]}])
    rows = {"floor area": np.float32([[30], [31]]), "town": tf.constant([["Rome"], ["Bern"]])}
    wanted = model.predict(rows, verbose=0)
    np.testing.assert_allclose([each["probabilities"] for each in answer], wanted, atol=1e-4)

"""A process that cannot import autonas loads both formats, and gets probabilities and labels."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from autonas.export import export

pytestmark = pytest.mark.tf

READER = """
import json, sys

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "autonas":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Block())
try:
    import autonas
except ModuleNotFoundError:
    pass
else:
    raise SystemExit("autonas can be imported: this test shows nothing")

import keras, numpy as np, tensorflow as tf

x = np.load("x.npy")
model = keras.models.load_model("m.keras")
loaded = tf.saved_model.load("m")
served = loaded.signatures["serving_default"](tf.constant(x))
answer = {
    "keras": model.predict(x, verbose=0).tolist(),
    "keras float": model.predict(x.astype("float64"), verbose=0).tolist(),
    "keras labels": model.get_layer("probabilities").bias_initializer.value,
    "served": served["probabilities"].numpy().tolist(),
    "served float": loaded.serve(x.astype("float32"))["probabilities"].numpy().tolist(),
    "served labels": [label.decode() for label in served["labels"].numpy()],
    "served classes": [label.decode() for label in loaded.classes()["classes"].numpy()],
}
with open("answer.json", "w") as file:
    json.dump(answer, file)
"""


@pytest.mark.parametrize("shape", [(5, 6, 7), (5, 6, 7, 3)])
def test_both_formats_load_where_autonas_is_not_installed(classifier, images, tmp_path, shape):
    x, labels = images(shape), ["T-shirt/top", "猫", "dog"]
    model = classifier(x, labels)
    export(model, tmp_path / "m", "tf_saved_model", sample=x)
    export(model, tmp_path / "m.keras", "keras", sample=x)
    np.save(tmp_path / "x.npy", x)

    ran = subprocess.run(
        [sys.executable, "-I", "-c", READER], cwd=tmp_path, env=dict(os.environ), capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr

    answer, wanted = json.loads((tmp_path / "answer.json").read_text()), model.predict(x, verbose=0)
    for name in ("keras", "keras float", "served", "served float"):
        np.testing.assert_allclose(answer[name], wanted, atol=1e-6, err_msg=name)
    assert answer["keras labels"] == answer["served classes"] == sorted(labels)
    assert answer["served labels"] == [sorted(labels)[best] for best in wanted.argmax(axis=1)]

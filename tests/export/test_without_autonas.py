"""A process that cannot import autonas loads both formats, and gets probabilities and labels."""

import json
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

def answer(folder):
    x = np.load(folder + "/x.npy")
    model = keras.models.load_model(folder + "/m.keras")
    loaded = tf.saved_model.load(folder + "/m")
    served = loaded.signatures["serving_default"](tf.constant(x))
    return {
        "keras": model.predict(x, verbose=0).tolist(),
        "keras float": model.predict(x.astype("float64"), verbose=0).tolist(),
        "keras labels": model.get_layer("probabilities").bias_initializer.value,
        "served": served["probabilities"].numpy().tolist(),
        "served float": loaded.serve(x.astype("float32"))["probabilities"].numpy().tolist(),
        "served labels": [label.decode() for label in served["labels"].numpy()],
        "served classes": [label.decode() for label in loaded.classes()["classes"].numpy()],
    }

with open("answers.json", "w") as file:
    json.dump([answer("rank 3"), answer("rank 4")], file)
"""


def test_both_formats_load_where_autonas_is_not_installed(classifier, images, tmp_path):
    labels, wanted = sorted(["T-shirt/top", "猫", "dog"]), []
    for x in (images((5, 6, 7)), images((5, 6, 7, 3))):
        model, folder = classifier(x, labels), tmp_path / f"rank {x.ndim}"
        export(model, folder / "m", "tf_saved_model", sample=x)
        export(model, folder / "m.keras", "keras", sample=x)
        np.save(folder / "x.npy", x)
        wanted.append(model.predict(x, verbose=0))

    ran = subprocess.run([sys.executable, "-I", "-c", READER], cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr

    for answer, probabilities in zip(json.loads((tmp_path / "answers.json").read_text()), wanted, strict=True):
        for name in ("keras", "keras float", "served", "served float"):
            np.testing.assert_allclose(answer[name], probabilities, atol=1e-6, err_msg=name)
        assert answer["keras labels"] == answer["served classes"] == labels
        assert answer["served labels"] == [labels[best] for best in probabilities.argmax(axis=1)]

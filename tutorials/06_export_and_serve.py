"""Export and serve: one network as SavedModel, Keras file, Python source, ONNX and LiteRT. A minute on two CPU cores.

    pip install ".[onnx,litert]"               # in a checkout; without the extras it leaves out these two formats
    python tutorials/06_export_and_serve.py

It leaves everything in `output/digits` beside this file; running it again replaces that. It also checks itself: if one
of the exports reads an image otherwise than the classifier does, it ends with an error.
"""

import importlib.util
import json
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import autonas

OUTPUT = Path(__file__).parent / "output" / "digits"

# 1. A network to export. Whole pixels 0..255, as they are in picture files: then the SavedModel also takes these files.
digits = load_digits()
pixels = np.round(digits.images * 255 / 16).astype(np.uint8)
x_train, x_test, y_train, y_test = train_test_split(
    pixels, digits.target, test_size=0.25, stratify=digits.target, random_state=0
)
clf = autonas.ImageClassifier(time_limit=30, seed=0, workers=0)
clf.fit(x_train, y_train)
chances = clf.predict_proba(x_test)
print(f"Test accuracy: {clf.score(x_test, y_test):.4f}")

# 2. Every format. `export` reads back what it wrote in the runtime that it is for, and compares: it returns only when
# the file gives the same probabilities, to 1e-4. A format whose extra is missing is refused with the command that
# brings it.
written = {
    "keras": clf.export(OUTPUT / "digits.keras", format="keras", overwrite=True),
    "tf_saved_model": clf.export(OUTPUT / "served" / "1", format="tf_saved_model", overwrite=True),
    "python": clf.export(OUTPUT / "digits.py", format="python", overwrite=True),
}
for format, path, needs in (("onnx", "digits.onnx", "tf2onnx"), ("litert", "digits.tflite", "ai_edge_litert")):
    if importlib.util.find_spec(needs):
        written[format] = clf.export(OUTPUT / path, format=format, overwrite=True)
    else:
        print(f'Left out: {format}. It needs: pip install "autonas[{format}]"')
for format, path in written.items():
    print(f"{format:>15}: {path}")

# 3. Python source. A module that a person could have written: it builds the network layer by layer, and needs Keras and
# its weights, which stand beside it. This is where to go on by hand: change a layer, train it as you like.
source = written["python"].read_text("utf-8")
print("\n" + source[source.index("def build") : source.index("def load")])

# 4. Each in its own runtime. From here on nothing is of autonas: these lines are what a server or a phone would run.
got = {}
got["keras"] = keras.models.load_model(written["keras"]).predict(x_test, verbose=0)

sys.path.insert(0, str(OUTPUT))
import digits as module  # noqa: E402  what was exported as digits.py

got["python"] = module.load().predict(x_test, verbose=0)
print("Labels, in the order of the columns:", module.LABELS)

served = tf.saved_model.load(str(written["tf_saved_model"]))  # keep it: the weights live as long as it does
got["tf_saved_model"] = served.serve(x_test)["probabilities"].numpy()

# The second signature takes the bytes of picture files, of any size; here of PNG files made for the purpose.
pictures = tf.stack([tf.io.encode_png(image[..., np.newaxis]) for image in x_test])
got["serve_bytes"] = served.serve_bytes(pictures)["probabilities"].numpy()

if "onnx" in written:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(written["onnx"]), providers=["CPUExecutionProvider"])
    got["onnx"], labels = session.run(["probabilities", "labels"], {"images": x_test.astype(np.float32)})
    print("ONNX reads ten test images as", labels[:10])

if "litert" in written:
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(str(written["litert"])).get_signature_runner()
    got["litert"] = runner(images=x_test.astype(np.float32))["probabilities"]

# 5. TensorFlow Serving. The folder `served` holds version 1 of a model; the server looks there for higher numbers, too.
# The first command starts it, the others ask it. `serve_bytes` is asked with pictures in base 64, which is what the
# standard library's base64.b64encode makes of a file.
request = json.dumps({"instances": x_test[:1].tolist()})
print(f"""
Serve it:
    tensorflow_model_server --rest_api_port=8501 --model_name=digits --model_base_path={(OUTPUT / "served").resolve()}
or, with Docker:
    docker run -p 8501:8501 -v {(OUTPUT / "served").resolve()}:/models/digits -e MODEL_NAME=digits tensorflow/serving
Ask it:
    curl localhost:8501/v1/models/digits:predict -d '{request[:60]}...'
    curl localhost:8501/v1/models/digits:predict -d \\
        '{{"signature_name": "serve_bytes", "instances": [{{"b64": "iVBORw0..."}}]}}'
""")

# 6. The same from the command line, of a model that `clf.save` or `autonas fit` wrote:
#
#     autonas export digits.autonas digits.onnx
#
# Texts are a case of their own: ONNX and LiteRT do not split strings into words, so beside such a file stand a
# vocabulary and a Python file of one function, `encode(texts)`, which gives what the network reads.

differences = {name: float(np.abs(each - chances).max()) for name, each in got.items()}
print("Largest difference of a probability from the classifier's:")
for name, difference in differences.items():
    print(f"{name:>15}: {difference:.1e}")
wrong = [name for name, difference in differences.items() if not difference < 1e-4]
if wrong:
    sys.exit(f"Every export must predict what the classifier predicts. Received: other values from {wrong}.")

"""From AutoKeras: what stays as it was, and what to change. A minute on two CPU cores.

    pip install .                              # in a checkout
    python tutorials/10_from_autokeras.py

It leaves its search in `output/autokeras` beside this file. Every difference that is known stands in
docs/from_autokeras.md.
"""

import sys
from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits

import autonas as ak  # was: import autokeras as ak

OUTPUT = Path(__file__).parent / "output" / "autokeras"
LEAST_ACCURACY = 0.9

images, labels = load_digits(return_X_y=True)
images = images.reshape(-1, 8, 8)
x_train, y_train, x_test, y_test = images[:1400], labels[:1400], images[1400:], labels[1400:]

# 1. These lines are AutoKeras's, word for word. Names, `max_trials`, `directory`, `project_name`, `overwrite`,
# `max_model_size`, `epochs` mean what they mean there.
clf = ak.ImageClassifier(max_trials=3, project_name="digits", directory=OUTPUT, overwrite=True, seed=1)
clf.fit(x_train, y_train, epochs=10)
predicted = clf.predict(x_test)
print(clf.evaluate(x_test, y_test))
model = clf.export_model()

# 2. What is different in what comes out. Labels come back as they went in, in a flat array (AutoKeras: a column, and
# numbers as strings); `evaluate` gives a dict; the exported model is plain Keras and carries its labels.
assert predicted.shape == (len(x_test),)
assert predicted.dtype == labels.dtype
model.save(OUTPUT / "digits.keras")
again = keras.models.load_model(OUTPUT / "digits.keras")  # no custom objects, no autonas
names = again.get_layer("probabilities").bias_initializer.value
assert np.array_equal([names[column] for column in again.predict(x_test, verbose=0).argmax(axis=1)], predicted)

# 3. What is new, and worth a line. A time limit for the whole of `fit`; probabilities; the trials; a report.
clf = ak.ImageClassifier(time_limit=25, directory=OUTPUT, project_name="timed", overwrite=True, seed=1, verbose=0)
clf.fit(x_train, y_train, validation_split=0.2)  # drawn by the seed and stratified, not the last fifth
print(f"\n{clf.leaderboard()}")
print(f"probabilities of the first test image: {clf.predict_proba(x_test[:1]).round(2)}")
clf.report(OUTPUT / "report.html")

# 4. What is gone says so, and names what there is.
try:
    ak.ImageClassifier(tuner="hyperband", max_trials=1).fit(x_train, y_train)
except ak.errors.SettingError as error:
    print(f"\n{error}")

accuracy = float((predicted == y_test).mean())
if accuracy < LEAST_ACCURACY:
    sys.exit(f"The test accuracy must be at least {LEAST_ACCURACY}. Received: {accuracy:.4f}.")

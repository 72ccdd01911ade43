"""Your own data: a folder of pictures, a stream, several labels, a metric as the aim. Two minutes on two CPU cores.

    pip install ".[images]"                    # in a checkout; Pillow reads pictures
    python tutorials/05_your_own_data.py

It also checks itself: if fewer than 85 of 100 pictures are named rightly, it ends with an error.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

import autonas

LEAST_ACCURACY = 0.85
NAMES = np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])

digits = load_digits()
images = np.round(digits.images / 16 * 255).astype(np.uint8)
x_train, x_test = images[:1400], images[1400:]
y_train, y_test = digits.target[:1400], digits.target[1400:]

# 1. A folder of class folders is all that is needed: `zero/0001.png`, `one/0007.png`, ... The folders' names are the
# labels. Pictures need not be of one size; what they are brought to then, the documentation of `fit` says.
folder = Path(tempfile.mkdtemp())
for number, (image, label) in enumerate(zip(x_train, y_train, strict=True)):
    place = folder / NAMES[label]
    place.mkdir(exist_ok=True)
    Image.fromarray(image).save(place / f"{number:04}.png")

# 2. What networks are compared by may be any metric: here the F1 score, the mean over the ten digits. Metrics of
# Keras go by name or as objects; a function of your own works too, once a `keras_tuner.Objective` says which way is
# better.
clf = autonas.ImageClassifier(time_limit=45, seed=0, metrics=["f1"], objective="val_f1")
clf.fit(folder)
print(clf.leaderboard())

# 3. Predictions take the same doors: pictures, files, folders, arrays.
print(clf.predict([Image.fromarray(x_test[0]), Image.fromarray(x_test[1]).resize((20, 20))]), NAMES[y_test[:2]])
accuracy = clf.score(x_test, NAMES[y_test])
print(f"{accuracy:.3f} of the test pictures are named rightly; {clf.evaluate(x_test, NAMES[y_test])}")


# 4. Data that do not fit in memory come in batches: from a generator, a `tf.data.Dataset` or a `keras.utils.PyDataset`.
# They are read once. Up to 128 MB stay in memory; more is kept in the temporary folder while `fit` runs, and trained
# from there, never loaded whole. A data set of 5 GB needs about 1.7 GB of memory.
def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield a hundred images at a time, and what is true of the digit on each."""
    for start in range(0, 1400, 100):
        some = slice(start, start + 100)
        yield x_train[some], properties(y_train[some])


# 5. Several labels an image are sets of labels, or rows of 0 and 1. Nobody has to say so; `predict` gives what came.
def properties(numbers: np.ndarray) -> np.ndarray:
    """Return rows of 0 and 1: is the digit odd, above four, a square?"""
    return np.stack([numbers % 2, numbers > 4, np.isin(numbers, [0, 1, 4, 9])], axis=1).astype(int)


several = autonas.ImageClassifier(time_limit=45, seed=0)
several.fit(batches())
print("odd, above four, a square:")
for row, chances, number in zip(several.predict(x_test[:5]), several.predict_proba(x_test[:5]), y_test, strict=False):
    print(f"  {number}: {row} {np.round(chances, 2)}")
print(f"all three right: {several.score(x_test, properties(y_test)):.3f}")

if accuracy < LEAST_ACCURACY:
    sys.exit(f"At least {LEAST_ACCURACY} of the pictures should be named rightly. Received: {accuracy:.3f}.")

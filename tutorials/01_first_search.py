"""The first search: images and labels in, a network out. Two minutes on two CPU cores.

    pip install .                              # in a checkout
    python tutorials/01_first_search.py

It leaves a TensorFlow SavedModel in `output/digits_model` beside this file; running it again replaces that. It also
checks itself: if fewer than 97 of 100 test images are read correctly, it ends with an error.
"""

import sys
from pathlib import Path

import tensorflow as tf
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import autonas

LEAST_ACCURACY = 0.97
OUTPUT = Path(__file__).parent / "output"

# 1. Data. 1,797 handwritten digits of 8 x 8 pixels, which scikit-learn brings. autonas takes images as they are: any
# scale, uint8 or float, (n, h, w) or (n, h, w, channels). It normalises them by itself, and that becomes part of the
# network. Labels may be numbers, strings, booleans or one-hot rows.
#
# A quarter is put aside as a test: the search never sees it, neither for training nor for choosing.
digits = load_digits()
x_train, x_test, y_train, y_test = train_test_split(
    digits.images, digits.target, test_size=0.25, stratify=digits.target, random_state=0
)

# 2. The search. `time_limit` is the one thing to decide. It is in seconds and covers all that happens in `fit`:
#
# - autonas measures how fast this machine trains, and begins with a network that is small enough for the time.
# - It splits off a fifth of the training data to compare networks on: the validation data.
# - It trains the first network from scratch. Then, trial after trial, it edits a network that did well: makes a layer
#   wider or puts one in, adds a skip connection, enlarges a kernel, or leaves something out. A Gaussian process over
#   all networks tried so far says which edit promises most.
# - A new network does not begin with random weights: it inherits its parent's. A wider layer gets copies of its units,
#   and what reads them shares its weights out among the copies; a new layer begins as one that changes nothing. So the
#   network computes what its parent computed (small random changes apart, which let copies drift apart), and needs a
#   short training only. Edits that leave something out lose a part of it, and inherit the rest.
# - In the time kept for it, the best network is trained further; the result is taken if it is better.
#
# Ctrl-C ends the search early, with the best network so far.
clf = autonas.ImageClassifier(time_limit=100, seed=0)
clf.fit(x_train, y_train)

# 3. What was tried: a row a trial. `epochs` are those of the trial itself; `total` adds those of the networks it
# descends from, whose weights it inherited. What lies between the two is training it did not need again.
print(f"\n{clf.leaderboard()}")
print(f"\nThe best is trial {clf.best_trial_}, with {clf.model_.count_params():,} parameters.")

# 4. How good is it really? The scores above chose the network, so they flatter it a little. The test data did not.
accuracy = clf.score(x_test, y_test)
print(f"Test accuracy: {accuracy:.4f}")

# 5. Out of here. The export is an ordinary SavedModel: raw images in, probabilities and labels out. Before `export`
# returns, it has read back what it wrote and compared the predictions.
path = clf.export(OUTPUT / "digits_model", format="tf_saved_model", overwrite=True)
print(f"\nSavedModel written to {path}")

# 6. Somewhere else, with TensorFlow alone: these lines use nothing of autonas. Keep what `load` returns in a variable:
# the weights live no longer than it does.
loaded = tf.saved_model.load(str(path))
answer = loaded.serve(x_test[:10])
labels = answer["labels"].numpy()
print(f"Loaded again, it reads ten test images as {labels}")
print(f"                              and they are {y_test[:10]}")

# 7. More time. With a directory, the trials stay on disk, and the same lines run again go on where they stopped, even
# where the process was killed:
#
#     clf = autonas.ImageClassifier(time_limit=600, seed=0, directory="digits_search")
#     clf.fit(x_train, y_train)
#
# 02_regression_and_resuming.py does this.

if accuracy < LEAST_ACCURACY:
    sys.exit(f"The test accuracy must be at least {LEAST_ACCURACY}. Received: {accuracy:.4f}.")
if (labels != clf.predict(x_test[:10])).any():
    sys.exit(f"The SavedModel must predict what the classifier predicts. Received: {labels}.")

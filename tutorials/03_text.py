"""Texts: strings in, a network that takes strings out. A minute and a quarter on two CPU cores.

    pip install .                              # in a checkout
    python tutorials/03_text.py

It leaves a Keras file in `output/mail_sorter.keras` beside this file; running it again replaces that. It also checks
itself: if fewer than 90 of 100 test messages go to the right desk, it ends with an error.
"""

import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import autonas

LEAST_ACCURACY = 0.90
OUTPUT = Path(__file__).parent / "output"

# 1. Data. Made up here, as nothing that comes with scikit-learn is text: 1,500 messages to a shop, each for one of
# three desks. What decides is partly single words ("invoice"), and partly words in a row: "not arrived" is for the
# people who send parcels, "arrived broken" for those who repair things. One message in twenty went to a wrong desk,
# as happens, so nobody can be right every time.
OPENINGS = ["Hello,", "Hi there!", "Dear all,", "Good morning -", "", "To whom it may concern:"]
CLOSINGS = ["Thanks!", "Please help.", "Kind regards", "Call me back.", "", "I am waiting..."]
THINGS = ["kettle", "radio", "bike", "lamp", "chair", "camera", "toaster", "tent"]
DESKS = {
    "billing": ["the invoice for my {} is wrong", "I paid twice for the {}", "refund the {}, it was charged too high"],
    "parcels": ["my {} has not arrived", "where is the {} I ordered?", "you sent a {} to my old address"],
    "repairs": [
        "the {} arrived broken",
        "my {} makes a noise and stops",
        "since <b>today</b> the {} will not switch on",
    ],
}


def messages(n: int, seed: int) -> tuple[list[str], np.ndarray]:
    """Return n messages and the desks that got them."""
    rng = np.random.default_rng(seed)
    texts, desks = [], []
    for _ in range(n):
        desk = rng.choice(list(DESKS))
        said = rng.choice(DESKS[desk]).format(rng.choice(THINGS))
        aside = f"I also have a {rng.choice(THINGS)} of yours, which is fine."
        parts = [rng.choice(OPENINGS), said + ".", *rng.permutation([aside, rng.choice(CLOSINGS)])]
        texts.append(" ".join(part for part in parts if part))
        desks.append(rng.choice(list(DESKS)) if rng.random() < 0.05 else desk)
    return texts, np.array(desks)


x_train, y_train = messages(1500, seed=0)
x_test, y_test = messages(500, seed=1)
print(f"{x_train[0]!r} -> {y_train[0]}")

# 2. The search. Texts go in as they are: capitals, punctuation, HTML and all. Two things are made of each: the ids of
# its words, in order, and tf-idf weights of its words and pairs of words. Which words are known, and how long a text
# may be, follows the training texts.
#
# The first network is linear, over the tf-idf weights. It is not trained but solved: logistic regression, with a
# penalty chosen on the validation data. On small data that is the one to beat. Then come a hidden layer, convolutions,
# attention and an LSTM, and edits of what does well; in the end the best are blended into one network, where that is
# better on the validation data.
clf = autonas.TextClassifier(time_limit=60, seed=0)
clf.fit(x_train, y_train)
print(f"\n{clf.leaderboard()}")
print(f"\nKept: trial {clf.best_trial_}, as it came out of: {clf.source_}.")

# 3. How good is it really? The test messages had no part in any choice.
accuracy = clf.score(x_test, y_test)
print(f"Test accuracy: {accuracy:.4f}")
question = "Good day, my new lamp has not arrived. It is dark here."
for desk, chance in zip(clf.classes_, clf.predict_proba([question])[0], strict=True):
    print(f"  {desk:8} {chance:.2f}")

# 4. Out of here. The exported model takes strings: splitting them into words is part of it, and so are the labels.
path = clf.export(OUTPUT / "mail_sorter.keras", overwrite=True)
model = keras.models.load_model(path)  # needs nothing of autonas
labels = model.get_layer("probabilities").bias_initializer.value
again = [labels[column] for column in model.predict(tf.constant(x_test[:5]), verbose=0).argmax(axis=1)]
print(f"Loaded again, it sends five test messages to {again}")

# 5. Numbers work alike: `autonas.TextRegressor().fit(reviews, stars)`. What of a list is no text, is missing, or is
# not UTF-8, is said before anything is trained.

if accuracy < LEAST_ACCURACY:
    sys.exit(f"The test accuracy must be at least {LEAST_ACCURACY}. Received: {accuracy:.4f}.")
if again != clf.predict(x_test[:5]).tolist():
    sys.exit(f"The Keras file must predict what the classifier predicts. Received: {again}.")

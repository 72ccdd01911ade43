"""ENAS through the public face, its supernet, its trials and finishing over two replicas; of images and of texts."""

import tests.end_to_end.two_processors  # noqa: F401, I001 - before anything runs
import numpy as np

import autonas
from autonas.search import Enas
from tests.estimators.small import digits

SETTINGS = {"distribution": "mirrored", "workers": 0, "max_trials": 1, "seed": 0, "verbose": 0}


def searched(kind, x, y, **cells):
    oracle = Enas(layers=2, children=4, top=1, **cells)
    clf = kind(oracle=oracle, **SETTINGS).fit(x, y, epochs=1, batch_size=16)
    assert clf.predict_proba(x).shape == (len(x), len(set(y)))
    assert np.isfinite(clf.validation_metrics_["val_loss"])


x, y = digits()
searched(autonas.ImageClassifier, x, y)
words = np.array(["good fine", "bad poor", "great fun", "awful dull"])
texts = [f"{words[place % 4]} film number {place}" for place in range(80)]
searched(autonas.TextClassifier, texts, [place % 2 for place in range(80)], cells="macro")
searched(autonas.TextClassifier, texts, [place % 2 for place in range(80)], cells="rnn")
print("equal")  # noqa: T201

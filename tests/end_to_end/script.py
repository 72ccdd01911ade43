"""A user's script, run as a process of its own: a search of digits that says what it is doing in a file.

    python -m tests.end_to_end.script FOLDER WHAT

WHAT is a JSON object: arguments of ImageClassifier, ``epochs``, and ``hang``: the number of the training run in which
to stop and wait, to be killed or interrupted.
"""

import json
import sys
import time
from pathlib import Path

import keras
import numpy as np
from sklearn.datasets import load_digits

import autonas

EXAMPLES = 200
FIT = "--- fit ---"  # what importing says comes before it


class Diary(keras.callbacks.Callback):
    """Writes a line for every training run that begins; copies go on in the same file."""

    def __init__(self, path: str, hang: int):
        super().__init__()
        self.path, self.hang = path, hang

    def on_train_begin(self, logs=None):
        self.fresh = True

    def on_train_batch_end(self, batch, logs=None):
        if not self.fresh:
            return
        self.fresh = False
        with Path(self.path).open("a") as file:
            file.write("run\n")
        if len(Path(self.path).read_text().splitlines()) == self.hang:
            time.sleep(600)


def main(folder: Path, what: dict) -> None:
    x, y = load_digits(return_X_y=True)
    x, y = x[:EXAMPLES].reshape(-1, 8, 8), y[:EXAMPLES]
    epochs, diary = what.pop("epochs"), Diary(str(folder / "diary"), what.pop("hang", 0))
    sys.stderr.write(f"{FIT}\n")
    begun = time.monotonic()
    clf = autonas.ImageClassifier(directory=folder / "searches", seed=0, **what)
    clf.fit(x, y, epochs=epochs, callbacks=[diary])
    answer = {
        "seconds": time.monotonic() - begun,
        "statuses": {row.trial: row.status for row in clf.leaderboard()},
        "best": clf.leaderboard()[0].score,
        "validation": clf.validation_metrics_["val_accuracy"],
        "source": clf.source_,
        "timing": clf.timing_,
        "finite": bool(np.isfinite(clf.predict_proba(x)).all()),
    }
    (folder / "answer.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))

"""Several trials at a time, in processes of their own. Three minutes on two CPU cores.

    pip install .                              # in a checkout
    python tutorials/11_many_workers.py

It leaves a search in `output/workers_search` beside this file; running it again goes on with it.
"""

import os
from pathlib import Path

import keras
from sklearn.datasets import load_digits

import autonas

OUTPUT = Path(__file__).parent / "output"
x, y = load_digits(return_X_y=True)
x = x.reshape(-1, 8, 8)


# 1. A callback of your own. Trials run in other processes, so every training run has a copy of it; what a copy keeps in
# a list stays where it is. Let it write to a file instead. This class is defined in a script, and no process imports
# the script again: none needs `if __name__ == "__main__"`.
class Diary(keras.callbacks.Callback):
    """Writes down which process trains."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def on_train_begin(self, logs: object = None) -> None:
        """A training run begins."""
        with Path(self.path).open("a") as file:
            file.write(f"{os.getpid()}\n")


# 2. Two workers: two networks are trained at a time, each process with half of the processor threads, or its share of
# the GPUs. The search itself, which says what to try next, stays here, and knows what is still running. The two first
# networks have no parent yet, so both begin from random weights; from the third trial on, they inherit.
OUTPUT.mkdir(exist_ok=True)
diary = OUTPUT / "processes.txt"
diary.unlink(missing_ok=True)
clf = autonas.ImageClassifier(workers=2, max_trials=6, directory=OUTPUT / "workers_search", seed=0, verbose=2)
clf.fit(x, y, epochs=8, callbacks=[Diary(str(diary))])
print(clf.leaderboard())
print(f"Accuracy on what chose the network: {clf.validation_metrics_['val_accuracy']:.4f}")

# 3. Who trained? The workers, and in the end this process, which finished the best network. If this search had already
# been over when you started the script, nobody would have.
processes = diary.read_text().split() if diary.exists() else []
print(
    f"This is process {os.getpid()}; training runs by process: { {each: processes.count(each) for each in processes} }"
)

# 4. What may go wrong: kill a worker (its trial is run once more), press Ctrl-C (you get the best network so far), kill
# this script (start it again: it goes on), start it twice (the second is refused, as the first holds the directory).
#
# How many workers? As many as there are GPUs, or a core each for small networks. With more of them more networks are
# tried in the same time, but each is chosen knowing less: twice the workers are worth less than twice the time.
# `workers=0` trains in this process, which is what a debugger wants, and callbacks with lists.
#
# Several machines that share a folder: `autonas.tuner.SearchTuner` under KerasTuner's chief and workers, see README.

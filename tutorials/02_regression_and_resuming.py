"""Numbers instead of classes, a search that goes on where it stopped, and a search method with settings of your own.

    python tutorials/02_regression_and_resuming.py

About two minutes on two CPU cores. The search lives in `output/heights_search` beside this file; running the tutorial
again begins it anew.
"""

import sys
from pathlib import Path

import numpy as np

import autonas
from autonas.search import BayesianMorphism

OUTPUT = Path(__file__).parent / "output"
LEAST_R2 = 0.8

# 1. Data: images of a bright disc in noise, and how high its centre stands (0 is the lowest row, 15 the highest).
rng = np.random.default_rng(0)
heights, columns = rng.uniform(3, 12, 1000), rng.uniform(3, 12, 1000)
row, column = np.mgrid[15:-1:-1, 0:16]
distance = np.hypot(row - heights[:, None, None], column - columns[:, None, None])
images = (distance < 3) + rng.normal(0, 0.3, (1000, 16, 16))
x_train, y_train, x_test, y_test = images[:800], heights[:800], images[800:], heights[800:]

# 2. A search with a directory. `max_trials` bounds it by number instead of time; with both, whichever comes first.
# `epochs` bounds every training run, so that this tutorial stays short: leave it out and autonas plans it.
#
# The search method is a value: name it ("bayesian"), or write it out with settings of your own. This one compares
# networks by the edit distance of Jin, Song and Hu (2018); `BayesianMorphism.as_published()` takes all their choices.
settings = {"oracle": BayesianMorphism(kernel="edit"), "seed": 0, "directory": OUTPUT / "heights_search"}
first = autonas.ImageRegressor(max_trials=2, overwrite=True, **settings)
first.fit(x_train, y_train, epochs=12)
print(f"\n{first.leaderboard()}\n")

# 3. Going on. The same directory, the same data and the same settings: finished trials are not run again, and a trial
# that was interrupted is. Data or settings that do not fit what lies in the directory are refused.
second = autonas.ImageRegressor(max_trials=4, **settings)
second.fit(x_train, y_train, epochs=12)
print(f"\n{second.leaderboard()}\n")

# 4. Predictions come in the units of y. R2 is 1 for a perfect prediction, 0 for predicting the mean.
for name, value in second.evaluate(x_test, y_test).items():
    print(f"test {name}: {value:.3f}")

# 5. Saved as one file, loaded as the same estimator. A search method that is written out is not part of the file, and a
# warning says so: the loaded estimator predicts all the same, but would search with the default method.
path = second.save(OUTPUT / "heights.autonas", overwrite=True)
again = autonas.load(path)
print(f"heights of three discs: {again.predict(x_test[:3]).round(1)}, truly {y_test[:3].round(1)}")

if second.score(x_test, y_test) < LEAST_R2:
    sys.exit(f"R2 on the test data must be at least {LEAST_R2}. Received: {second.score(x_test, y_test):.3f}.")
kept = {row.trial for row in first.leaderboard()} <= {row.trial for row in second.leaderboard()}
if not kept or len(second.leaderboard()) != 4:
    sys.exit(f"The second search must hold the two trials of the first and two more. Received: {second.leaderboard()}")

"""Oracles that learn: a policy, what it learns, and when it is worth asking one. About a minute on two CPU cores.

    pip install .                              # in a checkout
    python tutorials/12_oracles_that_learn.py

It leaves its searches in `output/learning` beside this file, and goes on with them when it is run again.
"""

import itertools
import sys
from pathlib import Path

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import autonas
from autonas.runtime.policy import PolicySettings, TaughtPolicy
from autonas.search import RandomSearch, Reinforce, run
from autonas.space import chain

OUTPUT = Path(__file__).parent / "output" / "learning"
LEAST_ACCURACY = 0.8

# 1. What a policy is. "bayesian" and "evolution" (07_choosing_an_oracle.py) edit networks that did well. A policy is an
# LSTM that makes decisions one after the other, each knowing those before it; when a network's score is there, what led
# to it becomes more likely, or less (REINFORCE). To see that alone, no network need be trained: here are 6,561
# "networks" of eight decisions, a, b or c each, and the more of them are those of "cabcabca", the better. Nothing is
# tried twice, so that a policy that knows the best one goes on with what is near it.
WANTED = "cabcabca"
strings = ["".join(each) for each in itertools.product("abc", repeat=len(WANTED))]
right = {string: sum(a == b for a, b in zip(string, WANTED, strict=True)) for string in strings}
scores = {string: right[string] + place / len(strings) / 10 for place, string in enumerate(strings)}  # none two alike
space = chain({string: (score, score) for string, score in scores.items()})

policy = TaughtPolicy(PolicySettings(units=16, layers=1, learning_rate=0.02))
searches = {"rl": Reinforce(policy=policy, reward="plain"), "random": RandomSearch()}
print("decisions that are right, of eight, in trials 1 to 30, 31 to 60, ... (2.7 is chance):")
late = {}
for name, strategy in searches.items():
    found = [int(each.score) for each in run(strategy, space, space.signal, trials=120, seed=0).history]
    parts = [sum(found[at : at + 30]) / 30 for at in (0, 30, 60, 90)]
    late[name] = parts[-1]
    print(f"  {name:8}" + "".join(f"{mean:8.2f}" for mean in parts) + f"   best {max(found)}")

# 2. Two of them for images. "rl" writes a convolutional network layer by layer, filters and skips, and trains each from
# nothing. "eas" begins with one small network and says which layers to widen and where to put new ones; what it makes
# inherits the weights, so it needs a fraction of the time a network. `workers=0`: see tutorial 07.
x, y = load_digits(return_X_y=True)
x = x.reshape(-1, 8, 8).astype("uint8")
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, stratify=y, random_state=0)


def searched(oracle, trials):
    """Search, or go on with the search that is there, and say what came out."""
    clf = autonas.ImageClassifier(
        oracle=oracle, max_trials=trials, directory=OUTPUT / oracle, seed=0, workers=0, verbose=0
    )
    return clf.fit(x_train, y_train, epochs=3)  # short runs, so that this tutorial has some trials to show


accuracies = {}
for oracle in ("rl", "eas"):
    clf = searched(oracle, 3)
    accuracies[oracle] = clf.score(x_test, y_test)
    print(f"\noracle={oracle!r}\n{clf.leaderboard()}")
    print(f"test accuracy {accuracies[oracle]:.4f}")

# 3. What was learnt stays. The policy's arrays lie beside the trials; killed or not, a search goes on with the policy
# that it had. Here the same search gets two more trials. A decision's log-probability, as it was when the network was
# sampled, is kept with every trial: a score that comes late is weighed by what has become of it since.
print(f"\n{(OUTPUT / 'eas' / 'search' / 'policy.npz').name} is there; going on:")
print(searched("eas", 5).leaderboard())

# 4. When to ask which.
#
#     minutes on a CPU, any data            "bayesian"
#     images, hundreds of short trials      "eas": inherits, and learns which edits pay
#     images or texts, thousands of trials  "rl": nothing is given, and nothing inherited; on workers=, or "ray"
#     images or texts, one GPU, an hour     "enas": a policy too, but all its networks share their weights
#     recurrent cells for language          autonas.LanguageModel, which is "rl"
#
# A policy pays for what it learns in trials: with tens of them it is hardly better than "random", as the first part of
# the table above says, and "random" needs no settings. Rewards are cubed accuracies (a hundredth more at 0.95 is worth
# more than at 0.5), or 1 / loss: `Reinforce(reward=...)` has others, `PolicySettings` says how fast it learns. What is
# measured stands in benchmarks/README.md; docs/policies.md has the papers' scheme.
if late["rl"] <= late["random"] + 1:
    sys.exit(f"The policy must have learnt. Received: {late}.")
if min(accuracies.values()) < LEAST_ACCURACY:
    sys.exit(f"Every test accuracy must be at least {LEAST_ACCURACY}. Received: {accuracies}.")

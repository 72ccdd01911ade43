"""Trials on a Ray cluster, here one of this machine alone. Two minutes on two CPU cores.

    pip install ".[ray]"                       # in a checkout; without the extra it says so and trains in processes
    python tutorials/13_ray_cluster.py

It leaves a search in `output/ray_search` beside this file; running it again goes on with it.
"""

from pathlib import Path

from sklearn.datasets import load_digits

import autonas

OUTPUT = Path(__file__).parent / "output"
x, y = load_digits(return_X_y=True)
x = x.reshape(-1, 8, 8)
OUTPUT.mkdir(exist_ok=True)


# 1. `workers="ray"` is all that a cluster needs: a trial runs on every processor thread of all nodes, or on every GPU
# where there are GPUs. `RayCluster` says more exactly what a trial takes; this one takes a thread, and two run at a
# time. Where no cluster runs, as here, Ray is started on this machine, and ends with the search. If you have started
# one (`ray start --head` in a terminal), the search joins it instead, and you may add nodes to it while it runs.
def search(workers: object) -> autonas.ImageClassifier:
    """Search with these workers."""
    clf = autonas.ImageClassifier(workers=workers, max_trials=4, directory=OUTPUT / "ray_search", seed=0, verbose=2)
    return clf.fit(x[:900], y[:900], epochs=3)


# 2. A missing extra is refused with the command that installs it, before anything is trained.
try:
    clf = search(autonas.RayCluster(num_cpus=1, size=2))
except autonas.errors.SettingError as error:
    print(error)
    clf = search(2)

# 3. The search itself stayed here: it decided what to try, and the directory has every trial, as with any workers. No
# node saw that directory. Data and inherited weights went out through Ray's object store; what trials wrote came back.
print(clf.leaderboard())
print(f"Accuracy on what chose the network: {clf.validation_metrics_['val_accuracy']:.4f}")

# 4. What may go wrong: a node leaves (its trial is run by another), all leave (the search waits for one, ten minutes at
# most), this process is killed (all actors end; start it again, and it goes on).
#
# Several machines, Slurm and Kubernetes: docs/ray.md has the commands. A search with a GPU for each trial, or half of
# one: `RayCluster(num_gpus=1)`, `RayCluster(num_gpus=0.5)`.

"""Reading the report of a search, in a browser and in Python. A minute and a half on two CPU cores.

    pip install .                              # in a checkout
    python tutorials/09_reading_the_report.py

It leaves `output/digits_report.html` beside this file; open it in any browser. Running the tutorial again replaces it.
"""

import sys
from pathlib import Path

from sklearn.datasets import load_digits

import autonas
from autonas.report import read_story, write_report

OUTPUT = Path(__file__).parent / "output"

# 1. A search whose trials stay on disk: a report is made of its directory alone.
x, y = load_digits(return_X_y=True)
clf = autonas.ImageClassifier(time_limit=75, seed=0, directory=OUTPUT / "digits_search", overwrite=True)
clf.fit(x.reshape(-1, 8, 8), y)

# 2. The page. It loads nothing from anywhere, so it can be sent by mail or kept with the model.
path = clf.report(OUTPUT / "digits_report.html")
print(f"\n{path}: {path.stat().st_size:,} bytes")

# While a search still runs, in this process or another, its directory gives the same page as far as it has come:
#
#     write_report("runs/first", "report.html")
#     autonas.report.watch("runs/first", said=print)      # serves it on this machine and keeps it fresh, until Ctrl-C
assert write_report(OUTPUT / "digits_search", path) == path

# 3. What to look for, from top to bottom, and the same in Python.
story = read_story(OUTPUT / "digits_search")

# Score over time: is the line still rising? Then more time pays; the same directory goes on with a larger time_limit.
best, records = None, []
for trial in sorted(story.ranked, key=lambda each: each.finished):
    if best is None or trial.score > best:
        best = trial.score
        records.append(trial)
for trial in records:
    print(
        f"after {trial.finished:5.1f} s of trials: {story.objective} {trial.score:.4f}, {trial.parameters:,} parameters"
    )

# From the first network to the best: which edits helped. Each of these networks began with its parent's weights.
print("\nthe best network's line:")
for trial in story.lineage:
    print(f"  trial {trial.trial}: {trial.edits}")

# Where the time went: gradient steps and validation are what it is for.
timing = story.facts["timing"]
useful = timing["gradient_steps"] + timing["validation"]
print(f"\n{100 * useful / timing['total']:.0f} % of {timing['total']:.0f} s in gradient steps and validation")

# Confusion matrix: what is taken for what. These are validation examples; they chose the network, so they flatter it.
(head,) = story.facts["judged"]
wrong = sorted((row for row in head["counts"] if row[0] != row[1]), key=lambda row: -row[2])
for truth, said, count in wrong[:3]:
    print(f"{count} times a {head['labels'][truth]} was read as a {head['labels'][said]}")
print(f"{head['right']} of {head['examples']} validation images are right")

if not 0 < len(story.lineage) <= len(story.trials) or head["right"] < 0.85 * head["examples"]:
    sys.exit(f"The report must tell of a search that worked. Received: {head['right']} of {head['examples']} right.")

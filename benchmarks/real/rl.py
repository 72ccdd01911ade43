"""Searches by a policy beside random ones over the same space, with the same evaluator: one JSON line a run on stdout.

    python benchmarks/real/rl.py --space eas --policy learnt --dataset digits --seed 0 --time-limit 150
    python benchmarks/real/rl.py --space cell --policy even --trials 30 --seed 0

Spaces: ``cnn`` (networks written layer by layer, from scratch), ``eas`` and ``densenet`` (transformations of one
network, with its weights), ``cell`` (recurrent cells in a language model of the bundled text, beside an LSTM of as many
parameters). ``even`` is the policy that never learns. ``top_3`` is the mean validation score of the best three
networks.
"""

import argparse
import contextlib
import dataclasses
import json
import sys
import time
from pathlib import Path

import keras  # noqa: F401  (imported here, before the clock: its seconds are nobody's merit)
import numpy as np
import readers
import record

sys.path.insert(0, str(record.ROOT))

import autonas
from autonas.estimators import pace
from autonas.estimators.recipes import ORACLES
from autonas.search import EvenPolicy

HELD_BACK = 0.2  # of the images: a policy learns from scores, and top_3 is of the best, so that noise counts twice
ORACLE = {"cnn": "rl", "eas": "eas", "densenet": "eas-densenet", "cell": "rl"}


def main() -> None:
    """Run one search and print its line."""
    arguments = _arguments()
    with contextlib.redirect_stdout(sys.stderr):  # searches print; stdout is for the one line
        surroundings = record.surroundings()
        begun = time.perf_counter()
        found = cells(arguments) if arguments.space == "cell" else images(arguments)
        found["seconds"] = round(time.perf_counter() - begun, 1)
    asked = {
        name: getattr(arguments, name)
        for name in ("space", "policy", "seed", "time_limit", "trials", "epochs", "max_params", "rate")
    }
    line = json.dumps({**asked, **found, **surroundings})
    print(line)
    if arguments.out is not None:
        with arguments.out.open("a") as out:
            out.write(line + "\n")


def strategy(arguments: argparse.Namespace) -> object:
    """Return the search's strategy, which learns or does not."""
    learning = ORACLES[ORACLE[arguments.space]].strategy
    return learning if arguments.policy == "learnt" else dataclasses.replace(learning, policy=EvenPolicy())


def images(arguments: argparse.Namespace) -> dict[str, object]:
    """Search networks for images; accuracies."""
    data = readers.load(arguments.dataset, arguments.data, arguments.train, arguments.seed)
    if arguments.rate is not None:
        given(arguments.rate)
    limits = {"time_limit": arguments.time_limit, "max_trials": arguments.trials}
    settings = {"seed": arguments.seed, "verbose": 2, "max_params": arguments.max_params}
    fitted = autonas.ImageClassifier(oracle=strategy(arguments), **settings, **limits)
    fitted.fit(data.train_images, data.train_labels, epochs=arguments.epochs, validation_split=HELD_BACK)
    return {
        "dataset": arguments.dataset,
        "train": len(data.train_images),
        **told(row.score for row in fitted.leaderboard()),
        "test_accuracy": float((fitted.predict(data.test_images) == data.test_labels).mean()),
        "parameters": fitted.model_.count_params(),
    }


def given(rate: float) -> None:
    """Measure no pace: two runs to compare begin with the same network, and keep to the same bounds."""
    pace.fastest_precision = lambda network, data, batch_size, clock, precisions: (precisions[0], rate)
    pace.flops_per_second = lambda network, data, batch_size, clock, precision: rate


def cells(arguments: argparse.Namespace) -> dict[str, object]:
    """Search recurrent cells for a language model; scores are minus perplexities."""
    corpus = autonas.datasets.language_model()
    settings = {"seed": arguments.seed, "verbose": 2, "epochs": int(arguments.epochs or 4), "units": arguments.units}
    limits = {"time_limit": arguments.time_limit, "max_trials": arguments.trials}
    model = autonas.LanguageModel(oracle=strategy(arguments), **settings, **limits).fit(corpus)
    return {
        **told(-trial.score for trial in model.tuner_.oracle.get_best_trials(10**6)),
        "lstm_perplexity": model.baseline(corpus),
        "test_perplexity": model.perplexity(corpus.test),
        "parameters": model.architecture_.parameters,
    }


def told(scores: object) -> dict[str, object]:
    """Return the number of networks and their best validation scores; higher is better."""
    found = np.sort([each for each in scores if each is not None])[::-1]
    return {"networks": len(found), "best": float(found[0]), "top_3": float(found[:3].mean())}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--space", choices=sorted(ORACLE), required=True)
    parser.add_argument("--policy", choices=["learnt", "even"], default="learnt")
    parser.add_argument("--dataset", choices=sorted(readers.READERS), default="digits")
    parser.add_argument("--data", type=Path, help="folder of the dataset's files; digits needs none")
    parser.add_argument("--train", type=int, help="training images to use, drawn with the seed; default: all")
    parser.add_argument("--time-limit", type=float, help="seconds for the whole fit")
    parser.add_argument("--trials", type=int, help="most networks")
    parser.add_argument(
        "--epochs",
        type=float,
        help="of a network; of images, a child has a third. Default: planned; 4 of a language model",
    )
    parser.add_argument("--max-params", type=int, help="of a network for images; small ones leave time for many")
    parser.add_argument("--rate", type=float, help="operations a second that the plan reckons with; default: measured")
    parser.add_argument("--units", type=int, default=48, help="of a language model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="file to which the line is appended too")
    arguments = parser.parse_args()
    if arguments.time_limit is None and arguments.trials is None:
        parser.error("give --time-limit, --trials, or both.")
    if arguments.space == "cell" and (arguments.rate is not None or arguments.max_params is not None):
        parser.error("--rate and --max-params are of networks for images.")
    return arguments


if __name__ == "__main__":
    main()

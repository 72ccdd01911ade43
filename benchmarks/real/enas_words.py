"""A recurrent cell that ENAS derives for the bundled text, beside random cells of its space and an LSTM of as many
parameters. JSON lines on stdout, one a network.

    python benchmarks/real/enas_words.py --supernet-s 120 --train-s 60 --seed 0

All networks are trained by the search's own loop (`autonas.runtime.language.LanguageEvaluator`) for ``--train-s``
seconds, in which they are traced, too, and ``--epochs`` passes at most; the learning rate ends with whichever comes
first. *derived*: the child that the supernet's validation perplexity ranks first, from scratch. *inherited*: the same
from the supernet's weights. *random*: ``--random`` evenly drawn cells. *lstm*: of about the same number of parameters.
Nothing is chosen by the test part. What the supernet took, which the others were spared, stands in the first line.

Seconds are those of a processor: pin the process to one core (``taskset -c 0``). By a clock, a busy machine gave one
network 2.7 passes and another 1.0.
"""

import argparse
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import record

sys.path.insert(0, str(record.ROOT))  # autonas is the code beside this file, whose commit the line names

import numpy as np

import autonas
from autonas.arch import Architecture
from autonas.arch.language import language_network
from autonas.data.corpus import Corpus
from autonas.estimators.language_enas import CellSearch, Derived, derive_cells
from autonas.report import display
from autonas.runtime.children import read_best
from autonas.runtime.clock import Deadline
from autonas.runtime.files import read_json
from autonas.runtime.language import LanguageEvaluator, LanguageRecipe, stream_loss
from autonas.search import Enas, Proposal
from autonas.space.enas_language import LanguageCells
from autonas.space.routes import uniform

DROPOUT = 0.2


@dataclasses.dataclass(frozen=True)
class Bench:
    """One text, and how networks are trained on it."""

    corpus: Corpus
    recipe: LanguageRecipe
    seconds: float

    def trained(self, network: Architecture, **initial: object) -> dict[str, object]:
        """Train a network and return what it cost and what it knows; perplexities."""
        evaluator = LanguageEvaluator(self.corpus, self.recipe, time.process_time, **initial)
        with tempfile.TemporaryDirectory() as held:
            folder = Path(held)
            result = evaluator.evaluate(
                Proposal(network),
                trial_id="0",
                folder=folder,
                parent_folder=None,
                seconds=self.seconds,
                watch=lambda progress: None,
            )
            loss = stream_loss(evaluator.load(network, folder), self.corpus.test, 10)
        return {
            "parameters": network.parameters,
            "passes": round(result.epochs, 2),
            "training_s": round(result.seconds["gradient_steps"], 1),
            "val_perplexity": result.metrics["val_perplexity"],
            "test_perplexity": float(np.exp(loss)),
        }


def measured(bench: Bench, options: argparse.Namespace) -> Iterator[dict[str, object]]:
    """Yield a line of the supernet, and one a network."""
    space = LanguageCells(options.length, len(bench.corpus.vocabulary), options.units, options.nodes, DROPOUT)
    with tempfile.TemporaryDirectory() as held:
        begun = time.process_time()
        derived = supernet(bench, space, options, Path(held))
        best = read_best(Path(held)).children[0]
        yield {
            "network": "supernet",
            "seconds": round(time.process_time() - begun, 1),
            "ranked": len(read_json(Path(held) / "scores.json")["scores"]),
            "shared_val_perplexity": float(np.exp(-best.score)),
        }
        network = best.architecture
        yield {"network": "derived", "cell": best.words, **bench.trained(network)}
        yield {"network": "inherited", "cell": best.words, **bench.trained(network, initial=derived.initial)}
    yield {"network": "lstm", **bench.trained(lstm(network.parameters, space))}
    rng = np.random.default_rng([options.seed, 7])
    for _ in range(options.random):
        drawn = uniform(space.entries, rng)
        yield {"network": "random", "cell": space.words(drawn), **bench.trained(space.network(drawn))}


def supernet(bench: Bench, space: LanguageCells, options: argparse.Namespace, folder: Path) -> Derived:
    """Train shared weights and rank children, as `autonas.LanguageModel` does with so many seconds."""
    strategy = Enas(cells="rnn", nodes=options.nodes, sampler=options.sampler)
    whole = options.supernet_s / 0.53  # what shared weights and ranking take of a search
    search = CellSearch(strategy, space, bench.corpus, bench.recipe, options.seed, None, whole, time.process_time)
    with display(0, "val_perplexity", Deadline(time.process_time, None)) as silent:
        return derive_cells(search, folder, silent)


def lstm(parameters: int, space: LanguageCells) -> Architecture:
    """Return the LSTM whose number of parameters is nearest."""
    found = (
        language_network(space.length, space.vocabulary, units, None, DROPOUT) for units in range(4, 8 * space.units)
    )
    return min(found, key=lambda each: abs(each.parameters - parameters))


def main() -> None:
    """Print the lines."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--supernet-s", type=float, default=120.0, help="seconds of shared weights and ranking")
    parser.add_argument("--train-s", type=float, default=60.0, help="seconds of each network")
    parser.add_argument("--epochs", type=int, default=20, help="passes at most")
    parser.add_argument("--units", type=int, default=64)
    parser.add_argument("--length", type=int, default=35)
    parser.add_argument("--nodes", type=int, default=6)
    parser.add_argument("--sampler", choices=("uniform", "controller"), default="uniform")
    parser.add_argument("--random", type=int, default=1, help="cells drawn evenly")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="file to which the lines are appended too")
    options = parser.parse_args()
    around = record.surroundings()
    bench = Bench(
        autonas.datasets.language_model(), LanguageRecipe(epochs=options.epochs, seed=options.seed), options.train_s
    )
    said = {name: value for name, value in vars(options).items() if name != "out"}
    for figures in measured(bench, options):
        line = json.dumps({**said, **figures, **around})
        print(line, flush=True)
        if options.out is not None:
            with options.out.open("a") as out:
                out.write(line + "\n")


if __name__ == "__main__":
    main()

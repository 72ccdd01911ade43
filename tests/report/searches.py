"""Searches on disk for the report to tell of: made by a fake evaluator, so that hundreds of trials take seconds."""

import dataclasses
import math
from pathlib import Path

import numpy as np

from autonas.arch.starters import residual_cnn
from autonas.runtime.evaluator import Result, TrialFailed
from autonas.runtime.files import write_json
from autonas.search import Evolution
from autonas.space import MorphSpace
from autonas.tuner import SearchOracle, SearchTuner

HOSTILE = "</script><script>window.broken = 1</script> & <b>\"quoted\" 'too'"


@dataclasses.dataclass
class ClosedForm:
    """Scores a network by its size and by chance; every tenth trial fails."""

    epochs: dict[str, float] = dataclasses.field(default_factory=dict)

    def evaluate(self, proposal, *, trial_id, folder, parent_folder, seconds, watch):
        number = int(trial_id)
        rng = np.random.default_rng(number)
        if number % 10 == 7:
            raise TrialFailed(f"the loss was not finite at step {number}")
        size = proposal.architecture.parameters
        score = 1 - 0.35 * math.exp(-size / 9_000) - 0.03 * rng.random() - 0.05 / (1 + number)
        before = self.epochs.get(proposal.parent or "", 0.0)
        self.epochs[trial_id] = before + 2.0
        points = np.linspace(0.1, 1.0, 8)
        start = 0.5 if proposal.parent is None else score - 0.06
        curve = tuple(
            {
                "progress": float(at),
                "loss": 1.0 - at / 2,
                "val_accuracy": float(score + (start - score) * (1 - at) ** 2),
            }
            for at in points
        )
        spent = {"gradient_steps": 4 + rng.random(), "compile": 2.0, "validation": 0.7, "inheritance": 0.1}
        metrics = {"val_accuracy": score, "val_loss": 1 - score}
        flops = proposal.architecture.flops
        return Result(metrics, 2.0, self.epochs[trial_id], spent, size, flops, curve)

    def remember(self, curve, warm):
        """Nothing to learn from others."""

    def load(self, architecture, folder):
        raise NotImplementedError


def make_search(directory: Path, trials: int, facts: dict | None = None) -> SearchTuner:
    """Run a search of ``trials`` trials in ``directory``/search and return its tuner."""
    space = MorphSpace((residual_cnn((8, 8, 1), 10, width=4),), max_parameters=60_000)
    oracle = SearchOracle(Evolution().on(space), "val_accuracy", max_trials=trials, seed=0)
    tuner = SearchTuner(oracle, ClosedForm(), directory, "search", fingerprint={"objective": "val_accuracy"})
    tuner.search()
    write_json(directory / "search" / "facts.json", facts or FACTS)
    return tuner


FACTS = {
    "title": "ImageClassifier: 10 classes",
    "data": {"training examples": "1,078", "validation examples": "269", "shape": "8×8×1"},
    "settings": {"oracle": "'evolution'", "time_limit": "600", "note": HOSTILE},
    "versions": {"autonas": "0.1.0", "Python": "3.11.7"},
    "timing": {
        "data": 0.2,
        "gradient_steps": 300.0,
        "validation": 40.0,
        "compile": 150.0,
        "other": 3.0,
        "total": 493.2,
    },
    "judged": [
        {
            "kind": "confusion",
            "name": "output",
            "classes": 3,
            "right": 128,
            "drawn": True,
            "labels": ["cat", "dog", HOSTILE],
            "counts": [[0, 0, 40], [0, 1, 3], [1, 1, 38], [2, 2, 50], [2, 0, 7]],
            "examples": 138,
            "of": 138,
        }
    ],
}

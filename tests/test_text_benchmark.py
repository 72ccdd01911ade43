"""The benchmark of texts: what it reads, and that a line holds what the tool did."""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.tf

_FOLDER = Path(__file__).resolve().parents[1] / "benchmarks" / "real"


@pytest.fixture
def text(monkeypatch):
    monkeypatch.syspath_prepend(str(_FOLDER))
    import text

    return text


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for part, n in (("train", 60), ("test", 30)):
        rating = rng.integers(1, 11, n)
        words = [" ".join(rng.permutation(["good"] * r + ["bad"] * (10 - r) + ["film", "plot"])) for r in rating]
        table = pd.DataFrame({"text": words, "sentiment": np.where(rating > 5, "pos", "neg"), "rating": rating})
        table.to_csv(tmp_path / f"imdb_{part}.csv.gz", index=False)
    return tmp_path


def _arguments(folder, task, train=None):
    return argparse.Namespace(tool="linear", data=folder, task=task, train=train, time_limit=30.0, seed=0, out=None)


def test_targets_are_words_or_numbers(text, folder):
    texts, sentiments = text.read(folder, "train", "classification")
    _, ratings = text.read(folder, "train", "regression")
    assert texts.dtype == sentiments.dtype == object
    assert set(sentiments) == {"pos", "neg"}
    assert ratings.dtype == float
    assert len(texts) == len(ratings) == 60


def test_a_part_is_drawn_alike_for_every_tool(text, folder):
    train = text.read(folder, "train", "classification")
    first, again, other = (text.drawn(*train, "classification", 20, seed) for seed in (0, 0, 1))
    assert first[0].tolist() == again[0].tolist() != other[0].tolist()
    assert text.drawn(*train, "classification", None, 0)[0] is train[0]


@pytest.mark.filterwarnings("ignore:.*l1_ratios:FutureWarning")  # scikit-learn's plans for LogisticRegressionCV
@pytest.mark.filterwarnings("ignore:.*use_legacy_attributes:FutureWarning")
@pytest.mark.parametrize(("task", "name"), [("classification", "test_accuracy"), ("regression", "test_mae")])
def test_the_linear_tool_gives_a_line(text, folder, task, name):
    line = text.measure(_arguments(folder, task, train=50))
    assert line["tool"] == "linear"
    assert line["task"] == task
    assert line["train"] == 50
    assert line[name] > 0.9 if task == "classification" else line[name] < 1.0
    assert {"seconds", "cpu_seconds"} <= line.keys()  # not how many: a ridge on 50 texts may round to none
    assert line["details"]["strength"]

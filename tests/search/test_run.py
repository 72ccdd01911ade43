"""A search without Keras."""

import math
import subprocess
import sys

import pytest

from autonas.errors import SearchFailed, SettingError
from autonas.search import RandomSearch, run


def test_it_keeps_the_best_and_the_curve(grid):
    scores = iter([0.2, 0.5, math.nan, 0.5, 0.1])
    result = run(RandomSearch(), grid, lambda architecture: next(scores), 5)
    assert result.best.trial_id == "0001"
    assert result.curve == (0.2, 0.5, 0.5, 0.5, 0.5)
    assert [each.status for each in result.history] == ["completed", "completed", "failed", "completed", "completed"]


def test_a_longer_search_begins_as_a_shorter_one(grid):
    def score(architecture):
        return float(architecture.parameters)

    long, short = (run(RandomSearch(), grid, score, trials, seed=3) for trials in (8, 4))
    assert long.history[:4] == short.history


def test_it_ends_where_the_space_does(grid):
    assert len(run(RandomSearch(), grid, lambda architecture: 0.0, 100).history) == 16


def test_without_a_finished_trial_there_is_no_best(grid):
    result = run(RandomSearch(), grid, lambda architecture: math.inf, 3)
    assert result.curve == (-math.inf,) * 3
    with pytest.raises(SearchFailed, match="3 failed ones"):
        result.best  # noqa: B018


def test_what_the_score_raises_is_not_hidden(grid):
    def score(architecture):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        run(RandomSearch(), grid, score, 3)


def test_no_trials_is_refused(grid):
    with pytest.raises(SettingError, match=r"trials must be >= 1\. Received: 0"):
        run(RandomSearch(), grid, lambda architecture: 0.0, 0)


def test_searching_imports_neither_tensorflow_nor_keras():
    code = "import sys, autonas.search; print(sorted({'tensorflow', 'keras', 'keras_tuner'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

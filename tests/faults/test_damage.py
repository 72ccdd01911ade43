"""Truncations and bit flips over the files of a search: it goes on and names what it set aside, or says why not."""

import random
import shutil
import warnings

import pytest

from autonas.errors import AutonasError
from autonas.tuner import SearchOracle, SearchTuner
from tests.tuner.fakes import FakeEvaluator, Ladder

pytestmark = pytest.mark.tf
TRIALS = 4


def search(folder, trials=TRIALS):
    oracle = SearchOracle(Ladder(), "val_accuracy", max_trials=trials, seed=3)
    tuner = SearchTuner(oracle, FakeEvaluator(), folder, "search", fingerprint={"task": "classification"})
    tuner.search()
    for name in tuner.oracle.trials:
        tuner.result(name)
        tuner.words(name)
    return tuner


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A finished search."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, search(folder)


def damage(path, rng):
    """Cut a file short, or flip one of its bits; say which."""
    content = bytearray(path.read_bytes())
    if rng.random() < 0.5:
        path.write_bytes(content[: rng.randrange(len(content))])
        return "cut"
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    return "flipped"


def hurt(seed, whole, folder):
    """Damage one file of a copy of the search and go on with it; check what must hold then."""
    original, before = whole
    shutil.copytree(original, folder)
    rng = random.Random(seed)
    path = rng.choice(sorted((folder / "search").rglob("*.json")))
    how = f"{path.relative_to(folder)} {damage(path, rng)}"
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        after, refused = None, ""
        try:
            after = search(folder, TRIALS + 1)
        except AutonasError as error:
            refused = str(error)
    if after is None:
        assert path.name in refused or str(path.parent) in refused, how
        return
    told = " ".join(str(each.message) for each in said)
    assert path.name in told, how
    scores = {name: trial.score for name, trial in after.oracle.trials.items()}
    lost = {name for name in before.oracle.trials if name not in scores}
    assert lost <= {path.parent.name.removeprefix("trial_")}, how
    for name in before.oracle.trials.keys() - lost:
        assert scores[name] == before.oracle.trials[name].score, how


@pytest.mark.parametrize("block", [0, *(pytest.param(block, marks=pytest.mark.slow) for block in range(1, 10))])
def test_damaged_files(tmp_path, whole, block):
    for seed in range(20 * block, 20 * block + 20):
        hurt(seed, whole, tmp_path / str(seed))

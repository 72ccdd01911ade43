"""A process that searches with ENAS is killed in every phase; the same call goes on in the phase that it was in."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
import autonas
from autonas.estimators import enas_scores
from autonas.runtime import supernet_training
from tests.estimators.small import digits

supernet_training.CHECKPOINT_S = enas_scores.SAVE_S = 0.0
train = supernet_training.SupernetTrainer.train


def told(self, *args, **settings):
    print("training from step", self.progress.step, flush=True)
    train(self, *args, **settings)


supernet_training.SupernetTrainer.train = told
x, y = digits()
oracle = autonas.search.Enas(layers=2, children=40, top=2)
clf = autonas.ImageClassifier(oracle=oracle, directory=sys.argv[1], max_trials=2, seed=0, verbose=2, workers=0)
clf.fit(x, y, epochs=4)
print("score", clf.score(x, y))
"""
WORDS = """
import sys
import autonas
from autonas.data.corpus import corpus
from autonas.estimators import enas_scores
from autonas.runtime import language_supernet

language_supernet.CHECKPOINT_S = enas_scores.SAVE_S = 0.0
train = language_supernet.LanguageSupernet.train


def told(self, *args, **settings):
    print("training from step", self.progress.step, flush=True)
    train(self, *args, **settings)


language_supernet.LanguageSupernet.train = told
text = "the cat sat . a dog ran away .".split() * 120
oracle = autonas.search.Enas(cells="rnn", nodes=3, children=40, top=2)
settings = {"units": 12, "length": 10, "rows": 4, "epochs": 4, "max_trials": 2, "seed": 0, "verbose": 2, "workers": 0}
model = autonas.LanguageModel(oracle, directory=sys.argv[1], **settings).fit(corpus(text, text[:200], text[:200]))
print("score", model.perplexity(corpus(text, text[:200], text[:200]).test))
"""


def started(script, folder):
    command = [sys.executable, "-c", script, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def killed_when(script, folder, reached):
    """Run ``script`` until ``reached()``, kill it, and return what it said."""
    process = started(script, folder)
    while not reached():
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    return process.communicate()[0]


def ranked(folder):
    file = folder / "search/enas/scores.json"
    return json.loads(file.read_text())["scores"] if file.is_file() else []


@pytest.mark.parametrize("script", [SCRIPT, WORDS], ids=["images", "words"])
def test_a_search_killed_in_every_phase_goes_on_in_it(script, tmp_path):
    supernet = tmp_path / "search/enas/supernet.npz"
    said = killed_when(script, tmp_path, supernet.is_file)
    assert "training from step 0" in said
    said = killed_when(script, tmp_path, lambda: len(ranked(tmp_path)) >= 3)
    assert "training from step 0" not in said
    before = ranked(tmp_path)
    trial = tmp_path / "search/trial_0000"
    killed_when(script, tmp_path, trial.is_dir)
    assert ranked(tmp_path)[: len(before)] == before
    ended = started(script, tmp_path)
    said = ended.communicate()[0]
    assert ended.returncode == 0, said
    assert "training from step" not in said  # children were on disk
    assert "score" in said

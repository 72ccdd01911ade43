"""The Bayesian strategy: it finds what is good, on both kernels, and refuses settings that cannot work."""

import math

import numpy as np
import pytest

from autonas.arch.starters import plain_cnn
from autonas.errors import SettingError
from autonas.search import AnnealedTree, BayesianMorphism, Neighbours, Observation, Proposal, RandomSearch, run
from autonas.space import MorphSpace

FEW = Neighbours(top=3, singles=24, chains=8)


def _score(architecture):
    """Best at 10^6 FLOPs and with one skip or more; both matter about alike."""
    skips = sum(each.op in ("add", "concat") for each in architecture.nodes)
    return -abs(math.log10(architecture.flops) - 6.0) + 0.3 * min(skips, 1)


@pytest.mark.parametrize("settings", [{}, {"kernel": "edit"}, {"acquisition": "ucb", "beta": 0.5}])
def test_it_beats_random_search(settings):
    space = MorphSpace((plain_cnn((8, 8, 1), 3, width=4),))
    strategies = (BayesianMorphism(space, candidates=FEW, **settings), RandomSearch(space))
    found = np.array([[run(each, _score, 16, seed).best.score for each in strategies] for seed in range(5)])
    ours, random = found.mean(axis=0)
    assert ours > random
    assert ours > 0.27  # 0.3 is the best there is


def test_it_learns_to_avoid_what_scores_badly(morphisms, play):
    # The surrogate must do more than propose neighbours: after a dozen trials it must rank new networks rightly.
    strategy = BayesianMorphism(morphisms, candidates=FEW)
    state = play(strategy, 12)
    value = BayesianMorphism(morphisms, acquisition="ucb", beta=0.0).value(state, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    fresh = [morphisms.sample(rng) for _ in range(30)]
    truth = [np.log10(each.parameters) + 0.1 * len(each.nodes) for each in fresh]
    assert np.corrcoef(value(fresh), truth)[0, 1] > 0.6


@pytest.mark.parametrize("kernel", ["wl", "edit"])
def test_pending_trials_make_their_neighbourhood_less_attractive(kernel, morphisms, play):
    strategy = BayesianMorphism(morphisms, kernel=kernel, candidates=FEW)
    state = play(strategy, 5)
    running = strategy.ask(state, np.random.default_rng(0))
    later = strategy.tell(state, Observation("running", running, "pending"))
    before, after = (
        strategy.value(each, np.random.default_rng(0))([running.architecture])[0] for each in (state, later)
    )
    assert after < 0.7 * before


def test_failed_trials_say_nothing_about_scores(morphisms, play):
    strategy = BayesianMorphism(morphisms, candidates=FEW)
    state = play(strategy, 5)
    rng = np.random.default_rng(2)
    failed = strategy.tell(state, Observation("x", Proposal(morphisms.sample(rng)), "failed"))
    fresh = [morphisms.sample(rng) for _ in range(5)]
    values = [strategy.value(each, np.random.default_rng(0))(fresh) for each in (state, failed)]
    np.testing.assert_array_equal(*values)


def test_one_observation_and_equal_scores_are_enough(morphisms):
    strategy = BayesianMorphism(morphisms, candidates=FEW)
    assert len(run(strategy, lambda architecture: 0.5, 5).history) == 5


def test_published_settings():
    strategy = BayesianMorphism.as_published()
    assert (strategy.kernel, strategy.acquisition, strategy.beta) == ("edit", "ucb", 2.5)
    assert strategy.candidates == "tree"
    assert AnnealedTree() == AnnealedTree(r=0.9, t_low=1e-4, children=8, attempts=16)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: BayesianMorphism(kernel="rbf"), "kernel must be 'wl' or 'edit'. Received: 'rbf'"),
        (lambda: BayesianMorphism(acquisition="pi"), "acquisition must be 'ei' or 'ucb'. Received: 'pi'"),
        (lambda: BayesianMorphism(candidates="all"), "candidates must be 'neighbours' or 'tree'. Received: 'all'"),
        (lambda: BayesianMorphism(beta=-1.0), "beta must be >= 0. Received: -1.0"),
        (lambda: BayesianMorphism(noise=float("nan")), "noise must be >= 0. Received: nan"),
        (lambda: Neighbours(top=0), "top must be >= 1. Received: 0"),
        (lambda: Neighbours(chains=-1), "chains must be >= 0. Received: -1"),
        (lambda: AnnealedTree(r=1.0), r"r must be in \(0, 1\). Received: 1.0"),
        (lambda: AnnealedTree(children=9, attempts=8), "children must be >= 1 and at most attempts"),
        (lambda: RandomSearch(attempts=0), "attempts must be >= 1. Received: 0"),
    ],
)
def test_settings_that_cannot_work_are_refused(make, text):
    with pytest.raises(SettingError, match=text):
        make()

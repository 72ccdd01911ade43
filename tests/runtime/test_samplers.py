"""The controller, without a supernet: rewards are told in closed form."""

import numpy as np
import pytest

from autonas.runtime.policy import Policy, PolicySettings
from autonas.runtime.samplers import EVERY, ControllerSampler, FairSampler
from autonas.space.enas_macro import Macro

pytestmark = pytest.mark.tf
SPACE = Macro((8, 8, 1), 2, width=4, layers=2)


def taste(route, rng):
    """Like layers of op 3, and nothing else."""
    return float(route[0] == 3) + float(route[1] == 3)


def controller(seed=0):
    policy = Policy(SPACE.steps, PolicySettings.enas(learning_rate=0.01, skip_weight=0.0), seed=0)
    return ControllerSampler(policy, SPACE, taste, seed)


def drawn(sampler, count=60):
    return [sampler.candidate(np.random.default_rng([7, k])) for k in range(count)]


def test_a_controller_draws_what_is_rewarded():
    sampler = controller()
    before = np.mean([taste(route, None) for route in drawn(sampler)])
    for epoch in range(20):
        sampler.learn(epoch, 8 * EVERY, progress=0.5)
    assert np.mean([taste(route, None) for route in drawn(sampler)]) > before + 0.3


def test_it_does_not_learn_from_untrained_weights():
    sampler = controller()
    before = drawn(sampler)
    sampler.learn(1, 8 * EVERY, progress=0.1)
    assert drawn(sampler) == before


def test_what_it_learnt_is_taken_up():
    one, other = controller(), controller()
    one.learn(1, 4 * EVERY, progress=0.5)
    other.restore(one.arrays())
    assert drawn(other) == drawn(one)
    one.learn(2, 4 * EVERY, progress=0.5)
    other.learn(2, 4 * EVERY, progress=0.5)
    assert drawn(other) == drawn(one)


@pytest.mark.parametrize("make", [controller, lambda: FairSampler(SPACE, 0)])
def test_children_follow_from_the_step(make):
    routes = make().routes(0)
    first = [next(routes) for _ in range(9)]
    later = make().routes(5)
    assert [next(later) for _ in range(4)] == first[5:]

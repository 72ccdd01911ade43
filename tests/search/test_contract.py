"""Every strategy on every kind of space, by the contract kit; and the kit itself, which must find what is broken."""

import dataclasses
import itertools

import numpy as np
import pytest

from autonas.arch import content_id
from autonas.errors import SettingError
from autonas.search import EvenPolicy, RandomSearch, Reinforce
from autonas.space import DecidedSpace, chain, nasbench201
from autonas.testing import STRATEGY_CHECKS, check_exhaustion, check_strategy


def _cells():
    """A cell's table with holes: two ops, 42 of 64 cells."""
    ops = itertools.product(("nor_conv_3x3", "skip_connect"), repeat=6)
    names = ["|{}~0|+|{}~0|{}~1|+|{}~0|{}~1|{}~2|".format(*each) for each in ops]
    return nasbench201({name: (number / 64, 0.0) for number, name in enumerate(names) if number % 3})


def _strings():
    """Strings in which ``0`` is no layer: 15 networks of 27 names."""
    names = ["".join(each) for each in itertools.product("012", repeat=3)]
    return chain({name: (float(int(name.replace("0", "") or "0")), 1.0) for name in names})


CELLS, STRINGS = _cells(), _strings()


@pytest.fixture(params=["morphisms", "cells", "strings"])
def space(request, morphisms):
    return {"morphisms": morphisms, "cells": CELLS, "strings": STRINGS}[request.param]


@pytest.mark.parametrize("check", STRATEGY_CHECKS)
def test_the_contract(check, strategy, space):
    if isinstance(strategy, Reinforce) and not isinstance(space, DecidedSpace):
        with pytest.raises(SettingError, match="space must be one with steps to decide"):
            strategy.on(space).start()
        return
    STRATEGY_CHECKS[check](strategy, space)


@pytest.mark.parametrize(("table", "networks"), [(CELLS, 42), (STRINGS, 15)])
def test_a_table_is_exhausted(strategy, table, networks):
    check_exhaustion(strategy, table, networks)


def test_a_space_of_your_own_is_exhausted(strategy, grid):
    check_exhaustion(strategy, grid, 16)


def test_bounds_are_kept(editing, morphisms, play):
    for each in play(editing.on(morphisms), 8).observations:
        assert each.proposal.architecture.parameters <= morphisms.max_parameters
        assert each.proposal.architecture.flops <= morphisms.max_flops


@dataclasses.dataclass(frozen=True)
class Broken(RandomSearch):
    """Random search with one defect."""

    defect: str = ""

    def ask(self, state, rng):
        if self.defect == "forgets pending":
            known = [each for each in state.observations if each.status != "pending"]
            state = self.start()
            for each in known:
                state = super().tell(state, each)
        if self.defect == "own randomness":
            rng = np.random.default_rng()
        if self.defect == "deaf to the seed":
            rng = np.random.default_rng(len(state.observations))
        if self.defect == "no starter" and not state.observations:
            return dataclasses.replace(super().ask(state, rng), architecture=self.space.sample(rng))
        proposal = super().ask(state, rng)
        if self.defect == "wrong parent" and state.completed:
            return dataclasses.replace(proposal, parent=state.completed[0].trial_id)
        failed = [each for each in state.observations if each.status == "failed"]
        if self.defect == "parent of a failure" and failed:
            return dataclasses.replace(proposal, parent=failed[0].trial_id)
        if self.defect == "gives up" and len(state.observations) == 12:
            return None
        return proposal

    def tell(self, state, observation):
        if self.defect == "deaf to failures" and observation.status == "failed":
            return state
        return super().tell(state, observation)


@pytest.mark.parametrize(
    ("defect", "found"),
    [
        ("forgets pending", "pending networks must not be proposed again"),
        ("own randomness", "the same seed must give the same trials"),
        ("deaf to the seed", "another seed must give other trials"),
        ("no starter", "the starters must come first"),
        ("wrong parent", "the edits must lead from the parent to the child"),
        ("parent of a failure", "a parent must be a completed trial"),
        ("deaf to failures", "telling again must rebuild the state"),
    ],
)
def test_the_kit_finds_a_defect(defect, found):
    with pytest.raises(AssertionError, match=found):
        check_strategy(Broken(defect=defect), CELLS)


def test_the_kit_finds_a_search_that_gives_up():
    with pytest.raises(AssertionError, match=r"all 15 networks must be proposed before None. Received: 12"):
        check_exhaustion(Broken(defect="gives up"), STRINGS, 15)


def test_the_kit_in_one_call():
    check_strategy(RandomSearch(), CELLS)


def test_the_starter_comes_first_on_a_table():
    bound = RandomSearch().on(STRINGS)
    asked = bound.ask(bound.start(), np.random.default_rng(0))
    assert content_id(asked.architecture) == content_id(STRINGS.starters[0])


def test_an_even_policy_searches_at_random_and_learns_nothing(play):
    space = CELLS
    even = Reinforce(policy=EvenPolicy(), reward="plain")
    check_strategy(even, space)
    rows, logs = EvenPolicy().sample(space.steps, (), 4000, np.random.default_rng(0))
    shares = [np.bincount(column, minlength=2) / 4000 for column in rows.T]
    assert np.all(np.abs(np.array(shares) - 0.5) < 0.05)  # six sigma
    np.testing.assert_allclose(np.exp(logs), 1 / 64)
    short, _ = EvenPolicy().sample(space.steps, (), 5, np.random.default_rng(0), 2)
    assert np.all(short[:, 2:] == -1)
    assert np.all(short[:, :2] >= 0)

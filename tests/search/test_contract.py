"""What every strategy must keep to, whatever it is."""

import numpy as np
import pytest

from autonas.arch import content_id
from autonas.errors import SettingError
from autonas.morph import apply_edits
from autonas.search import Observation

SIDE_SQUARED = 16


def _rng(seed=7):
    return np.random.default_rng(seed)


def test_starters_come_first(strategy, morphisms, play):
    state = play(strategy.on(morphisms), 1)
    proposal = state.observations[0].proposal
    assert proposal.architecture == morphisms.starters[0]
    assert proposal.parent is None


def test_the_same_seed_searches_the_same(strategy, morphisms, play):
    assert play(strategy.on(morphisms), 5) == play(strategy.on(morphisms), 5)


def test_another_seed_searches_elsewhere(strategy, morphisms, play):
    assert play(strategy.on(morphisms), 6, seed=0).ids != play(strategy.on(morphisms), 6, seed=1).ids


def test_telling_again_rebuilds_the_state(strategy, morphisms, play):
    strategy = strategy.on(morphisms)
    state = play(strategy, 5, failing=(2,))
    again = strategy.start()
    for observation in state.observations:
        again = strategy.tell(again, observation)
    assert again == state
    assert strategy.ask(again, _rng()) == strategy.ask(state, _rng())


def test_asking_changes_nothing(strategy, morphisms, play):
    strategy = strategy.on(morphisms)
    state, untouched = play(strategy, 4), play(strategy, 4)
    first = strategy.ask(state, _rng())
    assert state == untouched
    assert strategy.ask(state, _rng()) == first


def test_parallel_workers_get_different_networks(strategy, morphisms, play, content):
    strategy = strategy.on(morphisms)
    state = play(strategy, 3)
    asked = []
    for worker in range(4):
        asked.append(strategy.ask(state, _rng(0)))  # the same seed, even so
        state = strategy.tell(state, Observation(f"worker {worker}", asked[-1], "pending"))
    assert len({content(each) for each in asked}) == 4


def test_workers_need_not_wait_for_the_starter(strategy, morphisms, content):
    strategy = strategy.on(morphisms)
    state, asked = strategy.start(), []
    for worker in range(3):
        asked.append(strategy.ask(state, _rng(worker)))
        state = strategy.tell(state, Observation(str(worker), asked[-1], "pending"))
    assert len({content(each) for each in asked}) == 3
    assert all(each.parent is None for each in asked)


def test_nothing_is_proposed_twice_until_the_space_is_exhausted(strategy, grid, play):
    strategy = strategy.on(grid)
    state = play(strategy, 40, failing=(1, 4, 9))
    assert len(state.ids) == len(set(state.ids)) == SIDE_SQUARED
    assert strategy.ask(state, _rng()) is None


def test_a_search_in_which_all_fails_goes_on(strategy, grid, play):
    state = play(strategy.on(grid), 40, failing=range(40))
    assert len(set(state.ids)) == SIDE_SQUARED
    assert all(each.proposal.parent is None for each in state.observations)


def test_a_failed_trial_can_still_come_to_a_good_end(strategy, grid, play):
    strategy = strategy.on(grid)
    state = play(strategy, 3, failing=(1,))
    retried = Observation("1", state.observations[1].proposal, "completed", 5.0)
    state = strategy.tell(state, retried)
    assert state.observations[1] == retried
    assert len(state.observations) == 3


def test_bounds_are_kept(strategy, morphisms, play):
    for each in play(strategy.on(morphisms), 8).observations:
        assert each.proposal.architecture.parameters <= morphisms.max_parameters
        assert each.proposal.architecture.flops <= morphisms.max_flops


def test_parents_are_completed_and_their_edits_lead_to_the_child(strategy, morphisms, play):
    seen = {}
    for each in play(strategy.on(morphisms), 8, failing=(2, 3)).observations:
        parent = each.proposal.parent
        if parent is None:
            assert each.proposal.edits == ()
        else:
            assert seen[parent].status == "completed"
            child = apply_edits(seen[parent].proposal.architecture, each.proposal.edits)
            assert child == each.proposal.architecture
            assert each.proposal.edits
        seen[each.trial_id] = each


def test_the_space_can_come_later_but_must_come(strategy, grid):
    with pytest.raises(SettingError, match=r"space must be given .* Use .*\.on\(space\)"):
        strategy.start()
    bound = strategy.on(grid)
    assert bound.space is grid
    assert content_id(bound.ask(bound.start(), _rng()).architecture) == content_id(grid.starters[0])

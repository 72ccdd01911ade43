"""The space of morphisms: bounds, samples, families."""

import numpy as np
import pytest

from autonas.arch import content_id
from autonas.arch.starters import plain_cnn, residual_cnn
from autonas.errors import SettingError
from autonas.morph import legal_edits
from autonas.space import MorphSpace

STARTER = plain_cnn((8, 8, 1), 3, width=8)


def test_samples_keep_both_bounds(rng):
    bounds = {"max_parameters": int(1.3 * STARTER.parameters), "max_flops": int(1.3 * STARTER.flops)}
    space = MorphSpace((STARTER,), **bounds, max_edits=6)
    samples = [space.sample(rng) for _ in range(40)]
    assert all(each.parameters <= space.max_parameters and each.flops <= space.max_flops for each in samples)
    assert len({content_id(each) for each in samples}) > 20


def test_a_child_out_of_bounds_is_none_and_its_edit_is_not_listed():
    free, tight = MorphSpace((STARTER,)), MorphSpace((STARTER,), max_parameters=STARTER.parameters)
    grown = [edit for edit in free.edits(STARTER) if edit.apply(STARTER).parameters > STARTER.parameters]
    assert grown
    assert all(tight.child(STARTER, edit) is None and free.child(STARTER, edit) is not None for edit in grown)
    assert set(tight.edits(STARTER)) == set(free.edits(STARTER)) - set(grown)


def test_flops_are_bounded_on_their_own():
    space = MorphSpace((STARTER,), max_flops=STARTER.flops)
    assert all(edit.apply(STARTER).flops <= STARTER.flops for edit in space.edits(STARTER))
    assert space.edits(STARTER)


@pytest.mark.parametrize("shrink", [True, False])
def test_families_hold_every_legal_edit(shrink):
    space = MorphSpace((STARTER,), shrink=shrink)
    families = {name: list(edits) for name, edits in space.families(STARTER).items()}
    assert set(families) == {"deepen", "widen", "skip", "enlarge"} | ({"shrink"} if shrink else set())
    assert {edit for edits in families.values() for edit in edits} == set(legal_edits(STARTER, shrink))


def test_every_starter_is_sampled_from(rng):
    space = MorphSpace((STARTER, residual_cnn((8, 8, 1), 3, width=4)), max_edits=1)
    sampled = {content_id(space.sample(rng)) for _ in range(60)}
    assert {content_id(each) for each in space.starters} <= sampled


def test_where_no_edit_fits_the_sample_stays_where_it_is(rng):
    space = MorphSpace((STARTER,), max_parameters=STARTER.parameters, max_flops=STARTER.flops, shrink=False)
    assert space.sample(rng) == STARTER


def test_the_same_seed_samples_the_same():
    space = MorphSpace((STARTER,))
    assert space.sample(np.random.default_rng(4)) == space.sample(np.random.default_rng(4))


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"starters": ()}, "starters must be at least one architecture"),
        ({"starters": (STARTER,), "max_parameters": 10}, "max_parameters must be >= .* Received: 10"),
        ({"starters": (STARTER,), "max_flops": 10}, "max_flops must be >= .* Received: 10"),
        ({"starters": (STARTER,), "max_edits": 0}, "max_edits must be >= 1. Received: 0"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings, text):
    with pytest.raises(SettingError, match=text):
        MorphSpace(**settings)

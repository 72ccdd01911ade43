"""Drawing edits: all of them, once, families evenly, and none enumerated in vain."""

from collections import Counter

import numpy as np

from autonas.arch.starters import residual_cnn
from autonas.space import MorphSpace, drawn

SPACE = MorphSpace((residual_cnn((8, 8, 1), 3, width=8),))


def test_every_edit_is_drawn_once(rng):
    architecture = SPACE.starters[0]
    edits = list(drawn(SPACE.families(architecture), rng))
    assert len(edits) == len(set(edits))
    assert set(edits) == {edit for members in SPACE.families(architecture).values() for edit in members}


def test_numerous_families_do_not_drown_the_others(rng):
    families = {"skip": list("abcdefghijklmnopqrstuvwxyz"), "widen": ["A"], "none": []}
    first = Counter(next(iter(drawn(families, rng))) == "A" for _ in range(2000))
    # Half of 2000; the standard deviation is sqrt(2000) / 2 = 22: within 6 of them.
    assert abs(first[True] - 1000) < 6 * 22


def test_a_family_is_enumerated_when_it_is_drawn_and_not_before(rng):
    entered = []

    def enumerate_family(name):
        entered.append(name)
        yield name

    next(drawn({name: enumerate_family(name) for name in "abcdef"}, rng))
    assert len(entered) == 1


def test_nothing_to_draw_yields_nothing(rng):
    assert list(drawn({}, rng)) == list(drawn({"widen": []}, rng)) == []


def test_the_same_seed_draws_the_same():
    twice = [list(drawn(SPACE.families(SPACE.starters[0]), np.random.default_rng(3)))[:20] for _ in range(2)]
    assert twice[0] == twice[1]

"""The promise: a preserving edit keeps the network's function, on chains from every starter and on random graphs."""

import numpy as np
import pytest

from autonas.arch import check_weights, interpret
from autonas.arch.starters import STARTERS
from autonas.errors import ArchitectureError
from autonas.morph import AddHeads, AddSkip, ConcatSkip, Deepen, Enlarge, Inheritance, Widen, inherit, legal_edits
from tests.arch.drawing import batch, disagreement, drawn, random_weights
from tests.morph.chains import PRESERVING, TOLERANCE, chain

IMAGE_EDITS = set(PRESERVING) - {AddHeads}  # of text alone, and tested there


@pytest.mark.parametrize("name", sorted(STARTERS))
def test_a_thousand_chains_keep_the_function(name):
    off, kinds = {}, set()
    for seed in range(1000):
        steps = list(chain(name, seed))
        (_, parent, before), (_, child, after) = steps[0], steps[-1]
        x = batch(parent, np.random.default_rng(seed))
        off[seed] = disagreement(interpret(parent, before, x), interpret(child, after, x))
        kinds.update(type(edit) for edit, _, _ in steps[1:])
    assert max(off.values()) <= TOLERANCE, f"seed {max(off, key=off.get)}"
    assert kinds >= ({Widen, Deepen, AddSkip, ConcatSkip} if name.endswith("perceptron") else IMAGE_EDITS)


def _attempts(architecture, rng):
    """Legal edits, and bolder ones that no list offers but that may be asked for."""
    yield from legal_edits(architecture)
    for each in architecture.nodes:
        width = architecture.shapes[each.id][-1]
        yield Widen(each.id, width + int(rng.integers(1, 5)))
        yield Deepen(each.id, "batch_norm")
        yield Deepen(each.id, "dense") if len(architecture.shapes[each.id]) == 1 else Deepen(each.id, "conv", 3)
        yield Enlarge(each.id)
        source = architecture.nodes[rng.integers(len(architecture.nodes))].id
        yield AddSkip(source, each.id)
        yield ConcatSkip(source, each.id)


@pytest.mark.parametrize("widening", ["divide", "zero"])
def test_whatever_applies_to_a_random_graph_keeps_the_function(widening):
    applied = dict.fromkeys(IMAGE_EDITS, 0)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        parent = drawn(rng, int(rng.integers(6, 20)))
        before, x = random_weights(parent, rng), batch(parent, rng)
        expected = interpret(parent, before, x)
        for edit in _attempts(parent, rng):
            try:
                child = edit.apply(parent)
            except ArchitectureError:
                assert edit not in legal_edits(parent)
                continue
            after = edit.inherit(parent, child, before, Inheritance(rng, widening))
            check_weights(child, after)
            assert disagreement(expected, interpret(child, after, x)) <= TOLERANCE, f"seed {seed}: {edit}"
            applied[type(edit)] += 1
    assert min(applied.values()) > 10


@pytest.mark.parametrize("name", sorted(STARTERS))
def test_every_legal_edit_applies_and_its_weights_fit(name):
    for seed in range(4):
        *_, (_, parent, weights) = chain(name, seed, longest=6)
        rng = np.random.default_rng(seed)
        edits = legal_edits(parent, shrink=True)
        assert len(set(edits)) == len(edits)
        assert set(legal_edits(parent)) == {edit for edit in edits if edit.preserving}
        for edit in edits:
            child = edit.apply(parent)
            inherited = inherit((edit,), parent, weights, Inheritance(rng, noise=1.0))
            check_weights(child, inherited)
            assert {array.dtype for arrays in inherited.values() for array in arrays} == {np.dtype("float32")}
            assert child != parent


def test_a_chain_inherited_in_one_go_is_the_chain_inherited_step_by_step():
    steps = list(chain("residual_cnn", 3))
    edits = [edit for edit, _, _ in steps[1:]]
    (_, parent, weights), x = steps[0], batch(steps[0][1], np.random.default_rng(0))
    after = inherit(edits, parent, weights, Inheritance(np.random.default_rng(0)))
    assert disagreement(interpret(parent, weights, x), interpret(steps[-1][1], after, x)) <= TOLERANCE


def test_a_parent_keeps_its_weights():
    # Children share arrays with their parents: nothing may be written into them.
    for seed in range(20):
        steps = list(chain("separable_cnn", seed))
        _, parent, weights = steps[0]
        kept = {id: tuple(array.copy() for array in arrays) for id, arrays in weights.items()}
        inherit(
            [edit for edit, _, _ in steps[1:]], parent, weights, Inheritance(np.random.default_rng(seed), noise=2.0)
        )
        assert all(np.array_equal(a, b) for id in kept for a, b in zip(kept[id], weights[id], strict=True))

"""Weisfeiler-Lehman features: what they tell apart, and what they do not."""

import gc
import weakref

import pytest

from autonas.arch import Architecture, node
from autonas.arch.starters import plain_cnn
from autonas.morph import Widen, legal_edits
from autonas.surrogate import features, label_counts
from autonas.surrogate.memory import remembered


def _renamed(architecture):
    names = {each.id: f"n{number}" for number, each in enumerate(architecture.nodes)}
    nodes = tuple(
        node(names[each.id], each.op, [names[name] for name in each.inputs], **each.attributes)
        for each in architecture.nodes
    )
    return Architecture(nodes, tuple(names[name] for name in architecture.outputs))


def test_counts_by_hand():
    # input -> dense -> dense, both dense alike but for width. Round 0: input 1, dense 2. Round 1: the first dense reads
    # the input, the second a dense: 1, 1, 1. Round 2: again 1, 1, 1.
    nodes = (node("x", "input", shape=(4,)), node("a", "dense", "x", units=3), node("b", "dense", "a", units=2))
    counts = label_counts(Architecture(nodes, ("b",)))
    assert sorted(counts.values()) == [1.0] * 7 + [2.0]


def test_names_do_not_matter(networks):
    for each in networks:
        assert features(_renamed(each)) == features(each)


def test_every_edit_changes_the_features():
    start = plain_cnn((8, 8, 1), 3, width=8)
    for edit in legal_edits(start, shrink=True):
        assert features(edit.apply(start)) != features(start), edit


def test_widening_leaves_wiring_alone_and_adds_the_logarithm_of_its_factor():
    start = plain_cnn((8, 8, 1), 3, width=8)
    first = next(each for each in start.nodes if each.op == "conv")
    before, after = features(start), features(Widen(first.id, 16).apply(start))
    assert after.labels == before.labels
    changed = {place: after.widths[place] - before.widths[place] for place in before.widths}
    assert sorted(changed.values())[-1] == pytest.approx(1.0)  # log2(16 / 8)
    assert sum(changed.values()) == pytest.approx(1.0)


def test_the_order_of_inputs_matters_to_concat_alone():
    def joined(op, order):
        nodes = (
            node("x", "input", shape=(4,)),
            node("a", "dense", "x", units=3),
            node("b", "relu", "a"),
            node("j", op, tuple(order)),
        )
        return label_counts(Architecture(nodes, ("j",)))

    assert joined("add", "ab") == joined("add", "ba")
    assert joined("concat", "ab") != joined("concat", "ba")


def test_features_are_computed_once_and_let_go_with_the_architecture():
    calls = []

    @remembered
    def count(architecture):
        calls.append(len(architecture.nodes))
        return calls[-1]

    architecture = plain_cnn((8, 8, 1), 3, width=8)
    assert count(architecture) == count(architecture) == len(architecture.nodes)
    assert len(calls) == 1
    gone = weakref.ref(architecture)
    del architecture
    gc.collect()
    assert gone() is None

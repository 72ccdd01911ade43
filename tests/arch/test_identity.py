"""The content id: the same for the same graph, different for any other."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autonas.arch import Architecture, content_id, node, prune
from tests.arch.drawing import drawn

X = node("x", "input", shape=(6,))
seeds = st.integers(0, 10**9)


def _id(*nodes, outputs=None):
    return content_id(Architecture((X, *nodes), outputs or (nodes[-1].id,)))


def _renamed(architecture, rng):
    names = dict(zip(architecture.by_id, rng.permutation(len(architecture.nodes)).astype(str), strict=True))
    nodes = (
        dataclasses.replace(each, id=names[each.id], inputs=tuple(names[name] for name in each.inputs))
        for each in architecture.nodes
    )
    return Architecture(tuple(nodes), tuple(names[name] for name in architecture.outputs))


def _reordered(architecture, rng):
    """The same nodes in another order, and the inputs of every add as well."""
    nodes = [
        dataclasses.replace(each, inputs=tuple(rng.permutation(each.inputs).tolist())) if each.op == "add" else each
        for each in architecture.nodes
    ]
    return prune([nodes[place] for place in rng.permutation(len(nodes))], architecture.outputs)


@given(seeds)
def test_names_order_and_the_order_of_an_add_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    architecture = drawn(rng, 14)
    other = _reordered(_renamed(architecture, rng), rng)
    assert other != architecture
    assert content_id(other) == content_id(architecture)


@given(seeds)
def test_any_changed_attribute_matters(seed):
    rng = np.random.default_rng(seed)
    architecture = drawn(rng, 14)
    widths = [each for each in architecture.nodes if each.op in ("batch_norm", "dropout", "dense")]
    changed = widths[rng.integers(len(widths))]
    attrs = {"batch_norm": {"epsilon": 0.2}, "dropout": {"rate": 0.9}, "dense": {"bias": False}}[changed.op]
    nodes = (each.with_attrs(**attrs) if each is changed else each for each in architecture.nodes)
    assert content_id(Architecture(tuple(nodes), architecture.outputs)) != content_id(architecture)


def test_two_equal_branches_are_not_one_branch_read_twice():
    a, b = node("a", "dense", "x", units=6), node("b", "dense", "x", units=6)
    assert _id(a, b, node("s", "add", ("a", "b"))) != _id(a, node("s", "add", ("a", "a")))


def test_which_of_two_equal_branches_is_read_twice_does_not_matter_but_that_one_is_does():
    a, b = node("a", "dense", "x", units=6), node("b", "dense", "x", units=6)
    first = _id(a, b, node("s", "add", ("a", "b")), node("t", "add", ("s", "a")))
    second = _id(a, b, node("s", "add", ("a", "b")), node("t", "add", ("s", "b")))
    assert first == second != _id(a, b, node("s", "add", ("a", "a")), node("t", "add", ("s", "b")))


def test_equal_nodes_far_from_what_tells_them_apart():
    # Two chains of equal layers; they end in one add crossed or not, seen only from the far ends.
    def crossed(first, second):
        layers = [
            node(f"{side}{k}", "dense", f"{side}{k - 1}" if k else "x", units=6) for side in "ab" for k in range(4)
        ]
        joins = (node("p", "add", ("a0", first)), node("q", "concat", ("b0", second)))
        return _id(*layers, *joins, node("out", "concat", ("p", "q")))

    assert crossed("a3", "b3") != crossed("b3", "a3")


def test_which_of_two_equal_branches_matters_where_their_places_differ():
    a, b = node("a", "dense", "x", units=6), node("b", "dense", "x", units=6)
    first = _id(a, b, node("c", "concat", ("a", "b")), node("d", "concat", ("c", "a")))
    assert first != _id(a, b, node("c", "concat", ("a", "b")), node("d", "concat", ("c", "b")))


def test_the_order_of_a_concat_matters():
    a, b = node("a", "dense", "x", units=6), node("b", "relu", "x")
    assert _id(a, b, node("c", "concat", ("a", "b"))) != _id(a, b, node("c", "concat", ("b", "a")))


def test_which_nodes_are_outputs_matters_and_in_which_order():
    a, b = node("a", "dense", "x", units=6), node("b", "dense", "x", units=6)
    both = (a, b, node("s", "add", ("a", "b")))
    ids = {_id(*both, outputs=each) for each in (("s",), ("s", "a"), ("a", "s"), ("a", "b", "s"), ("a", "a", "s"))}
    assert len(ids) == 5


def test_the_id_is_the_same_in_another_process():
    # Python salts the hashes of strings anew in every process; an id must not feel that.
    code = """
import numpy as np
from autonas.arch import content_id
from tests.arch.drawing import drawn
print(content_id(drawn(np.random.default_rng(3))))
"""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == content_id(drawn(np.random.default_rng(3)))


def test_an_id_stays_what_it_was():
    # What people wrote down or stored by id must still be found: changing the algorithm is not a detail.
    dense = node("d", "dense", "x", units=2)
    assert _id(dense) == "bf6ca0bf93177306"

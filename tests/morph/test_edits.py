"""Edits as data: what each does to a small graph, JSON, ids, words, and what is refused."""

import json

import numpy as np
import pytest

from autonas.arch import Architecture, content_id, node
from autonas.arch.starters import STARTERS, plain_cnn
from autonas.errors import ArchitectureError
from autonas.morph import (
    EDITS,
    AddHeads,
    AddSkip,
    ConcatSkip,
    Deepen,
    Enlarge,
    Inheritance,
    Narrow,
    Remove,
    Widen,
    apply_edits,
    edit_from_json,
    edit_to_json,
    inherit,
    legal_edits,
)
from tests.morph.chains import chain

NETWORK = Architecture(
    (
        node("x", "input", shape=(8, 8, 3)),
        node("c", "conv", "x", filters=8),
        node("r", "relu", "c"),
        node("p", "max_pool", "r"),
        node("d", "conv", "p", filters=8, stride=2),
        node("s", "relu", "d"),
        node("g", "global_avg_pool", "s"),
        node("out", "dense", "g", units=2),
    ),
    ("out",),
)


def _ops(architecture, *ids):
    """Op and inputs of nodes."""
    return [(architecture[id].op, *architecture[id].inputs) for id in ids]


def test_deepening_by_a_conv():
    child = Deepen("p", "conv", 3).apply(NETWORK)
    assert _ops(child, "conv_1", "batch_norm_2", "relu_3", "d") == [
        ("conv", "p"),
        ("batch_norm", "conv_1"),
        ("relu", "batch_norm_2"),
        ("conv", "relu_3"),
    ]
    assert (child["conv_1"]["filters"], child["conv_1"]["kernel"]) == (8, 3)


def test_deepening_where_values_may_be_negative_puts_no_relu():
    child = Deepen("c", "conv", 1).apply(NETWORK)
    assert _ops(child, "conv_1", "batch_norm_2", "r") == [
        ("conv", "c"),
        ("batch_norm", "conv_1"),
        ("relu", "batch_norm_2"),
    ]


def test_an_add_skip_over_a_pool_and_a_strided_conv():
    # From r (8x8) to d (2x2): the max pool is copied, the stride becomes an average pool, a 1x1 conv fits the channels.
    child = AddSkip("r", "d").apply(NETWORK)
    assert _ops(child, "max_pool_1", "avg_pool_2", "conv_3", "add_4", "s") == [
        ("max_pool", "r"),
        ("avg_pool", "max_pool_1"),
        ("conv", "avg_pool_2"),
        ("add", "d", "conv_3"),
        ("relu", "add_4"),
    ]
    assert child.shapes["avg_pool_2"] == (2, 2, 8)
    weights = inherit((AddSkip("r", "d"),), NETWORK, _zeros(NETWORK), Inheritance(np.random.default_rng(0), noise=1.0))
    assert not weights["conv_3"][0].any()


def test_a_concat_skip_onto_a_vector():
    # From p (4x4) to g, a vector: the stride becomes a pool, the global pool is copied, a dense layer mixes 8 + 8.
    child = ConcatSkip("p", "g").apply(NETWORK)
    assert _ops(child, "avg_pool_1", "global_avg_pool_2", "concat_3", "dense_4", "relu_5", "out") == [
        ("avg_pool", "p"),
        ("global_avg_pool", "avg_pool_1"),
        ("concat", "g", "global_avg_pool_2"),
        ("dense", "concat_3"),
        ("relu", "dense_4"),
        ("dense", "relu_5"),
    ]
    weights = inherit((ConcatSkip("p", "g"),), NETWORK, _zeros(NETWORK), _exact())
    assert np.array_equal(weights["dense_4"][0], np.concatenate([np.eye(8), np.zeros((8, 8))]))


def test_no_skip_passes_a_flatten():
    nodes = (*NETWORK.nodes[:6], node("f", "flatten", "s"), node("h", "dense", "f", units=4), node("t", "relu", "h"))
    network = Architecture((*nodes, node("out", "dense", "t", units=2)), ("out",))
    skips = [edit for edit in legal_edits(network) if isinstance(edit, AddSkip | ConcatSkip)]
    assert {(edit.source, edit.target) for edit in skips} == {
        *(("r", "d"), ("p", "d")),
        *(("r", "s"), ("p", "s")),
    }


def test_enlarging_a_strided_conv_adds_a_ring_of_zeros():
    child = Enlarge("d").apply(NETWORK)
    assert child["d"]["kernel"] == 5
    ones = {id: tuple(np.ones_like(array) for array in arrays) for id, arrays in _zeros(NETWORK).items()}
    kernel = inherit((Enlarge("d"),), NETWORK, ones, _exact())["d"][0]
    assert kernel[1:4, 1:4].all()
    assert kernel.sum() == 3 * 3 * 8 * 8


def test_enlarging_needs_a_window_as_large_as_the_stride():
    # Window 1, stride 2 reads pixels 0, 2, ...; window 3, stride 2 on an even length is centred on 1, 3, ...
    network = Architecture(
        (node("x", "input", shape=(8, 8, 1)), node("c", "conv", "x", filters=2, kernel=1, stride=2)), ("c",)
    )
    assert not [edit for edit in legal_edits(network) if isinstance(edit, Enlarge)]
    with pytest.raises(ArchitectureError, match=r"at least as large as the stride"):
        Enlarge("c").apply(network)


def test_removing_a_layer_takes_its_batch_norm_and_relu_along():
    child = Remove("conv_1").apply(Deepen("p", "conv", 3).apply(NETWORK))
    assert child == NETWORK


def test_removing_an_add_keeps_its_first_input():
    child = Remove("add_4").apply(AddSkip("r", "d").apply(NETWORK))
    assert child == NETWORK


def test_the_branch_of_an_add_is_not_removed_from_beside_what_it_reads():
    # add(r, conv of r) would become add(r, r), a doubling.
    nodes = (*NETWORK.nodes[:3], node("b", "conv", "r", filters=8), node("s", "add", ("r", "b")))
    network = Architecture((*nodes, node("g", "global_avg_pool", "s"), node("out", "dense", "g", units=2)), ("out",))
    assert {edit.node for edit in legal_edits(network, shrink=True) if isinstance(edit, Remove)} == {"s"}
    with pytest.raises(ArchitectureError, match="a reader would read the same node twice"):
        Remove("b").apply(network)


def test_no_input_is_removed():
    nodes = (node("x", "input", shape=(3,)), node("y", "input", shape=(3,)), node("s", "add", ("x", "y")))
    network = Architecture((*nodes, node("out", "dense", "s", units=2)), ("out",))
    assert Remove("s") not in legal_edits(network, shrink=True)
    with pytest.raises(ArchitectureError, match="every input of the network must stay in use"):
        Remove("s").apply(network)


REFUSED = [
    (Deepen("absent", "conv", 3), "must name an existing node. Received: absent"),
    (Deepen("r", "dense"), r"conv needs an image, .*, dense a vector.* Received: dense on \(8, 8, 8\)"),
    (Deepen("g", "conv", 3), r"Received: conv on \(8,\)"),
    (Deepen("r", "max_pool"), "other ops cannot start as the identity"),
    (Deepen("out", "dense"), "an output must stay the last node"),
    (Deepen("r", "conv", 4), "kernel must be odd for conv and 0 otherwise. Received: 4"),
    (Deepen("g", "dense", 3), "kernel must be odd for conv and 0 otherwise. Received: 3"),
    (Deepen("r", "conv", -1), "kernel of op 'conv' must be an int >= 1"),
    (Widen("absent", 9), "existing node"),
    (Widen("r", 16), "must compute its own channels. Received: ReLU"),
    (Widen("c", 8), "the new width must be above 8. Received: 8"),
    (Widen("out", 4), "The width of output 'out' is fixed by the task"),
    (Narrow("c", 8), "at least 1 and below 8. Received: 8"),
    (Narrow("c", 0), "at least 1 and below 8. Received: 0"),
    (Enlarge("r"), "must be a convolution. Received: ReLU"),
    (Remove("c"), "input and output must have one shape. Received: conv 3x3, 8"),
    (Remove("out"), "an output must stay"),
    (Remove("p"), "must be an add or one of"),
    (AddSkip("s", "d"), "a never-negative node that the target depends on"),
    (AddSkip("c", "d"), "a never-negative node"),
    (AddSkip("r", "s"), "the target must be a conv, dense, batch norm or add that a ReLU alone reads"),
    (ConcatSkip("r", "d"), "the target must be a ReLU, pool or join that is never negative"),
    (ConcatSkip("absent", "p"), "existing node"),
    (ConcatSkip("r", "p"), "is not joined to yet"),
]


@pytest.mark.parametrize(("edit", "says"), REFUSED, ids=lambda value: str(value)[:40])
def test_illegal_edits_are_refused(edit, says):
    with pytest.raises(ArchitectureError, match=says):
        edit.apply(NETWORK)
    assert edit not in legal_edits(NETWORK, shrink=True)


def test_a_skip_is_not_put_twice():
    child = AddSkip("r", "d").apply(NETWORK)
    assert {edit.source for edit in legal_edits(child) if edit.kind == "add_skip"} == {"p"}
    with pytest.raises(ArchitectureError, match="not joined to yet"):
        AddSkip("r", "add_4").apply(child)


def test_what_a_layer_reads_already_is_not_put_beside_it():
    # p is r pooled; a skip would put the same pool of r beside it. The dense layer h reads g, so another dense of g,
    # added to it, could do nothing that h cannot.
    nodes = (*NETWORK.nodes[:-1], node("h", "dense", "g", units=4), node("t", "relu", "h"))
    network = Architecture((*nodes, node("out", "dense", "t", units=2)), ("out",))
    skips = {(type(edit), edit.source, edit.target) for edit in legal_edits(network) if "skip" in edit.kind}
    assert {(source, target) for kind, source, target in skips if kind is ConcatSkip} == {
        *(("r", "s"), ("p", "s"), ("r", "g"), ("p", "g")),
        *(("r", "t"), ("p", "t"), ("s", "t"), ("g", "t")),
    }
    assert {(source, target) for kind, source, target in skips if kind is AddSkip} == {
        *(("r", "d"), ("p", "d"), ("r", "h"), ("p", "h")),
    }


def test_the_window_stops_growing_at_seven_and_at_the_image():
    grown = apply_edits(NETWORK, [Enlarge("c"), Enlarge("c")])
    with pytest.raises(ArchitectureError, match="must not grow past 7"):
        Enlarge("c").apply(grown)
    with pytest.raises(ArchitectureError, match="smaller than the image"):
        Enlarge("d").apply(Enlarge("d").apply(NETWORK))  # the pooled image has 4 pixels a side


@pytest.mark.parametrize("name", sorted(STARTERS))
def test_edits_survive_json_and_replay_to_the_same_ids(name):
    for seed in range(10):
        steps = list(chain(name, seed))
        edits = [edit for edit, _, _ in steps[1:]]
        stored = json.loads(json.dumps([edit_to_json(edit) for edit in edits]))
        again = [edit_from_json(data) for data in stored]
        assert again == edits
        replayed = apply_edits(steps[0][1], again)
        assert replayed == steps[-1][1]  # node ids included, by which weights are found
        assert content_id(replayed) == content_id(steps[-1][1])


def test_every_kind_survives_json():
    edits = legal_edits(apply_edits(NETWORK, [AddSkip("r", "d"), Deepen("p", "conv", 3)]), shrink=True)
    edits = (*edits, AddHeads("attention", 3))  # which networks of images have no place for
    assert {edit.kind for edit in edits} == set(EDITS)
    assert [edit_from_json(json.loads(json.dumps(edit_to_json(edit)))) for edit in edits] == list(edits)


BAD_JSON = [
    ({"edit": "mutate", "node": "c"}, "kind must be one of .* Received: 'mutate'"),
    ({"node": "c"}, "Received: None"),
    ({"edit": ["widen"]}, r"Received: \['widen'\]"),
    ("widen", "Received: None"),
    ({"edit": "widen", "node": "c"}, r"must have the keys \['node', 'width'\]. Received: \['node'\]"),
    ({"edit": "widen", "node": "c", "width": 9, "by": 1}, r"Received: \['by', 'node', 'width'\]"),
    ({"edit": "widen", "node": "c", "width": "9"}, "width of edit 'widen' must be of type int. Received: '9'"),
    ({"edit": "widen", "node": "c", "width": True}, "must be of type int. Received: True"),
    ({"edit": "remove", "node": 3}, "node of edit 'remove' must be of type str. Received: 3"),
]


@pytest.mark.parametrize(("data", "says"), BAD_JSON)
def test_unknown_json_is_refused(data, says):
    with pytest.raises(ArchitectureError, match=says):
        edit_from_json(data)


WORDS = [
    (Deepen("p", "conv", 3), "add conv 3x3 after max pool 2x2"),
    (Widen("c", 16), "widen conv 3x3, 8 to 16"),
    (AddSkip("r", "d"), "skip (add) from ReLU to conv 3x3, 8, stride 2"),
    (ConcatSkip("p", "s"), "skip (concat) from max pool 2x2 to ReLU"),
    (Enlarge("c"), "enlarge conv 3x3, 8 to 5x5"),
    (Narrow("c", 4), "narrow conv 3x3, 8 to 4"),
    (Remove("c"), "remove conv 3x3, 8"),
]


@pytest.mark.parametrize(("edit", "words"), WORDS)
def test_words(edit, words):
    assert edit.words(NETWORK) == words


def test_shrinking_edits_say_so_and_are_only_listed_on_request():
    assert {name for name, kind in EDITS.items() if not kind.preserving} == {"narrow", "remove"}
    listed = {edit.kind for edit in legal_edits(plain_cnn((8, 8, 1), 3, 8))}
    assert listed == {"deepen", "widen", "add_skip", "concat_skip", "enlarge"}


def test_inheritance_checks_its_settings(rng):
    with pytest.raises(ArchitectureError, match=r"widening must be 'divide' or 'zero'. Received: 'half'"):
        Inheritance(rng, "half")
    for noise in (-1.0, float("nan")):
        with pytest.raises(ArchitectureError, match=r"noise must be >= 0. Received"):
            Inheritance(rng, noise=noise)


def test_weights_of_another_architecture_are_refused():
    with pytest.raises(ArchitectureError, match="Weights must fit the architecture"):
        inherit((Enlarge("c"),), NETWORK, _zeros(Enlarge("c").apply(NETWORK)), _exact())


def _exact():
    return Inheritance(np.random.default_rng(0))


def _zeros(architecture):
    return {id: tuple(np.zeros(spec.shape, np.float32) for spec in specs) for id, specs in architecture.weights.items()}

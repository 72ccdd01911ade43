"""How a change of width travels: small cases worked by hand, forward and back."""

import numpy as np
import pytest

from autonas.arch import Architecture, check_weights, interpret, node
from autonas.errors import ArchitectureError
from autonas.morph import Inheritance, Narrow, Widen, legal_edits
from autonas.morph.channels import CannotTravel, remap, resize, travel
from tests.arch.drawing import batch, disagreement, random_weights

VECTOR = node("x", "input", shape=(3,))
IMAGE = node("x", "input", shape=(2, 2, 1))


def _network(*nodes, source=VECTOR):
    return Architecture((source, *nodes, node("out", "dense", nodes[-1].id, units=2)), ("out",))


def _dense(id, units, source="x"):
    return node(id, "dense", source, units=units)


def _travelled(network, id, change):
    """The maps as lists; the function they keep is checked on the way, for both kinds of widening."""
    maps = travel(network, id, np.array(change))
    child = resize(network, maps)
    rng = np.random.default_rng(0)
    weights, x = random_weights(network, rng), batch(network, rng)
    for widening in ("divide", "zero"):
        inherited = remap(network, weights, maps, Inheritance(rng, widening))
        assert disagreement(interpret(network, weights, x), interpret(child, inherited, x)) <= 1e-6
    return {name: each.tolist() for name, each in maps.items()}


def test_copied_inputs_share_or_do_without_their_weight():
    network = _network(_dense("a", 2), node("r", "relu", "a"))
    a = (np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], np.float32), np.array([7.0, 8.0], np.float32))
    out = (np.array([[10.0, 20.0], [30.0, 40.0]], np.float32), np.zeros(2, np.float32))
    maps = travel(network, "a", np.array([0, 1, 0]))  # unit 2 is a copy of unit 0
    rng = np.random.default_rng(0)
    divided = remap(network, {"a": a, "out": out}, maps, Inheritance(rng, "divide"))
    assert divided["a"][0].tolist() == [[1, 2, 1], [3, 4, 3], [5, 6, 5]]
    assert divided["a"][1].tolist() == [7, 8, 7]
    assert divided["out"][0].tolist() == [[5, 10], [30, 40], [5, 10]]  # 10 = 5 + 5
    zeroed = remap(network, {"a": a, "out": out}, maps, Inheritance(rng, "zero"))
    assert zeroed["out"][0].tolist() == [[10, 20], [30, 40], [0, 0]]
    assert zeroed["out"][1].tolist() == out[1].tolist()


def test_through_batch_norm_relu_dropout_and_pools():
    network = _network(
        node("c", "conv", "x", filters=2),
        node("n", "batch_norm", "c"),
        node("r", "relu", "n"),
        node("p", "max_pool", "r"),
        node("w", "depthwise_conv", "p"),
        node("d", "dropout", "w", rate=0.5),
        node("g", "global_avg_pool", "d"),
        source=IMAGE,
    )
    maps = _travelled(network, "c", [0, 1, 1])
    assert maps == {id: [0, 1, 1] for id in "cnrpwdg"}


def test_through_concat_at_an_offset():
    # a has channels 0 1, b has 2: with a second copy of a's channel 1 the concat is 0 1 1 | 2.
    network = _network(_dense("a", 2), _dense("b", 1), node("j", "concat", ("a", "b")))
    assert _travelled(network, "a", [0, 1, 1]) == {"a": [0, 1, 1], "j": [0, 1, 1, 2]}
    assert _travelled(network, "b", [0, 0]) == {"b": [0, 0], "j": [0, 1, 2, 2]}


def test_through_flatten_once_a_position():
    # 2x2 positions of 2 channels: the flattened index is 2 * position + channel.
    network = _network(node("c", "conv", "x", filters=2), node("f", "flatten", "c"), source=IMAGE)
    assert _travelled(network, "c", [0, 1, 0])["f"] == [0, 1, 0, 2, 3, 2, 4, 5, 4, 6, 7, 6]


def test_back_through_an_add_to_the_other_producers():
    network = _network(
        *(_dense(id, 2) for id in "abc"),
        node("s", "add", ("a", "b")),
        node("r", "relu", "s"),
        node("t", "add", ("r", "c")),
    )
    expected = {id: [0, 1, 1] for id in "abcsrt"}
    assert _travelled(network, "a", [0, 1, 1]) == expected
    assert _travelled(network, "c", [0, 1, 1]) == expected


def test_back_through_a_concat_that_is_cut_elsewhere():
    # a a b b against c c c d. Copying a's channel 1: 0 1 1 2 3, of which c is 0 1 1 2 and d is 3.
    network = _network(
        *(_dense("a", 2), _dense("b", 2), _dense("c", 3), _dense("d", 1)),
        *(node("p", "concat", ("a", "b")), node("q", "concat", ("c", "d")), node("s", "add", ("p", "q"))),
    )
    maps = _travelled(network, "a", [0, 1, 1])
    assert (maps["c"], maps.get("d"), maps["q"]) == ([0, 1, 1, 2], None, [0, 1, 1, 2, 3])
    # Copying b's channel 1: 0 1 2 3 3, of which c is unchanged and d is 3 3.
    maps = _travelled(network, "b", [0, 1, 1])
    assert (maps.get("c"), maps["d"]) == (None, [0, 0])


def test_back_through_a_concat_of_the_same_layers_in_the_other_order():
    # p = a b, q = b a, added. A copy in a (p: 0 1 0 2 3) asks for one in b (q), which asks for it in p again.
    network = _network(
        *(_dense("a", 2), _dense("b", 2)),
        *(node("p", "concat", ("a", "b")), node("q", "concat", ("b", "a")), node("s", "add", ("p", "q"))),
    )
    maps = _travelled(network, "a", [0, 1, 0])
    assert (maps["a"], maps["b"], maps["s"]) == ([0, 1, 0], [0, 1, 0], [0, 1, 0, 2, 3, 2])


def test_back_through_a_flatten():
    # The dense layer beside the flattened image must copy the unit of every position.
    network = _network(
        *(node("c", "conv", "x", filters=1), node("f", "flatten", "c")),
        *(node("g", "flatten", "x"), _dense("d", 4, "g"), node("s", "add", ("f", "d"))),
        source=IMAGE,
    )
    assert _travelled(network, "c", [0, 0])["d"] == [0, 0, 1, 1, 2, 2, 3, 3]
    with pytest.raises(CannotTravel, match="flattens positions that would need different channels"):
        travel(network, "d", np.array([0, 1, 2, 3, 0]))
    # Which is all of d's units twice in this order, and then it can be.
    assert _travelled(network, "d", [0, 0, 1, 1, 2, 2, 3, 3])["c"] == [0, 0]


def test_a_node_read_twice():
    twice = _network(_dense("a", 2), node("j", "concat", ("a", "a")))
    assert _travelled(twice, "a", [0, 1, 0])["j"] == [0, 1, 0, 2, 3, 2]
    doubled = _network(_dense("a", 2), node("s", "add", ("a", "a")))
    assert _travelled(doubled, "a", [0, 1, 0])["s"] == [0, 1, 0]


FIXED = {
    "an input": (_network(_dense("a", 3), node("s", "add", ("x", "a"))), r"channels of node 'x' \(input 3\) are fixed"),
    "a factorized reduction": (
        _network(
            node("a", "conv", "x", filters=2, stride=2),
            node("y", "factorized_reduction", "x", filters=2),
            node("s", "add", ("a", "y")),
            node("g", "flatten", "s"),
            source=IMAGE,
        ),
        r"channels of node 'y' \(factorized reduction, 2\) are fixed",
    ),
    "a concat that ends elsewhere": (
        _network(
            *(_dense("a", 3), _dense("b", 1), _dense("c", 2)),
            *(node("j", "concat", ("b", "c")), node("s", "add", ("a", "j"))),
        ),
        "'j' joins its inputs' channels in another way",
    ),
    # p = a b b b against q = b b b a: every copy that q asks of b, p asks of b elsewhere, and so on for ever.
    "the same layers cut differently": (
        _network(
            *(_dense("a", 1), _dense("b", 3)),
            *(node("p", "concat", ("a", "b")), node("q", "concat", ("b", "a")), node("s", "add", ("p", "q"))),
        ),
        "'b' would need two different widths",
    ),
    "the output": (
        Architecture((VECTOR, _dense("a", 2), _dense("b", 2), node("s", "add", ("a", "b"))), ("s",)),
        "width of output 's' is fixed by the task",
    ),
}


@pytest.mark.parametrize("why", sorted(FIXED))
def test_what_cannot_follow_is_refused_and_not_offered(why):
    network, says = FIXED[why]
    edit = Widen("a", network.shapes["a"][-1] + 1)
    with pytest.raises(ArchitectureError, match=says):
        edit.apply(network)
    assert "a" not in {each.node for each in legal_edits(network) if isinstance(each, Widen)}


@pytest.mark.parametrize(
    ("widths", "planned", "strongest", "kept"),
    [
        # a a a a against c c d d. Planned: 0 1 2, so c keeps two units and d one.
        ((2, 2), (2, 1), [0, 1, 3], [0, 1, 3]),  # as many from c and d as planned
        ((2, 2), (2, 1), [1, 2, 3], [0, 1, 2]),  # would leave c one and d two
        ((1, 3), (1, 2), [1, 2, 3], [0, 1, 2]),  # would leave c none
    ],
)
def test_strongest_units_that_lie_otherwise_across_a_concat_give_way(widths, planned, strongest, kept):
    network = _network(
        *(_dense("a", 4), _dense("c", widths[0]), _dense("d", widths[1])),
        *(node("p", "concat", ("c", "d")), node("s", "add", ("a", "p"))),
    )
    edit, rng = Narrow("a", 3), np.random.default_rng(0)
    child = edit.apply(network)
    assert (child.shapes["c"], child.shapes["d"]) == ((planned[0],), (planned[1],))
    kernel = np.ones((3, 4), np.float32)
    kernel[:, strongest] = 2.0
    weights = {**random_weights(network, rng), "a": (kernel, np.arange(4) / 100)}
    after = edit.inherit(network, child, weights, Inheritance(rng))
    check_weights(child, after)
    assert np.array_equal(after["a"][1], weights["a"][1][kept])
    both = np.concatenate([weights[id][0] for id in "cd"], axis=1)[:, kept]
    assert np.array_equal(np.concatenate([after[id][0] for id in "cd"], axis=1), both)

"""An architecture is checked once, at construction, and says what follows from its nodes."""

import dataclasses
import pickle

import numpy as np
import pytest

from autonas.arch import Architecture, check_weights, initial_weights, interpret, node, prune, trace
from autonas.errors import ArchitectureError
from tests.arch.drawing import batch, drawn, random_weights

IMAGE = node("image", "input", shape=(4, 4, 2))
CONV = node("conv", "conv", "image", filters=3)
RELU = node("relu", "relu", "conv")
POOL = node("pool", "global_avg_pool", "relu")
LOGITS = node("logits", "dense", "pool", units=5)
NODES = (IMAGE, CONV, RELU, POOL, LOGITS)
NETWORK = Architecture(NODES, ("logits",))

REFUSED = [
    ((*NODES, RELU), ("logits",), "ids must be unique. Received: 'relu' twice"),
    ((CONV, IMAGE, RELU, POOL, LOGITS), ("logits",), r"after the nodes it reads. Received: node 'conv', .*\['image'\]"),
    (NODES[1:], ("logits",), r"Received: node 'conv', which reads \['image'\] too early or not at all"),
    (NODES, (), "Outputs must name nodes"),
    (NODES, ("probabilities",), r"not among the nodes: \['probabilities'\]"),
    ((*NODES, node("idle", "relu", "conv")), ("logits",), r"idle nodes \['idle'\]. Use autonas.arch.prune"),
    ((IMAGE, node("sum", "add", "image")), ("sum",), "'add' must have 2 or more inputs. Received: 1 at node 'sum'"),
    ((IMAGE, node("r", "relu", ("image", "image"))), ("r",), "'relu' must have 1 inputs. Received: 2"),
    ((IMAGE, node("again", "input", "image", shape=(3,))), ("again",), "'input' must have 0 inputs. Received: 1"),
]


@pytest.mark.parametrize(("nodes", "outputs", "says"), REFUSED)
def test_a_graph_that_breaks_the_rules_is_refused(nodes, outputs, says):
    with pytest.raises(ArchitectureError, match=says):
        Architecture(nodes, outputs)


@pytest.mark.parametrize("id", ["", "block/conv", 3, None])
def test_an_id_that_cannot_name_a_layer_is_refused(id):
    with pytest.raises(ArchitectureError, match=r"id must be a string, not empty and without '/'. Received"):
        node(id, "relu", "x")


def test_a_cycle_is_refused():
    loop = (node("a", "add", ("image", "b")), node("b", "relu", "a"))
    with pytest.raises(ArchitectureError, match=r"after the nodes it reads"):
        Architecture((IMAGE, *loop), ("b",))
    with pytest.raises(ArchitectureError, match=r"free of cycles. Received: one through node 'a'"):
        prune((IMAGE, *loop), ("b",))
    with pytest.raises(ArchitectureError, match=r"free of cycles"):
        prune((IMAGE, node("a", "relu", "a")), ("a",))


def test_it_can_be_neither_changed_nor_told_from_an_equal_one():
    with pytest.raises(dataclasses.FrozenInstanceError):
        NETWORK.outputs = ("pool",)
    equal = Architecture(NODES, ("logits",))
    assert equal == NETWORK
    assert hash(equal) == hash(NETWORK)
    assert pickle.loads(pickle.dumps(NETWORK)) == NETWORK


def test_a_small_network_by_hand():
    assert NETWORK.inputs == ("image",)
    assert NETWORK.shapes == {"image": (4, 4, 2), "conv": (4, 4, 3), "relu": (4, 4, 3), "pool": (3,), "logits": (5,)}
    assert NETWORK.parameters == (3 * 3 * 2 * 3 + 3) + (3 * 5 + 5)
    # conv 16 pixels x 3 filters x 18 multiply-adds; ReLU and pool 48 values each; dense 15 multiply-adds.
    assert NETWORK.flops == 2 * 16 * 3 * 18 + 48 + 48 + 2 * 15
    assert NETWORK.nonnegative == {"relu", "pool"}
    assert NETWORK.ancestors["pool"] == {"image", "conv", "relu"}
    assert NETWORK.descendants["conv"] == {"relu", "pool", "logits"}
    assert NETWORK.input_shapes("logits") == ((3,),)
    assert [spec.name for spec in NETWORK.weights["conv"]] == ["kernel", "bias"]
    assert NETWORK["conv"].words == "conv 3x3, 3"
    assert "conv" in NETWORK
    assert "absent" not in NETWORK


def test_a_node_read_twice_by_one_reader_is_named_twice():
    network = Architecture((*NODES, node("double", "add", ("logits", "logits"))), ("double",))
    assert network.consumers["logits"] == ("double", "double")
    assert network.consumers["double"] == ()


def test_signs_pass_through_joins_only_where_all_inputs_agree():
    ends = (node("both", "add", ("relu", "conv")), node("beside", "concat", ("relu", "relu")))
    last = (node("p", "global_max_pool", "both"), node("q", "flatten", "beside"), node("out", "concat", ("p", "q")))
    network = Architecture((IMAGE, CONV, RELU, *ends, *last), ("out",))
    assert network.nonnegative == {"relu", "beside", "q"}


def test_signs_hold_for_every_random_network():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        network = drawn(rng, 16)
        values = trace(network, random_weights(network, rng), batch(network, rng))
        negative = {id for id in network.nonnegative if (values[id] < 0).any()}
        assert not negative


def test_prune_puts_in_order_and_leaves_out_what_leads_nowhere():
    nodes = (*reversed(NODES), node("idle", "relu", "conv"))
    assert prune(nodes, ("logits",)) == NETWORK
    with pytest.raises(ArchitectureError, match=r"unique. Received: 'relu' twice"):
        prune((*NODES, node("relu", "relu", "pool")), ("logits",))


def test_prune_of_thousands_of_nodes_in_the_wrong_order():
    deep = [node(f"r{k}", "relu", f"r{k - 1}" if k else "image") for k in range(3000)]
    assert len(prune((*reversed(deep), IMAGE), ("r2999",)).nodes) == 3001


def test_redirecting_touches_only_what_reads_the_old_node():
    assert RELU.redirected("image", "other") is RELU
    twice = node("double", "add", ("conv", "conv"))
    assert twice.redirected("conv", "relu").inputs == ("relu", "relu")


def test_fresh_weights_fit_and_have_the_spread_of_their_papers(rng):
    wide = Architecture(
        (
            node("x", "input", shape=(4, 4, 30)),
            node("c", "conv", "x", filters=40),
            node("n", "batch_norm", "c"),
            node("f", "flatten", "n"),
            node("d", "dense", "f", units=50),
        ),
        ("d",),
    )
    weights = initial_weights(wide, rng)
    check_weights(wide, weights)
    assert {array.dtype for arrays in weights.values() for array in arrays} == {np.dtype("float32")}
    # He: variance 2 / 270, the fan in. Glorot: 2 / (640 + 50). Over 10,000 draws, 5 sigma of a spread is 3.5 %.
    assert weights["c"][0].std() == pytest.approx(np.sqrt(2 / 270), rel=0.04)
    assert weights["d"][0].std() == pytest.approx(np.sqrt(2 / 690), rel=0.04)
    assert [array.mean() for array in weights["n"]] == [1, 0, 0, 1]  # gamma, beta, mean, variance


def test_depthwise_weights_start_by_the_window_alone(rng):
    network = Architecture((node("x", "input", shape=(4, 4, 900)), node("d", "depthwise_conv", "x", kernel=3)), ("d",))
    kernel = initial_weights(network, rng)["d"][0]
    assert kernel.std() == pytest.approx(np.sqrt(2 / 9), rel=0.05)  # one channel in: fan in 3 * 3


@pytest.mark.parametrize("broken", ["missing", "surplus", "reshaped", "short"])
def test_weights_that_do_not_fit_are_refused(broken, rng):
    weights = initial_weights(NETWORK, rng)
    if broken == "missing":
        del weights["conv"]
    elif broken == "surplus":
        weights["relu"] = (np.zeros(3),)
    elif broken == "reshaped":
        weights["conv"] = (weights["conv"][0], np.zeros(4))
    else:
        weights["conv"] = weights["conv"][:1]
    with pytest.raises(ArchitectureError, match=r"1 nodes differ. Expected for '(conv|relu)': .* Received: "):
        check_weights(NETWORK, weights)
    with pytest.raises(ArchitectureError, match=r"Weights must fit"):
        interpret(NETWORK, weights, np.zeros((1, 4, 4, 2)))


def test_data_that_does_not_fit_is_refused(rng):
    weights = initial_weights(NETWORK, rng)
    with pytest.raises(ArchitectureError, match=r"'image' must have shape \(n, 4, 4, 2\). Received: \(1, 4, 4, 3\)"):
        interpret(NETWORK, weights, np.zeros((1, 4, 4, 3)))
    with pytest.raises(ArchitectureError, match=r"every input: \['image'\]. Received: \['picture'\]"):
        interpret(NETWORK, weights, {"picture": np.zeros((1, 4, 4, 2))})

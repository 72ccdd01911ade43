"""A preserving edit keeps the function of networks for text: embeddings, masks, layer norms, attention, LSTMs."""

import numpy as np
import pytest

from autonas.arch import Architecture, check_weights, interpret, node
from autonas.arch.text_starters import TEXT_STARTERS, TextShape
from autonas.errors import ArchitectureError
from autonas.morph import AddHeads, Inheritance, Narrow, Widen, inherit, legal_edits, transfer
from tests.arch.drawing import batch, disagreement, random_weights
from tests.morph.chains import TOLERANCE, chain

GROWING = sorted(set(TEXT_STARTERS) - {"ngram_linear"})


@pytest.mark.parametrize("name", GROWING)
def test_chains_keep_the_function(name):
    off, kinds = {}, set()
    for seed in range(150):
        steps = list(chain(name, seed, longest=6))
        (_, parent, before), (_, child, after) = steps[0], steps[-1]
        x = batch(parent, np.random.default_rng(seed), 3)
        off[seed] = disagreement(interpret(parent, before, x), interpret(child, after, x))
        kinds.update(edit.kind for edit, _, _ in steps[1:])
    assert max(off.values()) <= TOLERANCE, f"seed {max(off, key=off.get)}"
    assert kinds >= {"widen", "deepen"}
    assert ("add_heads" in kinds) == (name == "transformer")


@pytest.mark.parametrize("name", GROWING)
@pytest.mark.parametrize("widening", ["divide", "zero"])
def test_every_legal_edit_keeps_the_function(name, widening):
    rng = np.random.default_rng(0)
    parent = TEXT_STARTERS[name](TextShape(9, 11, 7), 3, 16)
    before, x = random_weights(parent, rng), batch(parent, rng, 4)
    expected = interpret(parent, before, x)
    for edit in legal_edits(parent):
        child = edit.apply(parent)
        after = edit.inherit(parent, child, before, Inheritance(rng, widening))
        check_weights(child, after)
        assert disagreement(expected, interpret(child, after, x)) <= TOLERANCE, str(edit)
        noisy = transfer(edit, parent, before, rng, noise=1.0)
        assert disagreement(expected, interpret(child, noisy, x)) < 0.2, str(edit)
    for edit in set(legal_edits(parent, shrink=True)) - set(legal_edits(parent)):
        check_weights(edit.apply(parent), inherit((edit,), parent, before, Inheritance(rng)))


NORMED = Architecture(
    (
        node("tokens", "input", shape=(5,)),
        node("words", "embedding", "tokens", tokens=9, width=4),
        node("places", "position_embedding", "tokens", width=4),
        node("sum", "add", ("words", "places")),
        node("norm", "layer_norm", "sum"),
        node("look", "self_attention", ("norm", "tokens"), heads=2, key=3, units=4),
        node("both", "add", ("sum", "look")),
        node("pool", "global_avg_pool1d", ("both", "tokens")),
        node("out", "dense", "pool", units=2),
    ),
    ("out",),
)


def test_behind_a_layer_norm_a_width_is_doubled_or_left():
    assert [edit for edit in legal_edits(NORMED, shrink=True) if isinstance(edit, Widen | Narrow)] == [
        Widen("words", 8)
    ]
    child = Widen("words", 8).apply(NORMED)
    assert [child.shapes[id][-1] for id in ("words", "places", "norm", "look", "both")] == [8] * 5
    for width in (5, 6, 9):
        with pytest.raises(ArchitectureError, match=r"'norm' \(layer norm\) normalises by all channels"):
            Widen("words", width).apply(NORMED)


def test_new_heads_are_copies_that_share_the_output():
    weights = random_weights(NORMED, np.random.default_rng(0))
    wider = transfer(AddHeads("look", 3), NORMED, weights, np.random.default_rng(1))["look"]
    assert [array.shape for array in wider[:2]] == [(4, 3, 3), (3, 3)]
    copied = next(k for k in range(2) if np.array_equal(wider[0][:, 2], weights["look"][0][:, k]))
    output, before = wider[6], weights["look"][6]
    assert np.allclose(output[copied] + output[2], before[copied])
    assert np.allclose(output[1 - copied], before[1 - copied])


def test_heads_are_added_to_attention_alone_and_more_than_there_are():
    with pytest.raises(ArchitectureError, match="must be an attention layer"):
        AddHeads("norm", 3).apply(NORMED)
    with pytest.raises(ArchitectureError, match=r"more than 2 heads\. Received: 2"):
        AddHeads("look", 2).apply(NORMED)
    with pytest.raises(ArchitectureError, match="existing node"):
        AddHeads("absent", 2).apply(NORMED)


def test_a_unit_of_an_lstm_is_copied_in_all_gates():
    network = Architecture(
        (
            node("x", "input", shape=(4, 3)),
            node("read", "lstm", "x", units=2),
            node("out", "dense", "read", units=2),
        ),
        ("out",),
    )
    weights = random_weights(network, np.random.default_rng(0))
    kernel, recurrent, bias = transfer(Widen("read", 3), network, weights, np.random.default_rng(3))["read"]
    assert (kernel.shape, recurrent.shape, bias.shape) == ((3, 12), (3, 12), (12,))
    gates = bias.reshape(4, 3)
    copied = next(k for k in range(2) if np.array_equal(gates[:, 2], gates[:, k]))
    assert np.array_equal(gates[:, :2], weights["read"][2].reshape(4, 2))
    assert np.allclose(recurrent[copied], recurrent[2])  # both carry half of what one carried


def test_what_reads_a_tied_matrix_keeps_its_width():
    tied = Architecture(
        (
            node("tokens", "input", shape=(5,)),
            node("words", "vocabulary", (), tokens=9, width=4),
            node("vectors", "word_vectors", ("tokens", "words")),
            node("inner", "conv1d", "vectors", filters=8, kernel=3),
            node("relu", "relu", "inner"),
            node("outer", "conv1d", "relu", filters=4, kernel=1),
            node("logits", "word_logits", ("outer", "words")),
        ),
        ("logits",),
    )
    rng = np.random.default_rng(0)
    before, x = random_weights(tied, rng), rng.integers(9, size=(3, 5))
    edits = legal_edits(tied)
    assert {edit.node for edit in edits if isinstance(edit, Widen)} == {"inner"}
    for edit in edits:
        child = edit.apply(tied)
        after = edit.inherit(tied, child, before, Inheritance(rng))
        check_weights(child, after)
        np.testing.assert_array_equal(after["words"][0], before["words"][0])
        expected = interpret(tied, before, x)
        assert disagreement(expected, interpret(child, after, x)) <= TOLERANCE, str(edit)
    for node_id in ("outer", "vectors", "words", "logits"):
        with pytest.raises(ArchitectureError):
            Widen(node_id, 16).apply(tied)

"""Starters for text fit texts of any length, and can be edited."""

import pytest

from autonas.arch.text_starters import TEXT_STARTERS, TextShape, ngram_linear
from autonas.morph import legal_edits

TEXTS = [TextShape(1, 3, 1), TextShape(5, 10, 20), TextShape(400, 5000, 3000)]


@pytest.mark.parametrize("text", TEXTS, ids=str)
@pytest.mark.parametrize("name", sorted(TEXT_STARTERS))
def test_any_text_gives_a_network(name, text):
    architecture = TEXT_STARTERS[name](text, 7, 16)
    assert architecture.shapes[architecture.outputs[0]] == (7,)
    assert set(architecture.inputs) <= {"tokens", "terms"}


def test_the_linear_network_is_one_layer():
    architecture = ngram_linear(TextShape(5, 10, 20), 3)
    assert [each.op for each in architecture.nodes] == ["input", "dense"]
    assert architecture.parameters == 20 * 3 + 3


EDITS = {
    "ngram_mlp": {"widen", "deepen"},
    "text_cnn": {"widen", "deepen", "concat_skip"},
    "text_rnn": {"widen", "deepen", "concat_skip"},
    "transformer": {"widen", "deepen", "add_heads"},
}


@pytest.mark.parametrize("name", sorted(EDITS))
def test_edits_reach_every_starter(name):
    edits = legal_edits(TEXT_STARTERS[name](TextShape(12, 30, 20), 3, 16))
    assert {edit.kind for edit in edits} >= EDITS[name]


def test_edits_reach_the_embedding_the_units_the_feed_forward_layer_and_the_heads():
    def widened(name):
        architecture = TEXT_STARTERS[name](TextShape(12, 30, 20), 3, 32)
        edits = [edit for edit in legal_edits(architecture) if edit.kind in ("widen", "add_heads")]
        return {architecture[edit.node].op for edit in edits}

    assert widened("text_cnn") == {"embedding", "conv1d"}
    assert widened("text_rnn") == {"embedding", "conv1d", "lstm"}
    assert widened("transformer") == {"embedding", "conv1d", "self_attention"}

"""Setting choices of a network that a table knows."""

import json

import numpy as np
import pytest

from autonas.arch import Architecture, from_json, initial_weights, node, to_json
from autonas.arch.starters import plain_cnn
from autonas.errors import ArchitectureError
from autonas.morph import SetChoices, edit_from_json, edit_to_json, inherit, legal_edits, transfer
from autonas.morph.edit import Inheritance

OPTIONS = ("none", "pool", "conv")


def _network(first="none", second="pool"):
    nodes = (
        node("x", "input", shape=(1,)),
        node("a", "choice", "x", value=first, options=OPTIONS),
        node("b", "choice", "a", value=second, options=OPTIONS),
    )
    return Architecture(nodes, ("b",))


def test_it_sets_one_choice_or_several():
    assert SetChoices("a=conv").apply(_network()) == _network("conv")
    assert SetChoices("a=conv b=none").apply(_network()) == _network("conv", "none")
    assert SetChoices.of({"a": "conv", "b": "none"}) == SetChoices("a=conv b=none")


def test_every_other_value_of_every_choice_is_legal():
    expected = {"a=pool", "a=conv", "b=none", "b=conv"}
    assert {edit.choices for edit in SetChoices.legal(_network())} == expected
    assert list(SetChoices.legal(plain_cnn((8, 8, 1), 3, width=8))) == []


def test_morphisms_do_not_touch_choices():
    assert not any(isinstance(edit, SetChoices) for edit in legal_edits(_network(), shrink=True))


def test_edit_and_network_go_through_json():
    edit = SetChoices("a=conv b=none")
    assert edit_from_json(json.loads(json.dumps(edit_to_json(edit)))) == edit
    assert from_json(to_json(_network())) == _network()


def test_choices_own_no_weights():
    rng = np.random.default_rng(0)
    assert initial_weights(_network(), rng) == {}
    assert transfer(SetChoices("a=conv"), _network(), {}, rng) == {}


def test_the_weights_of_other_ops_are_kept():
    nodes = (*_network().nodes, node("y", "dense", "b", units=2))
    network = Architecture(nodes, ("y",))
    weights = initial_weights(network, np.random.default_rng(0))
    kept = inherit((SetChoices("a=conv"),), network, weights, Inheritance(np.random.default_rng(0)))
    assert all(np.array_equal(*pair) for pair in zip(kept["y"], weights["y"], strict=True))


def test_words_name_old_and_new():
    assert SetChoices("a=conv b=none").words(_network()) == "set a: none to conv, b: pool to none"


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ("c=conv", "must name an existing node"),
        ("x=conv", "it must name choices"),
        ("a=dense", "a value must be one of"),
        ("a", "must read node=value"),
        ("a=", "must read node=value"),
    ],
)
def test_what_does_not_fit_is_refused(choices, expected):
    with pytest.raises(ArchitectureError, match=expected):
        SetChoices(choices).apply(_network())


@pytest.mark.parametrize("options", [(), ("a", "a"), (1, 2)])
def test_options_must_be_names_that_differ(options):
    with pytest.raises(ArchitectureError, match="options of op 'choice' must be names that differ"):
        node("a", "choice", "x", value="a", options=options)


def test_a_choice_is_looked_up_and_not_computed():
    from autonas.arch import interpret

    with pytest.raises(ArchitectureError, match="A choice must be looked up in its table"):
        interpret(_network(), {}, {"x": np.zeros((1, 1))})

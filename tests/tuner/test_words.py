"""A trial in words."""

import pytest

from autonas.morph import Widen
from autonas.search.strategy import Proposal
from autonas.tuner.words import describe, reason
from tests.tuner.fakes import network

pytestmark = pytest.mark.tf  # the room of the tuner imports KerasTuner


def test_each_edit_is_told_of_the_network_that_it_edits():
    edits = (Widen("hidden", 8), Widen("hidden", 12))
    said = describe(Proposal(network(12), "0000", edits), network(4))
    assert said == "widen dense 4 to 8, then widen dense 8 to 12"


def test_a_proposal_without_a_parent_is_a_new_network():
    assert describe(Proposal(network(4)), None) == "new network of 2 layers"  # with weights


def test_a_proposal_without_edits_is_trained_further():
    assert describe(Proposal(network(4), "0000"), network(4)) == "the same network, trained further"


def test_the_reason_is_the_last_exception():
    chained = (
        "Traceback (most recent call last):\n  File a\nKeyError: 1\n\nDuring handling\n\n"
        "Traceback (most recent call last):\n  File b\nautonas.runtime.evaluator.TrialFailed: no memory\nmore\n"
    )
    assert reason(chained) == "no memory"
    assert reason("The objective must be finite.") == "The objective must be finite."
    assert reason(None) == "no reason given"

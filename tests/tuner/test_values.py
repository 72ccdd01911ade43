"""A proposal as a trial's values."""

import json

import keras_tuner
import pytest

from autonas.errors import ArchitectureError
from autonas.morph import Widen
from autonas.search.strategy import Proposal
from autonas.tuner.values import from_values, identity, to_values
from tests.tuner.fakes import network

pytestmark = pytest.mark.tf
CHILD = Proposal(network(8), "0003", (Widen("hidden", 8),))


@pytest.mark.parametrize("proposal", [CHILD, Proposal(network(4))])
def test_a_proposal_survives_keras_tuner_and_json(proposal):
    space = keras_tuner.HyperParameters()
    space.values = to_values(proposal)
    assert all(type(value) is str for value in space.values.values())
    stored = json.loads(json.dumps(space.get_config()))
    assert from_values(keras_tuner.HyperParameters.from_config(stored).values) == proposal


def test_identity_is_the_architectures_alone():
    assert identity(to_values(CHILD)) == identity(to_values(Proposal(network(8))))
    assert identity(to_values(CHILD)) != identity(to_values(Proposal(network(9))))


def test_values_without_a_proposal_are_refused():
    with pytest.raises(ArchitectureError, match=r"missing: \['architecture', 'edits', 'parent'\]"):
        from_values({"learning_rate": 0.1})

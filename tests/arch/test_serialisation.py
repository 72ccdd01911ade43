"""Architectures survive JSON; what is not known is refused."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autonas.arch import Architecture, content_id, from_json, node, to_json
from autonas.errors import ArchitectureError
from tests.arch.drawing import drawn

NETWORK = Architecture(
    (node("x", "input", shape=(4, 4, 2)), node("f", "flatten", "x"), node("d", "dense", "f", units=3)), ("d",)
)
DOCUMENT = json.loads(to_json(NETWORK))


@given(st.integers(0, 10**9))
def test_round_trip(seed):
    architecture = drawn(np.random.default_rng(seed), 14)
    again = from_json(to_json(architecture))
    assert again == architecture
    assert content_id(again) == content_id(architecture)
    assert to_json(again) == to_json(architecture)


def test_the_text_by_hand():
    small = Architecture((node("x", "input", shape=(3,)), node("r", "relu", "x")), ("r",))
    assert to_json(small) == (
        '{"format":"autonas.architecture","version":1,"nodes":['
        '{"id":"x","op":"input","inputs":[],"attrs":{"shape":[3]}},'
        '{"id":"r","op":"relu","inputs":["x"],"attrs":{}}],"outputs":["r"]}'
    )


def _with_dense(**changes):
    return {"nodes": [*DOCUMENT["nodes"][:2], {**DOCUMENT["nodes"][2], **changes}]}


REFUSED = [
    ({"version": 2}, "version must be 1, .* Received: 2. Use the autonas that wrote it"),
    ({"version": True}, "version must be 1"),
    ({"version": "1"}, "version must be 1"),
    ({"format": "keras"}, "format must be 'autonas.architecture'. Received: 'keras'"),
    ({"comment": "hello"}, r"with the keys \['format', 'nodes', 'outputs', 'version'\]. Received: \['comment', "),
    ({"nodes": 5}, "nodes must be a list. Received: 5"),
    ({"nodes": ["x"]}, "A node must be a JSON object with the keys .* Received: str"),
    ({"nodes": []}, "Outputs must name nodes"),
    ({"outputs": "d"}, "outputs must be a list. Received: 'd'"),
    ({"outputs": [["d"]]}, "a name in outputs must be a string"),
    ({"outputs": ["e"]}, r"Received: \['e'\]; not among the nodes"),
    (_with_dense(op="transformer"), "An op must be one of .* Received: 'transformer'"),
    (_with_dense(op=["dense"]), "op must be a string"),
    (_with_dense(attrs={"units": 3, "colour": "red"}), r"Received: \['colour'\]"),
    (_with_dense(attrs={"units": 3, "id": "e"}), r"Received: \['id'\]"),
    (_with_dense(attrs={"units": "3"}), "units of op 'dense' must be an int >= 1. Received: '3'"),
    (_with_dense(attrs={}), "needs the attribute 'units'"),
    (_with_dense(attrs=[]), "attrs must be an object"),
    (_with_dense(inputs="f"), "inputs must be a list"),
    (_with_dense(inputs=[0]), "a name in inputs must be a string"),
    (_with_dense(inputs=["d"]), r"Received: node 'd', which reads \['d'\] too early or not at all"),
    (_with_dense(op="conv", attrs={"filters": 3}), "Node 'd' does not fit its inputs: op 'conv' takes an image"),
    (_with_dense(id=5), "id must be a string"),
    (_with_dense(name="d"), r"A node must be .*\['attrs', 'id', 'inputs', 'op'\]. Received: .*'name'"),
]


@pytest.mark.parametrize(("changes", "says"), REFUSED)
def test_documents_that_break_a_rule_are_refused(changes, says):
    with pytest.raises(ArchitectureError, match=says):
        from_json(json.dumps({**DOCUMENT, **changes}))


@pytest.mark.parametrize("missing", ["format", "version", "nodes", "outputs"])
def test_a_missing_key_is_refused(missing):
    with pytest.raises(ArchitectureError, match="must be a JSON object with the keys"):
        from_json(json.dumps({key: value for key, value in DOCUMENT.items() if key != missing}))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "architecture", to_json(NETWORK)[:-1], None, b"{}"])
def test_what_is_not_an_architecture_in_json_is_refused(text):
    with pytest.raises(ArchitectureError, match=r"An architecture must be .* Received: "):
        from_json(text)

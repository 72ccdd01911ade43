"""The exported model's preprocessing of texts is the one that networks are trained on."""

import keras
import numpy as np
import pytest

from autonas.arch import initial_weights
from autonas.arch.text_starters import TEXT_STARTERS
from autonas.data import ClassTarget, check_texts, text_schema
from autonas.data.pipelines import network_input
from autonas.export import assemble, export
from autonas.export.preprocessing import preprocessing
from autonas.runtime.compile import compile_architecture, input_names
from autonas.runtime.weights import set_weights

pytestmark = pytest.mark.tf

MESSY = [
    "A plain text about a film.",
    "Breaks<br /><br />and <b>tags</b>; e-mail me@home.org -- it's 10/10!!!",
    "Été à la plage: STRASSE, straße, İstanbul ΣΊΣΥΦΟΣ",
    "blanks\u00a0of\u2003many\u3000kinds\x1cand\x85more\u2028here\tand\nthere",
    "🎬🍿 emoji film 👩‍👩‍👧",
    "",
    "   ",
    "...!?",
    "the the the the film film",
    "never seen words only",
    "“smart quotes” – dashes … and ‘more’",
    "x" * 300,
    "\x00 null and \ufffd replaced",
]
TRAIN = [*MESSY[:6], "the film, the plage; a film about breaks", "and more film"] * 2


@pytest.fixture(scope="module")
def schema():
    return text_schema(TRAIN, check_texts(TRAIN))


def test_keras_sees_what_was_trained_on(schema):
    raw, made = preprocessing(schema)
    seen = keras.Model(raw, made).predict(np.array(MESSY, dtype=object), verbose=0)
    encoded = schema.encode(check_texts(MESSY))
    assert np.array_equal(seen["tokens"], encoded["tokens"])
    assert np.allclose(seen["terms"], encoded["terms"].toarray(), atol=1e-6)


@pytest.fixture(scope="module", params=sorted(TEXT_STARTERS))
def network(request, schema):
    architecture = TEXT_STARTERS[request.param](schema.sizes, 2, 8)
    model = compile_architecture(architecture)
    set_weights(model, architecture, initial_weights(architecture, np.random.default_rng(0)))
    return model


def test_every_starter_is_exported_with_its_preprocessing(schema, network, tmp_path):
    model = assemble(network, schema, ClassTarget(np.array(["bad", "good"])))
    rows = np.array(MESSY, dtype=object)
    trained_on = network(network_input(schema.encode(rows), schema, input_names(network)), training=False)
    expected = np.asarray(keras.ops.softmax(trained_on))
    assert np.abs(model.predict(rows, verbose=0) - expected).max() < 1e-5
    export(model, tmp_path / "m.keras", "keras", sample=rows)  # which loads it again, and compares

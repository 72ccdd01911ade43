"""Texts: what is taken, what is refused, and how they become numbers."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from autonas.data import TextSchema, check_texts, schema_from_json, text_schema
from autonas.data.text import words_of
from autonas.errors import DataError

TEXTS = ["good film", "bad film, bad plot", "good plot; good END"]


def _schema(texts):
    return text_schema(texts, check_texts(texts))


@pytest.mark.parametrize(
    "given",
    [
        TEXTS,
        tuple(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        np.array(TEXTS)[:, None],
        pd.Series(TEXTS, index=[5, 3, 1]),
        pd.DataFrame({"text": TEXTS}),
        [text.encode() for text in TEXTS],
        np.array(TEXTS, dtype=np.dtypes.StringDType()) if hasattr(np.dtypes, "StringDType") else TEXTS,
    ],
    ids=["list", "tuple", "U", "object", "column", "series", "frame", "bytes", "StringDType"],
)
def test_every_form_gives_the_same_strings(given):
    checked = check_texts(given)
    assert checked.dtype == object
    assert checked.tolist() == TEXTS
    assert {type(text) for text in checked} == {str}


REFUSED = [
    ("good film", r"x must be a list or an array of texts. Received: 'good film'. .*\[x\]"),
    ([], "at least one text"),
    (["a", None], r"x\[1\] must be a string. Received: None. Remove what is missing"),
    (["a", float("nan")], r"x\[1\] must be a string. Received: nan. Remove what is missing"),
    (pd.Series(["a", pd.NA]), r"x\[1\] must be a string. .*Remove what is missing"),
    (["a", 3], r"x\[1\] must be a string. Received: 3. Convert it"),
    ([["a"], ["b"]], r"x\[0\] must be a string"),
    ([b"\xff\xfe"], r"x\[0\] must be UTF-8"),
    (np.array([["a", "b"]]), r"texts of shape \(n,\). Received: \(1, 2\)"),
    (pd.DataFrame({"a": ["x"], "b": ["y"]}), r"texts of shape \(n,\)"),
    ({"a": "b"}, "Received: 'dict'"),
    (None, "Received: 'NoneType'"),
    (7, "Received: 'int'"),
]


@pytest.mark.parametrize(("given", "says"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_is_no_text_is_refused(given, says):
    with pytest.raises(DataError, match=says):
        check_texts(given)


def test_texts_without_a_word_are_refused():
    with pytest.raises(DataError, match="texts of words"):
        _schema(["...", "", "!?"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't STOP, me-now!", ["dont", "stop", "menow"]),
        ("a<br /><br />b", ["abr", "br", "b"]),
        ("Été\u00a0ÉTÉ", ["Été\u00a0ÉtÉ".replace("t", "t")]),
        ("x\ty\nz\x0bw", ["x", "y", "z", "w"]),
        ("a\x1cb", ["a\x1cb"]),
        ("", []),
        ("🎬 film", ["🎬", "film"]),
    ],
)
def test_words_by_hand(text, words):
    assert words_of(text) == words


def test_numbers_by_hand():
    schema = _schema(TEXTS)
    assert schema.length == 4  # 2, 4 and 4 words
    assert set(schema.words) == {"good", "film", "bad", "plot", "end"}
    encoded = schema.encode(check_texts(["good cinema good plot", ""]))
    ids = {word: id for id, word in enumerate(schema.words, 2)}
    assert encoded["tokens"].tolist() == [[ids["good"], 1, ids["good"], ids["plot"]], [1, 0, 0, 0]]
    terms = encoded["terms"].toarray()
    assert terms.shape == (2, len(schema.terms) + 1)
    assert not terms[1].any()
    # idf = 1 + log((1 + 3) / (1 + 2)) for words in 2 of 3 texts, 1 + log(4 / 2) for the pair, which is in one.
    shared, rare = 1 + np.log(4 / 3), 1 + np.log(2)
    raw = {"good": (1 + np.log(2)) * shared, "plot": shared, "good plot": rare}
    length = np.sqrt(sum(value**2 for value in raw.values()))
    found = {schema.terms[column - 1]: terms[0, column] for column in np.nonzero(terms[0])[0]}
    assert found == pytest.approx({name: value / length for name, value in raw.items()}, rel=1e-6)


def test_terms_are_those_of_scikit_learns_vectorizer():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(list("abcdefgh"), rng.integers(1, 12))) for _ in range(50)]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+")
    expected = vectorizer.fit_transform(texts).toarray()
    schema = _schema(texts)
    assert list(schema.terms) == vectorizer.get_feature_names_out().tolist()
    assert np.allclose(schema.encode(check_texts(texts))["terms"].toarray()[:, 1:], expected, atol=1e-6)


def test_sizes_follow_the_texts():
    rng = np.random.default_rng(0)
    texts = ["w " * length + f"once{length}" for length in rng.permutation(np.arange(1, 301))]
    schema = _schema(texts)
    assert schema.words == ("w",)  # each of the other words stands in one text
    assert schema.length == 272  # of 2 to 301 words, the quantile of 0.9
    assert schema.sizes.vocabulary == 3


def test_a_schema_survives_json():
    schema = _schema(TEXTS)
    again = schema_from_json(json.loads(json.dumps(schema.to_json())))
    assert isinstance(again, TextSchema)
    assert (again.words, again.terms, again.idf, again.length) == (
        schema.words,
        schema.terms,
        schema.idf,
        schema.length,
    )


def test_half_a_surrogate_pair_is_replaced():
    assert check_texts(["a\ud800b"]).tolist() == ["a?b"]

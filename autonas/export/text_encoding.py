"""Texts to the numbers that the network beside this file reads: Python and NumPy, nothing else.

Beside m.onnx it is called m_onnx_encode.py, and goes by the vocabulary in m.onnx.vocabulary.json:

    from m_onnx_encode import encode
    session.run(None, encode(["a text", "another"]))

Words are what stands between ASCII blanks, in small ASCII letters, without ASCII punctuation.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

PUNCTUATION = b"!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"
UNKNOWN = "[UNK]"


def encode(texts: Any, vocabulary: Path | None = None) -> dict[str, np.ndarray]:
    """Return what the network reads, by input name: ids of words (n, length), or counts of terms (n, k), float32.

    Args:
        texts: a list of strings, or all inputs by name where there are several; those that are no texts pass unchanged.
        vocabulary: the JSON file; None for the one beside this file.
    """
    path = vocabulary or _vocabulary_beside(Path(__file__))
    held = json.loads(path.read_text("utf-8"))
    known, names = held["texts"], held["inputs"]
    given = texts if isinstance(texts, Mapping) else {each["reads"]: texts for each in known.values()}
    read = {each["reads"] for each in known.values()}
    numbers = {name: _numbers([words_of(text) for text in given[each["reads"]]], each) for name, each in known.items()}
    others = {name: given[name] for name in given if name not in read}
    return {names.get(name, name): numbers_of for name, numbers_of in {**others, **numbers}.items()}


def _vocabulary_beside(module: Path) -> Path:
    stem, _, kind = module.name.removesuffix("_encode.py").rpartition("_")
    return module.with_name(f"{stem}.{kind}.vocabulary.json")


def words_of(text: str) -> list[str]:
    """Return the words of a text."""
    return [word.decode() for word in text.encode().lower().translate(None, PUNCTUATION).split()]


def _numbers(split: Sequence[list[str]], known: Mapping[str, Any]) -> np.ndarray:
    places = {word: place for place, word in enumerate(known["vocabulary"])}
    unknown = places[UNKNOWN]
    width = known.get("length") or len(places)
    numbers = np.zeros((len(split), width), np.float32)
    for row, words in zip(numbers, split, strict=True):
        found = [places.get(term, unknown) for term in _terms(words, known["ngrams"])]
        if "length" in known:
            row[: len(found)] = found[:width]
        else:
            np.add.at(row, found, 1.0)
    return numbers


def _terms(words: list[str], most: int) -> list[str]:
    """Return the words, and what stands side by side, up to so many words."""
    return [" ".join(words[at : at + n]) for n in range(1, most + 1) for at in range(len(words) - n + 1)]

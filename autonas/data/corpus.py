"""A text as a stream of words: what a language model learns from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autonas.errors import DataError, message

UNKNOWN, END = "<unk>", "<eos>"
_WORDS = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[^\sa-z0-9]")
_PARAGRAPH = re.compile(r"\n\s*\n")


@dataclass(frozen=True, eq=False)
class Corpus:
    """Three parts of a text, as ids of words.

    Attributes:
        train, validation, test: (n,) int32.
        vocabulary: the words by id; every word of the training part that is common enough.
    """

    train: NDArray[np.int32]
    validation: NDArray[np.int32]
    test: NDArray[np.int32]
    vocabulary: tuple[str, ...]


def corpus(train: Sequence[str], validation: Sequence[str], test: Sequence[str], least: int = 1) -> Corpus:
    """Return the corpus of three lists of words.

    Args:
        train, validation, test: words in order.
        least: how often a word must stand in ``train``; rarer ones, and those of other parts alone, are ``<unk>``.

    Raises:
        DataError: a part has fewer than two words.
    """
    for name, part in (("train", train), ("validation", validation), ("test", test)):
        if len(part) < 2:
            raise DataError(message(name, "two words at least", len(part), "Give a longer text"))
    counts = Counter(train)
    common = [word for word, count in counts.most_common() if count >= least and word != UNKNOWN]
    vocabulary = (UNKNOWN, *common)
    ids = {word: id for id, word in enumerate(vocabulary)}

    def encode(words: Iterable[str]) -> NDArray[np.int32]:
        return np.array([ids.get(word, 0) for word in words], np.int32)

    return Corpus(encode(train), encode(validation), encode(test), vocabulary)


def words_of_prose(text: str) -> list[str]:
    """Return the words and marks of a text in small letters, with ``<eos>`` at the end of every paragraph."""
    paragraphs = (_WORDS.findall(each.lower()) for each in _PARAGRAPH.split(text))
    return [word for words in paragraphs if words for word in (*words, END)]


def words_of_lines(text: str) -> list[str]:
    """Return what blanks part, with ``<eos>`` at the end of every line: a text that others have prepared so."""
    return [word for line in text.splitlines() if line.strip() for word in (*line.split(), END)]

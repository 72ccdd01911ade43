"""What text may be, and how it becomes numbers.

A text is a string. It becomes two inputs, of which a network reads one or both (`autonas.arch.text_starters`):

======== ============================================================================= ================
input    what it holds                                                                 form
======== ============================================================================= ================
tokens   ids of its first words: 0 for padding, 1 for an unknown word                  (n, length) int32
terms    tf-idf of its words and pairs of words: (1 + log count) idf, of length 1      (n, d) sparse
======== ============================================================================= ================

Words are what `keras.layers.TextVectorization` makes of a string, so that the exported model, which has that layer in
it, sees what was trained on: ASCII letters become small, ASCII punctuation vanishes, ASCII blanks part words. That is
done here on UTF-8 bytes, where Python's own methods know ASCII alone. Column 0 of the terms is that of unknown ones,
and always 0. A text without a word is one unknown word.

How many words and terms are known, and how long a sequence is, follows the training texts: what only one text has
is left out where there are enough texts, and nine texts of ten fit into a sequence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from autonas.arch.text_starters import TERMS, TOKENS, TextShape
from autonas.data.doors.texts import arrive_texts, enter_texts
from autonas.data.schema import Reader, Shapes
from autonas.errors import DataError, message

PUNCTUATION = b"!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"
RESERVED = 2  # ids of padding and of unknown words
NGRAMS = 2  # words in a row that a term has at most

_FITTING = 0.9  # share of the texts that fit into a sequence
_ENOUGH = 200  # texts from which on a word must be in two of them
_MOST_WORDS, _MOST_TERMS = 30_000, 100_000  # what memory bounds: the commonest are kept


@dataclass(frozen=True, eq=False)
class TextSchema:
    """What the training texts looked like: new ones are read by it."""

    kind: ClassVar[str] = "text"

    words: tuple[str, ...]  # words by id, from RESERVED on
    terms: tuple[str, ...]  # terms by column, from 1 on
    idf: tuple[float, ...]  # (d - 1,) weights of the terms
    length: int  # words in a sequence

    @property
    def shape(self) -> Shapes:
        """Shape of one text as a network sees it, by input name."""
        return {TOKENS: (self.length,), TERMS: (len(self.terms) + 1,)}

    @property
    def sizes(self) -> TextShape:
        """What a network needs to know."""
        return TextShape(self.length, len(self.words) + RESERVED, len(self.terms) + 1)

    def check(self, x: Any, *, name: str = "x") -> NDArray[np.object_]:
        """Return x as an array (n,) of strings; raise DataError where it is not that."""
        return check_texts(x, name=name)

    def encode(self, rows: NDArray[np.object_]) -> dict[str, Any]:
        """Return the numbers of checked texts by input name."""
        split = [words_of(text) for text in rows]
        return {TOKENS: self._tokens(split), TERMS: self._terms(split)}

    def feed(self, rows: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return checked texts as the exported model takes them: as they are."""
        return rows

    def to_json(self) -> dict[str, Any]:
        """Return the schema as JSON-able values."""
        lists = {name: list(getattr(self, name)) for name in ("words", "terms", "idf")}
        return {"kind": self.kind, **lists, "length": self.length}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> "TextSchema":
        """Return the schema that `to_json` wrote."""
        words, terms, idf = (tuple(state[name]) for name in ("words", "terms", "idf"))
        return cls(words, terms, tuple(map(float, idf)), int(state["length"]))

    @cached_property
    def _ids(self) -> Mapping[str, int]:
        return {word: id for id, word in enumerate(self.words, RESERVED)}

    def _tokens(self, split: Sequence[list[str]]) -> NDArray[np.int32]:
        """Return ids (n, length), 0 after the end."""
        ids, known = np.zeros((len(split), self.length), np.int32), self._ids
        for row, words in zip(ids, split, strict=True):
            found = [known.get(word, 1) for word in words[: self.length]] or [1]
            row[: len(found)] = found
        return ids

    def _terms(self, split: Sequence[list[str]]) -> scipy.sparse.csr_matrix:
        """Return tf-idf weights (n, d), rows of length 1 or, where no term is known, of zeros."""
        counts = _counter(vocabulary=self.terms).transform(split)
        counts.data = 1.0 + np.log(counts.data, dtype=np.float64)
        weighted = counts.multiply(np.asarray(self.idf)[None, :]).tocsr()
        lengths = np.sqrt(weighted.multiply(weighted).sum(axis=1)).A1
        scaled = scipy.sparse.diags(1.0 / np.maximum(lengths, 1e-12)) @ weighted
        first = scipy.sparse.csr_matrix((len(split), 1))
        return scipy.sparse.hstack([first, scaled], format="csr", dtype=np.float32)


def words_of(text: str) -> list[str]:
    """Return the words of a text, as `keras.layers.TextVectorization` splits it."""
    return [word.decode() for word in text.encode().lower().translate(None, PUNCTUATION).split()]


def check_texts(x: Any, *, name: str = "x") -> NDArray[np.object_]:
    """Return texts as an array (n,) of strings: from a list, an array or a pandas column; bytes must be UTF-8.

    Raises DataError for anything that is not a text, with where it stands.
    """
    if isinstance(x, str | bytes):
        remedy = f"Give a list of texts; a single one goes in as [{name}]"
        raise DataError(message(name, "a list or an array of texts", x, remedy))
    texts = _listed(x, name)
    if not texts:
        raise DataError(message(name, "at least one text", "none", "Give texts"))
    checked = np.empty(len(texts), dtype=object)
    checked[:] = [_text(text, f"{name}[{place}]") for place, text in enumerate(texts)]
    return checked


def _listed(x: Any, name: str) -> list[Any]:
    remedy = "Give one string a text; of a table, one column"
    shape = getattr(x, "shape", None)
    if shape is not None:
        if len(shape) == 2 and shape[1] == 1:
            x = np.asarray(x, dtype=object)[:, 0]
        elif len(shape) != 1:
            raise DataError(message(name, "texts of shape (n,)", tuple(shape), remedy))
    if isinstance(x, Mapping) or not isinstance(x, Iterable):
        raise DataError(message(name, "a list or an array of texts", type(x).__name__, remedy))
    return list(x)


def _text(text: Any, place: str) -> str:
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            raise DataError(message(place, "UTF-8 where it is bytes", text, "Read it with its own encoding")) from error
    if not isinstance(text, str):
        missing = text is None or (isinstance(text, float) and np.isnan(text)) or type(text).__name__ == "NAType"
        remedy = "Remove what is missing, or use an empty text" if missing else "Convert it with str(...)"
        raise DataError(message(place, "a string", text, remedy))
    # A half of a surrogate pair is no character and has no UTF-8 form.
    return str(text) if text.isascii() else text.encode("utf-8", "replace").decode()


def text_schema(x: Any, train: NDArray[np.object_]) -> TextSchema:
    """Describe the checked training texts (n,); ``x`` as it was given says no more.

    Raises DataError where there is not one word in them.
    """
    split = [words_of(text) for text in train]
    lengths = [len(words) for words in split]
    if not any(lengths):
        raise DataError(message("x", "texts of words", train[0], "Give texts with words in them"))
    fewest = 2 if len(train) >= _ENOUGH else 1
    counter = _counter(min_df=fewest)
    try:
        counts = counter.fit_transform(split)
    except ValueError:  # no term stands in two texts
        counter = _counter()
        counts = counter.fit_transform(split)
    terms = counter.get_feature_names_out()
    in_texts = np.asarray((counts > 0).sum(axis=0)).ravel()
    kept = np.sort(np.argsort(-in_texts, kind="stable")[:_MOST_TERMS])
    idf = TfidfTransformer(smooth_idf=True).fit(counts[:, kept]).idf_
    single = [column for column in np.argsort(-in_texts, kind="stable") if " " not in terms[column]][:_MOST_WORDS]
    length = max(int(np.ceil(np.quantile(lengths, _FITTING))), 1)
    return TextSchema(tuple(terms[single].tolist()), tuple(terms[kept].tolist()), tuple(idf.tolist()), length)


def _counter(min_df: int = 1, vocabulary: Sequence[str] | None = None) -> CountVectorizer:
    """What counts the words and pairs of words in texts that are lists of words."""
    return CountVectorizer(analyzer=_terms_of, min_df=min_df, vocabulary=vocabulary)


def _terms_of(words: list[str]) -> list[str]:
    return words + [f"{first} {second}" for first, second in pairwise(words)]


TEXTS = Reader(check=check_texts, describe=text_schema, example="text", enter=enter_texts, arrivals=arrive_texts)
"""How texts are read."""

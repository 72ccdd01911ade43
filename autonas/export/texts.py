"""What stands before a network of texts in an exported model: strings in, ids of words and tf-idf weights out.

`autonas.data.text` does the same in Python; a test holds both to each other.
"""

from typing import Any

import keras
import numpy as np

from autonas.arch.text_starters import TERMS, TOKENS
from autonas.data.text import NGRAMS, TextSchema

TEXT = "text"  # the input


def text_preprocessing(schema: TextSchema) -> tuple[Any, dict[str, Any]]:
    """Return raw texts (n,), strings, and what networks read of them: ids of words, and tf-idf weights of terms."""
    text = keras.Input((), dtype="string", name=TEXT)
    return text, {TOKENS: _tokens(schema, text), TERMS: _terms(schema, text)}


def _tokens(schema: TextSchema, text: Any) -> Any:
    """Return ids (n, length) as float32; a text without a word has one unknown one."""
    layer = keras.layers.TextVectorization(
        vocabulary=list(schema.words), output_sequence_length=schema.length, name="words"
    )
    ids = keras.ops.cast(layer(text), "float32")
    places = keras.ops.cumsum(keras.ops.ones_like(ids), axis=1)
    wordless = keras.ops.equal(keras.ops.max(ids, axis=1, keepdims=True), 0.0)
    return ids + keras.ops.cast(keras.ops.logical_and(wordless, keras.ops.equal(places, 1.0)), "float32")


def _terms(schema: TextSchema, text: Any) -> Any:
    """Return tf-idf weights (n, d)."""
    counts = keras.layers.TextVectorization(
        vocabulary=list(schema.terms), ngrams=NGRAMS, output_mode="count", name="terms"
    )(text)
    # 1 + log(count), and 0 for 0.
    grown = keras.ops.minimum(counts, 1.0) + keras.ops.log(keras.ops.maximum(counts, 1.0))
    idf = keras.layers.EinsumDense(
        "nd,d->nd", output_shape=(len(schema.idf) + 1,), bias_axes=None, trainable=False, dtype="float32", name="idf"
    )
    weighted = idf(grown)
    idf.set_weights([np.array([0.0, *schema.idf], np.float32)])
    # In ops: LiteRT's form of keras.layers.UnitNormalization makes NaN of a row of zeros.
    squared = keras.ops.sum(keras.ops.square(weighted), axis=1, keepdims=True)
    return weighted / keras.ops.sqrt(keras.ops.maximum(squared, 1e-24))

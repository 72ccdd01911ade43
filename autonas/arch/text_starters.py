"""Starter networks for text: where a search begins.

Text enters in two forms, each an input of its own name, and a network reads one of them or both:

======== ================================================================ ============
input    what it holds                                                    shape
======== ================================================================ ============
tokens   ids of the words in order, 0 for padding                         (length,)
terms    tf-idf weights of single words and of words in a row             (features,)
======== ================================================================ ============

Each starter returns logits (or values) and takes its width as a setting.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from autonas.arch.architecture import Architecture
from autonas.arch.drawing import Drawing

TOKENS, TERMS = "tokens", "terms"


@dataclasses.dataclass(frozen=True)
class TextShape:
    """What a network needs to know of a text.

    Attributes:
        length: words in a sequence.
        vocabulary: how many ids there are, those for padding and for unknown words included.
        terms: how many tf-idf features there are.
    """

    length: int
    vocabulary: int
    terms: int


def ngram_linear(text: TextShape, outputs: int, width: int = 0) -> Architecture:
    """One dense layer over the tf-idf weights: logistic or ridge regression. ``width`` has no part in it."""
    draw = Drawing(TERMS, (text.terms,))
    return draw.end(outputs)


def ngram_mlp(text: TextShape, outputs: int, width: int = 32) -> Architecture:
    """One hidden layer of ``width`` units over the tf-idf weights."""
    draw = Drawing(TERMS, (text.terms,))
    draw.put("dense", units=width)
    draw.put("relu")
    draw.put("dropout", rate=0.5)
    return draw.end(outputs)


def text_cnn(text: TextShape, outputs: int, width: int = 32) -> Architecture:
    """Convolutions of several windows side by side, each with a global max pool (Kim 2014), beside the mean embedding.

    The mean is all that a bag of words needs (Joulin et al. 2017) and learns in few steps; the maxima take longer.

    Args:
        text: sizes of the input.
        outputs: number of logits or values.
        width: of the embedding, and filters of each convolution.
    """
    draw = Drawing(TOKENS, (text.length,))
    words = _embedded(draw, text, width)
    pooled = [draw.put("global_avg_pool1d", (words, TOKENS))]
    for window in (2, 3, 5):
        if window <= max(text.length, 1):
            draw.put("conv1d", words, filters=width, kernel=window)
            draw.put("relu")
            draw.put("mask", (draw.last, TOKENS))
            pooled.append(draw.put("global_max_pool1d"))
    if len(pooled) > 1:
        draw.put("concat", tuple(pooled))
    draw.put("batch_norm")  # a mean over a long text is far smaller than a maximum
    draw.put("dropout", rate=0.5)
    return draw.end(outputs)


def text_rnn(text: TextShape, outputs: int, width: int = 16) -> Architecture:
    """A convolution and a pool, then an LSTM in both directions over the shorter sequence (Zhou et al. 2015).

    An LSTM takes its steps one after the other, so that long texts are first brought to about 50 places.

    Args:
        text: sizes of the input.
        outputs: number of logits or values.
        width: of the embedding, filters of the convolution, and units of each direction.
    """
    draw = Drawing(TOKENS, (text.length,))
    read = _shortened(draw, text, width)
    ways = [draw.put("lstm", read, units=width, backwards=way, sequences=True) for way in (False, True)]
    draw.put("concat", tuple(ways))
    draw.put("global_max_pool1d")
    draw.put("dropout", rate=0.5)
    return draw.end(outputs)


def around_cell(text: TextShape, outputs: int, width: int, cell: Mapping[str, Any]) -> Architecture:
    """As `text_rnn`, but with one recurrent layer of the given tree cell.

    Args:
        text: sizes of the input.
        outputs: number of logits or values.
        width: of the embedding, filters of the convolution, and units of the cell.
        cell: ``nodes``, ``inject`` and ``indices`` of a ``tree_rnn``.
    """
    draw = Drawing(TOKENS, (text.length,))
    _shortened(draw, text, width)
    draw.put("tree_rnn", units=width, sequences=True, **cell)
    draw.put("global_max_pool1d")
    draw.put("dropout", rate=0.5)
    return draw.end(outputs)


def transformer(text: TextShape, outputs: int, width: int = 32) -> Architecture:
    """One block of self-attention and feed-forward layers, normalised first (Vaswani et al. 2017; Xiong et al. 2020).

    Attention costs the square of the length, so long texts are first brought to about 100 places by a pool.

    Args:
        text: sizes of the input.
        outputs: number of logits or values.
        width: of the embedding and of the block; the feed-forward layer has twice as much.
    """
    draw = Drawing(TOKENS, (text.length,))
    words = draw.put("embedding", tokens=text.vocabulary, width=width)
    places = draw.put("position_embedding", TOKENS, width=width)
    draw.put("add", (words, places))
    draw.put("dropout", rate=0.2)
    stream = draw.put("mask", (draw.last, TOKENS))
    beside: tuple[str, ...] = (TOKENS,)
    if text.length > _ATTENDED:
        size = -(-text.length // _ATTENDED)
        stream = draw.put("avg_pool1d", size=size, stride=size)
        beside = ()  # ids do not fit any more; what was padding is zero
    heads = max(width // 16, 1)
    normal = draw.put("layer_norm")
    attended = draw.put("self_attention", (normal, *beside), heads=heads, key=width // heads, units=width)
    stream = draw.put("add", (stream, attended))
    draw.put("layer_norm")
    draw.put("conv1d", filters=2 * width, kernel=1)
    draw.put("relu")
    inner = draw.put("conv1d", filters=width, kernel=1)
    draw.put("add", (stream, inner))
    draw.put("layer_norm")
    draw.put("global_avg_pool1d", (draw.last, *beside))
    draw.put("dropout", rate=0.3)
    return draw.end(outputs)


_ATTENDED, _READ = 128, 48  # places, at most


def _shortened(draw: Drawing, text: TextShape, width: int) -> str:
    """Draw an embedding, a convolution, and a pool that leaves about 50 places."""
    _embedded(draw, text, width)
    draw.put("conv1d", filters=width, kernel=3, bias=False)
    draw.put("batch_norm")  # embeddings are small at first, and gates would hardly open
    draw.put("relu")
    draw.put("mask", (draw.last, TOKENS))
    if text.length > _READ:
        size = -(-text.length // _READ)
        draw.put("max_pool1d", size=size, stride=size)
    return draw.last


def _embedded(draw: Drawing, text: TextShape, width: int) -> str:
    """Draw an embedding with dropout, zero where there is padding."""
    draw.put("embedding", tokens=text.vocabulary, width=width)
    draw.put("dropout", rate=0.3)
    return draw.put("mask", (draw.last, TOKENS))


TEXT_STARTERS: dict[str, Callable[..., Architecture]] = {
    "ngram_linear": ngram_linear,
    "ngram_mlp": ngram_mlp,
    "text_cnn": text_cnn,
    "transformer": transformer,
    "text_rnn": text_rnn,
}
"""Every starter by name, the cheapest first: ``(text, outputs, width) -> Architecture``."""

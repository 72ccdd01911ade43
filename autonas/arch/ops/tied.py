"""Weight tying (Press & Wolf 2017; Inan et al. 2017): what embeds words and what tells the next one is one matrix.

A node owns its arrays, so the matrix is a node of its own, `vocabulary`, without inputs; `word_vectors` and
`word_logits` own nothing and read it by an edge. So weights, their number, JSON and content ids are right by
themselves. No edit may change the matrix, nor the width of what is compared with it.
"""

from __future__ import annotations

import math

import numpy as np

from autonas.arch.op import Array, Attrs, Op, Shape, WeightSpec, positive_int, register


def _matrix_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    return int(attrs["tokens"]), int(attrs["width"])  # type: ignore[arg-type]


def _matrix(attrs: Attrs, inputs: tuple[Shape, ...]) -> tuple[WeightSpec, ...]:
    return (WeightSpec("embeddings", _matrix_shape(attrs, inputs), (None, None), "small"),)


def _vectors_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    ids, matrix = inputs
    if len(ids) != 1 or len(matrix) != 2:
        raise ValueError(f"op 'word_vectors' takes ids (length,) and a vocabulary (tokens, width). Received: {inputs}")
    return ids[0], matrix[1]


def _logits_shape(attrs: Attrs, inputs: tuple[Shape, ...]) -> Shape:
    sequence, matrix = inputs
    if len(sequence) != 2 or len(matrix) != 2 or sequence[1] != matrix[1]:
        expected = "op 'word_logits' takes (length, width) and a vocabulary (tokens, width)"
        raise ValueError(f"{expected}. Received: {inputs}")
    return sequence[0], matrix[0]


def _compare(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    sequence, matrix = inputs
    y: Array = sequence @ matrix.T
    return y


def _look_up(attrs: Attrs, inputs: tuple[Array, ...], weights: tuple[Array, ...]) -> Array:
    ids, matrix = inputs
    y: Array = matrix[ids.astype(np.int64)]
    return y


register(
    Op(
        "vocabulary",
        channels="source",
        sign="loses",
        arity=(0, 0),
        attributes={"tokens": positive_int(), "width": positive_int()},
        shape=_matrix_shape,
        weights=_matrix,
        flops=lambda attrs, inputs, output: 0,
        reference=lambda attrs, inputs, weights: weights[0],  # the one value without a batch axis
        words=lambda attrs: f"vocabulary of {attrs['tokens']}, {attrs['width']}",
    )
)
register(
    Op(
        "word_vectors",
        channels="source",
        sign="loses",
        arity=(2, 2),
        ids=(0,),
        shape=_vectors_shape,
        flops=lambda attrs, inputs, output: math.prod(output),
        reference=_look_up,
        words=lambda attrs: "word vectors",
    )
)
register(
    Op(
        "word_logits",
        channels="rigid",
        sign="loses",
        arity=(2, 2),
        shape=_logits_shape,
        flops=lambda attrs, inputs, output: 2 * math.prod(output) * inputs[1][1],
        reference=_compare,
        words=lambda attrs: "word logits",
    )
)

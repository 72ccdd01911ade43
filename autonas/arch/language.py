"""Language models as architectures: at every place of a text, logits of the word that comes next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autonas.arch.architecture import Architecture
from autonas.arch.drawing import Drawing

TOKENS = "tokens"


def language_network(
    length: int,
    vocabulary: int,
    units: int,
    cell: Mapping[str, Any] | None = None,
    dropout: float = 0.2,
    tied: bool = False,
) -> Architecture:
    """Return an embedding, one recurrent layer, and a dense layer at every place.

    Args:
        length: words that are read at once.
        vocabulary: how many words there are.
        units: of the embedding and of the recurrent layer.
        cell: ``nodes``, ``inject`` and ``indices`` of a ``tree_rnn``; None: an LSTM.
        dropout: share of the embedding, and of what the layer gives, that is left out in training.
        tied: the embedding's matrix tells the next word too, in place of the dense layer (`autonas.arch.ops.tied`).
    """
    draw = Drawing(TOKENS, (length,))
    matrix = draw.put("vocabulary", (), tokens=vocabulary, width=units) if tied else None
    if matrix is None:
        draw.put("embedding", tokens=vocabulary, width=units)
    else:
        draw.put("word_vectors", (TOKENS, matrix))
    draw.put("dropout", rate=dropout)
    if cell is None:
        draw.put("lstm", units=units, sequences=True)
    else:
        draw.put("tree_rnn", units=units, sequences=True, **cell)
    last = draw.put("dropout", rate=dropout)
    if matrix is None:
        logits = draw.put("conv1d", filters=vocabulary, kernel=1)
    else:
        logits = draw.put("word_logits", (last, matrix))
    return Architecture(tuple(draw.nodes), (logits,))

"""Language models as architectures: at every place of a text, logits of the word that comes next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autonas.arch.architecture import Architecture
from autonas.arch.drawing import Drawing

TOKENS = "tokens"


def language_network(
    length: int, vocabulary: int, units: int, cell: Mapping[str, Any] | None = None, dropout: float = 0.2
) -> Architecture:
    """Return an embedding, one recurrent layer, and a dense layer at every place.

    Args:
        length: words that are read at once.
        vocabulary: how many words there are.
        units: of the embedding and of the recurrent layer.
        cell: ``nodes``, ``inject`` and ``indices`` of a ``tree_rnn``; None: an LSTM.
        dropout: share of the embedding, and of what the layer gives, that is left out in training.
    """
    draw = Drawing(TOKENS, (length,))
    draw.put("embedding", tokens=vocabulary, width=units)
    draw.put("dropout", rate=dropout)
    if cell is None:
        draw.put("lstm", units=units, sequences=True)
    else:
        draw.put("tree_rnn", units=units, sequences=True, **cell)
    draw.put("dropout", rate=dropout)
    logits = draw.put("conv1d", filters=vocabulary, kernel=1)
    return Architecture(tuple(draw.nodes), (logits,))

"""The ops that come with autonas; importing this package fills the registry."""

from autonas.arch.ops import (
    activation,
    attention,
    cell,
    choice,
    convolution,
    dense,
    embedding,
    masking,
    merging,
    normalisation,
    pooling,
    rectangles,
    recurrent,
    shaping,
    tied,
    tree_rnn,
)

__all__ = [
    "activation",
    "attention",
    "cell",
    "choice",
    "convolution",
    "dense",
    "embedding",
    "masking",
    "merging",
    "normalisation",
    "pooling",
    "rectangles",
    "recurrent",
    "shaping",
    "tied",
    "tree_rnn",
]

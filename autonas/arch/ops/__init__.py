"""The ops that come with autonas; importing this package fills the registry."""

from autonas.arch.ops import activation, choice, convolution, dense, merging, normalisation, pooling, shaping

__all__ = ["activation", "choice", "convolution", "dense", "merging", "normalisation", "pooling", "shaping"]

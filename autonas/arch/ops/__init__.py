"""The ops that come with autonas; importing this package fills the registry."""

from autonas.arch.ops import activation, convolution, dense, merging, normalisation, pooling, shaping

__all__ = ["activation", "convolution", "dense", "merging", "normalisation", "pooling", "shaping"]

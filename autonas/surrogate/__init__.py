"""Surrogates: what a search expects of a network it has not tried. Graph kernels, Gaussian process, acquisition."""

from autonas.surrogate.acquisition import expected_improvement, upper_confidence_bound
from autonas.surrogate.edit_distance import edit_distance, edit_distances
from autonas.surrogate.embedding import EMBEDDINGS, Embedding, bourgain_embedding, wl_embedding
from autonas.surrogate.gaussian_process import GaussianProcess, condition, fit
from autonas.surrogate.kernel import Kernel, Layout
from autonas.surrogate.scores import SCORES, rank_gauss, standardise
from autonas.surrogate.weisfeiler_lehman import Features, features, label_counts

__all__ = [
    "EMBEDDINGS",
    "SCORES",
    "Embedding",
    "Features",
    "GaussianProcess",
    "Kernel",
    "Layout",
    "bourgain_embedding",
    "condition",
    "edit_distance",
    "edit_distances",
    "expected_improvement",
    "features",
    "fit",
    "label_counts",
    "rank_gauss",
    "standardise",
    "upper_confidence_bound",
    "wl_embedding",
]

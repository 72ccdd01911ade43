"""Weights stand beside an architecture: ``dict[node id, tuple of arrays]``, in the order of the op's specifications."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from autonas.arch.architecture import Architecture
from autonas.arch.op import Array, Shape, WeightSpec
from autonas.errors import ArchitectureError

Weights = Mapping[str, tuple[Array, ...]]


def initial_weights(architecture: Architecture, rng: np.random.Generator) -> dict[str, tuple[Array, ...]]:
    """Return fresh float32 weights.

    He et al. 2015 for convs, Glorot & Bengio 2010 for dense layers, attention and recurrence, N(0, 0.05^2) for
    embeddings, zeros and ones elsewhere.
    """
    return {name: tuple(initial_array(spec, rng) for spec in specs) for name, specs in architecture.weights.items()}


def initial_array(spec: WeightSpec, rng: np.random.Generator) -> Array:
    """Return one fresh float32 array of ``spec``."""
    if spec.initial in ("zeros", "ones"):
        return np.full(spec.shape, 0.0 if spec.initial == "zeros" else 1.0, np.float32)
    variance = _variance(spec)
    return (rng.standard_normal(spec.shape) * math.sqrt(variance)).astype(np.float32)


def _variance(spec: WeightSpec) -> float:
    """Variance of a random initial distribution."""
    if spec.initial == "small":
        return 0.05**2
    if spec.initial == "recurrent":
        return 1.0 / spec.shape[0]
    if spec.initial == "leaves":  # what several leaves read of one state is added up again
        return 1.0 / spec.shape[-1]
    if spec.initial == "attention":
        read = math.prod(spec.shape[:-1] if spec.axes[-1] == "out" else spec.shape[:1])
        return 2.0 / (read + math.prod(spec.shape) // read)
    fan_in, fan_out = _fans(spec)
    return 2.0 / fan_in if spec.initial == "he" else 2.0 / (fan_in + fan_out)


def check_weights(architecture: Architecture, weights: Weights) -> None:
    """Raise `ArchitectureError` unless ``weights`` holds exactly the arrays that ``architecture`` needs."""
    expected: dict[str, tuple[Shape, ...]] = {
        name: tuple(spec.shape for spec in specs) for name, specs in architecture.weights.items()
    }
    received = {name: tuple(array.shape for array in arrays) for name, arrays in weights.items()}
    if expected != received:
        wrong = sorted(name for name in expected.keys() | received.keys() if expected.get(name) != received.get(name))
        name = wrong[0]
        raise ArchitectureError(
            f"Weights must fit the architecture; {len(wrong)} nodes differ. "
            f"Expected for '{name}': {expected.get(name)}. Received: {received.get(name)}."
        )


def _fans(spec: WeightSpec) -> tuple[int, int]:
    """Inputs and outputs of one unit: an axis without a role is a window's, and belongs to both."""
    pairs = list(zip(spec.axes, spec.shape, strict=True))
    window = math.prod(size for role, size in pairs if role is None)
    summed = math.prod(size for role, size in pairs if role == "in")
    made = math.prod(size for role, size in pairs if role in ("out", "gates"))
    return window * summed, window * (made if summed > 1 else 1)

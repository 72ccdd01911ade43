"""Weights both ways between a Keras model and ``dict[node id, tuple of arrays]``, and to disk."""

from __future__ import annotations

import zipfile
from pathlib import Path

import keras
import numpy as np

from autonas.arch import Architecture, Weights, check_weights
from autonas.errors import ArchitectureError
from autonas.morph import Arrays
from autonas.runtime.compile import PARTS
from autonas.runtime.files import replacing


def set_weights(model: keras.Model, architecture: Architecture, weights: Weights) -> None:
    """Put ``weights`` into ``model``, which `compile_architecture` made of ``architecture``.

    Raises:
        ArchitectureError: an array is missing or has another shape.
    """
    check_weights(architecture, weights)
    for id, arrays in weights.items():
        for variable, array in zip(variables_of(model, architecture, id), arrays, strict=True):
            variable.assign(array)


def get_weights(model: keras.Model, architecture: Architecture) -> Arrays:
    """Return the arrays of ``model`` by node id."""
    return {
        id: tuple(keras.ops.convert_to_numpy(variable) for variable in variables_of(model, architecture, id))
        for id in architecture.weights
    }


def variables_of(model: keras.Model, architecture: Architecture, id: str) -> list[keras.Variable]:
    """Return the variables of node ``id``, in the order of its arrays."""
    each = architecture[id]
    names = PARTS[each.op](each) if each.op in PARTS else (id,)
    return [variable for name in names for variable in model.get_layer(name).weights]


def save_weights(weights: Weights, path: Path) -> None:
    """Write ``weights`` to the ``.npz`` file ``path``, whole or not at all."""
    with replacing(path) as temporary:
        np.savez(temporary, **{f"{id}/{k}": array for id, arrays in weights.items() for k, array in enumerate(arrays)})


def load_weights(path: Path, architecture: Architecture) -> Arrays:
    """Return the weights that `save_weights` wrote to ``path``.

    Raises:
        ArchitectureError: the file cannot be read, or holds the weights of another architecture.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            weights = {
                id: tuple(stored[f"{id}/{k}"] for k in range(len(specs))) for id, specs in architecture.weights.items()
            }
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ArchitectureError(
            f"Weights must be readable and fit their architecture. Received: {path} ({error})."
        ) from error
    check_weights(architecture, weights)
    return weights

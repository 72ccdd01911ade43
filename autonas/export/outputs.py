"""What every TensorFlow graph of an exported model shares: names of its inputs and of its outputs."""

import re
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from numpy.typing import NDArray

from autonas.export.assemble import VALUES
from autonas.export.format import stacked
from autonas.export.labels import PROBABILITIES


def argument(name: str) -> str:
    """Return the name of a graph's argument: as TensorFlow takes it, odd characters replaced."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def input_forms(model: keras.Model) -> Any:
    """Return what the model takes, in its own dtypes: one tensor, or a dict of them by name."""
    if isinstance(model.input, dict):
        return {name: tf.TensorSpec(held.shape, held.dtype, argument(name)) for name, held in model.input.items()}
    return tf.TensorSpec(model.input_shape, model.input.dtype, name=model.input.name)


def named_outputs(model: keras.Model) -> Callable[[Any], dict[str, tf.Tensor]]:
    """Return the model as a function to its outputs by name, never in training mode."""

    def answer(x: Any) -> dict[str, tf.Tensor]:
        outputs = model(x, training=False)
        if isinstance(outputs, dict):
            return outputs
        return {PROBABILITIES if PROBABILITIES in {each.name for each in model.layers} else VALUES: outputs}

    return answer


def only_outputs(answer: dict[str, Any]) -> NDArray:
    """Return the probabilities or values of an answer, or those of all heads, (n, k)."""
    only = answer.get(PROBABILITIES, answer.get(VALUES))
    return stacked(answer if only is None else only)

"""What every TensorFlow graph of an exported model shares: names of its inputs and of its outputs."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import keras
import tensorflow as tf
from numpy.typing import NDArray

from autonas.export.assemble import VALUES
from autonas.export.format import stacked
from autonas.export.labels import PROBABILITIES


def arguments(names: Iterable[str]) -> dict[str, str]:
    """Return the names of a graph's arguments by those of a model's inputs: a letter, then letters, digits and _.

    Names that are so already stay; in others odd characters become _, and what two would share goes to the first in
    the alphabet, the next is numbered. Whether letters are small does not part two names: not for TensorFlow.

    >>> arguments(["a b", "a_b", "1st", "size"])
    {'a_b': 'a_b', 'size': 'size', '1st': 'x1st', 'a b': 'a_b_2'}
    """
    found: dict[str, str] = {}
    taken = {"self", "model_input"}  # what TensorFlow and the functions here call other things
    for name in sorted(names, key=lambda name: (_plain(name) != name, name)):
        free, number = _plain(name), 1
        while free.lower() in taken:
            number += 1
            free = f"{_plain(name)}_{number}"
        found[name] = free
        taken.add(free.lower())
    return found


def _plain(name: str) -> str:
    odd = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return odd if odd[:1].isalpha() else f"x{odd}"


def input_forms(model: keras.Model) -> Any:
    """Return what the model takes, in its own dtypes: one tensor, or a dict of them by name."""
    if isinstance(model.input, dict):
        names = arguments(model.input)
        return {name: tf.TensorSpec(held.shape, held.dtype, names[name]) for name, held in model.input.items()}
    return tf.TensorSpec(model.input_shape, model.input.dtype, name=model.input.name)


def named_outputs(model: keras.Model) -> Callable[[Any], dict[str, tf.Tensor]]:
    """Return the model as a function to its outputs by name, never in training mode."""

    def answer(model_input: Any) -> dict[str, tf.Tensor]:  # not x: TensorFlow renames inputs of its parameters' names
        outputs = model(model_input, training=False)
        if isinstance(outputs, dict):
            return outputs
        return {PROBABILITIES if PROBABILITIES in {each.name for each in model.layers} else VALUES: outputs}

    return answer


def only_outputs(answer: dict[str, Any]) -> NDArray:
    """Return the probabilities or values of an answer, or those of all heads, (n, k)."""
    only = answer.get(PROBABILITIES, answer.get(VALUES))
    return stacked(answer if only is None else only)

"""A fragment of a supernet as a function of weights that no variable holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from autonas.arch import Architecture
from autonas.runtime.compile import BATCH_NORM_MOMENTUM, Precision, compile_architecture
from autonas.runtime.weights import variables_of
from autonas.space.superweights import Slot, slots_of

Tensor = Any


class Body:
    """One fragment as a function of its weights.

    Args:
        fragment: what it computes.
        precision: in what.
        slots: where its arrays stand in a row; None: as `slots_of` says.
    """

    def __init__(self, fragment: Architecture, precision: Precision, slots: Sequence[Slot] | None = None) -> None:
        self._model = compile_architecture(fragment, precision=precision) if len(fragment.nodes) > 1 else None
        self.inputs = len(fragment.inputs)
        self.shape = fragment.shapes[fragment.outputs[0]]
        slots = slots_of(fragment) if slots is None else slots
        places = {} if self._model is None else _places(self._model, fragment, slots)
        self.trained = [places[id(v)] for v in self._model.trainable_variables] if self._model else []
        self.statistics = [places[id(v)] for v in self._model.non_trainable_variables] if self._model else []

    def __call__(self, x: Tensor, w: Tensor, s: Tensor | None, size: int) -> tuple[Tensor, Tensor]:
        """Return the output, and the statistics of the batch filled up to ``size``."""
        if self._model is None:
            return x, ops.zeros((size,))
        held = _cut(w, self.trained)
        given = [ops.zeros(slot.spec.shape) for slot in self.statistics] if s is None else _cut(s, self.statistics)
        y, seen = self._model.stateless_call(held, given, x, training=s is None)
        if s is not None:
            return y, s
        # New averages are old ones, here 0, times the momentum, plus those of the batch times the rest.
        flat = [ops.reshape(each, (-1,)) / (1.0 - BATCH_NORM_MOMENTUM) for each in seen]
        used = sum(each.shape[0] for each in flat)
        return y, ops.concatenate([*flat, ops.zeros((size - used,))])


def _places(model: keras.Model, fragment: Architecture, slots: Sequence[Slot]) -> dict[int, Slot]:
    """Return the slot of every variable, by the variable's identity."""
    found: dict[int, Slot] = {}
    for name in fragment.weights:
        own = [slot for slot in slots if slot.node == name]
        found.update({id(v): slot for v, slot in zip(variables_of(model, fragment, name), own, strict=True)})
    return found


def _cut(row: Tensor, slots: Sequence[Slot]) -> list[Tensor]:
    return [ops.reshape(row[slot.start : slot.stop], slot.spec.shape) for slot in slots]

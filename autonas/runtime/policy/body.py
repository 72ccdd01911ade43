"""What differs from one policy to another: how it samples, how it judges, and the Keras model that learns.

How rewards become a gradient step is the same for all (`autonas.runtime.policy.policy`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import keras
import numpy as np

from autonas.runtime.policy.layout import Floats, Ints
from autonas.runtime.policy.settings import PolicySettings
from autonas.runtime.policy.walk import Walk


class Body(Protocol):
    """A policy without its weights: hashable, as policies of one body share a traced network."""

    @property
    def decisions(self) -> int:
        """How many decisions a sequence has at most."""

    def shapes(self, settings: PolicySettings) -> dict[str, tuple[int, ...]]:
        """Return the shape of every weight by name, in the order of the layers that `build` returns."""

    def walk(
        self,
        weights: Mapping[str, Floats],
        settings: PolicySettings,
        given: Ints | None = None,
        *,
        count: int = 0,
        rng: np.random.Generator | None = None,
        steps: int | None = None,
    ) -> Walk:
        """Sample ``count`` sequences with ``rng``, or judge ``given`` ones (n, D)."""

    def check(self, decisions: Ints) -> Ints:
        """Return ``decisions`` as an array (n, D), or raise `SettingError`."""

    def build(self, settings: PolicySettings) -> tuple[keras.Model, list[keras.layers.Layer]]:
        """Return the model, which gives log-probability, entropy and divergence of the skip bits, (rows, 3), and its
        layers.
        """

    def encode(self, decisions: Ints) -> dict[str, Floats]:
        """Return ``decisions`` (n, D) as the model's inputs, a sequence in as many rows as it takes."""

    def rows(self, decisions: Ints) -> Ints:
        """Return the sequence that each row of `encode` belongs to."""


Loss = Callable[[Any, Any], Any]

"""Logits as they are used: cooled by a temperature, and bounded by a tanh where that is set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autonas.runtime.policy.settings import PolicySettings


def squash(raw: Any, settings: PolicySettings, tanh: Callable[[Any], Any] = np.tanh) -> Any:
    """Return ``c tanh(raw / tau)``, or ``raw / tau`` where there is no c; of tensors with their own ``tanh``."""
    cooled = raw / settings.temperature
    return cooled if settings.tanh_constant is None else settings.tanh_constant * tanh(cooled)

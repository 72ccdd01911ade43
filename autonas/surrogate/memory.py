"""Remember what was computed from an architecture for as long as somebody holds that architecture.

A search asks for the features of its observed networks at every proposal; they are computed once. The table is weak,
so that a network which the search has forgotten takes its features with it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from autonas.arch import Architecture

T = TypeVar("T")


def remembered(function: Callable[[Architecture], T]) -> Callable[[Architecture], T]:
    """Return ``function``, computing each architecture once. The value is shared: callers must not change it."""
    table: WeakKeyDictionary[Architecture, T] = WeakKeyDictionary()

    @wraps(function)
    def remember(architecture: Architecture) -> T:
        value = table.get(architecture)
        if value is None:
            value = table[architecture] = function(architecture)
        return value

    return remember

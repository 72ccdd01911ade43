"""Labels of nodes and places: short, and the same on any machine."""

from __future__ import annotations

import hashlib


def hashed(*parts: str) -> str:
    """Return 16 hex digits that stand for these strings in this order."""
    return hashlib.blake2b("|".join(parts).encode(), digest_size=8).hexdigest()

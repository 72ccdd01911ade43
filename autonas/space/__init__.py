"""Spaces: which architectures a search may visit, and by which edits it gets from one to the next."""

from autonas.space.draw import FAMILIES, drawn
from autonas.space.morphism import MorphSpace
from autonas.space.space import Space

__all__ = ["FAMILIES", "MorphSpace", "Space", "drawn"]

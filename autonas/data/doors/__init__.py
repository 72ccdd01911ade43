"""Doors: what a user has, made into arrays, or into an array on disk where it is large."""

from autonas.data.doors.images import IMAGES, arrivals, enter
from autonas.data.doors.streams import is_stream
from autonas.data.entered import Entered

__all__ = ["IMAGES", "Entered", "arrivals", "enter", "is_stream"]

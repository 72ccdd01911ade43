"""Doors: what a user has, made into arrays, or into an array on disk where it is large."""

from autonas.data.doors.collect import Entered
from autonas.data.doors.images import arrivals, enter
from autonas.data.doors.streams import is_stream

__all__ = ["Entered", "arrivals", "enter", "is_stream"]

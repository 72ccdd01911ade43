"""What holds its own labels takes none beside them."""

from typing import Any

from autonas.errors import DataError, message


def labels_inside(y: Any, sample_weight: Any, where: str) -> None:
    """Raise DataError where y or weights are given for an x that brings its own, `where` being in its folders, ..."""
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            received = type(value).__name__
            raise DataError(message(name, f"None where x brings its own, in its {where}", received, "Use x alone"))

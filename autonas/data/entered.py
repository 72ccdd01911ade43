"""What comes in by a door: x, y and weights of all examples."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autonas.errors import DataError


@dataclass(frozen=True)
class Entered:
    """What came in: x as an array of any kind, or a `DiskArray` where it is large; y and weights as given."""

    x: Any
    y: Any
    weight: Any = None


def enter_as_is(x: Any, y: Any = None, sample_weight: Any = None, *, schema: Any = None) -> Entered:
    """Return what came as it came; raise DataError where there is no y."""
    if y is None:
        said = "y must be given with x. Received: None (fit requires y to be passed, but the target y is None)."
        raise DataError(f"{said} Give one target an example.")
    return Entered(x, y, sample_weight)


def arrive_as_is(x: Any, schema: Any) -> Iterator[Any]:
    """Yield x, checked: all of it at once."""
    yield schema.check(x)

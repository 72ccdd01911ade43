"""Streams: whatever gives one batch after the other. What they are known by, and their batches as NumPy arrays.

- a `tf.data.Dataset` of (x, y) or (x, y, weight), batched or not, its size known or not;
- a generator or any other iterable of batches (x, y) or (x, y, weight) that comes to an end;
- a `keras.utils.PyDataset` of such batches.

To predict, elements may also be x alone; what follows x is passed over.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from autonas.errors import DataError, message

_UNBATCHED = 64  # samples a batch, where the dataset has none
_INFINITE = -1  # tf.data.INFINITE_CARDINALITY
_REMEDY = "Give batches (x, y), or (x, y, sample_weight)"


def is_tf_dataset(value: object) -> bool:
    """Say whether this is a `tf.data.Dataset`, by its manners: to ask TensorFlow would be to load it."""
    return hasattr(value, "element_spec") and hasattr(value, "as_numpy_iterator")


def is_stream(value: object) -> bool:
    """Say whether this gives batches one after the other, and is no array, list, table or text."""
    if is_tf_dataset(value) or _is_py_dataset(value):
        return True
    held = (
        isinstance(value, str | bytes | list | tuple | dict) or hasattr(value, "__array__") or hasattr(value, "shape")
    )
    return not held and isinstance(value, Iterable)


def elements(stream: Any, rank: int | None = None) -> Iterator[tuple[Any, ...]]:
    """Yield batches as tuples, x first. `rank` is that of a batch of x, where it is known.

    Raises DataError for a stream without an end, or with elements that are no batches.
    """
    if is_tf_dataset(stream):
        yield from _tf_elements(stream, rank)
    elif _is_py_dataset(stream):
        if stream.num_batches is None:
            raise _endless("a PyDataset without num_batches")
        yield from (_tuple(stream[place]) for place in range(stream.num_batches))
    else:
        yield from map(_tuple, stream)


def labelled(element: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Return (x, y, weight or None) of an element; raise DataError where it is nothing of that kind."""
    if len(element) not in (2, 3):
        received = f"elements of {len(element)} part(s)"
        raise DataError(message("x", "a stream of batches with labels", received, _REMEDY))
    return element[0], element[1], element[2] if len(element) == 3 else None


def _is_py_dataset(value: object) -> bool:
    return hasattr(value, "num_batches") and hasattr(value, "__getitem__")


def _tuple(element: object) -> tuple[Any, ...]:
    return tuple(element) if isinstance(element, tuple | list) else (element,)


def _tf_elements(stream: Any, rank: int | None) -> Iterator[tuple[Any, ...]]:
    if int(stream.cardinality()) == _INFINITE:
        raise _endless("an infinite dataset")
    specs = _tuple(stream.element_spec)
    if not all(hasattr(spec, "shape") and hasattr(spec, "dtype") for spec in specs):
        kinds = [type(spec).__name__ for spec in specs]
        raise DataError(message("x", "a dataset of dense tensors (x, y)", kinds, "Convert each part to one tensor"))
    batched = _is_batched([spec.shape for spec in specs], rank)
    batches = iter((stream if batched else stream.batch(_UNBATCHED)).as_numpy_iterator())
    while True:
        try:
            element = next(batches)
        except StopIteration:
            return
        except Exception as error:  # TensorFlow's own kinds, which are no ValueErrors
            raise DataError(
                f"x must be readable to its end. Received: {type(error).__name__}: {error}. Correct the dataset."
            ) from error
        yield _tuple(element)


def _is_batched(shapes: list[Any], rank: int | None) -> bool:
    """Say whether elements are batches: by the ranks, and where these leave it open by the first sizes."""
    if any(shape.rank == 0 for shape in shapes):
        return False
    if rank is not None and shapes[0].rank is not None:
        return bool(shapes[0].rank >= rank)
    firsts = {shape[0] for shape in shapes if shape.rank is not None}
    return None in firsts or len(firsts) < 2


def _endless(received: str) -> DataError:
    return DataError(message("x", "a stream that comes to an end", received, "Use .take(n), or give arrays"))


def as_rows(part: Any) -> Any:
    """Return rows of a batch as an array, or as the data frame that they are."""
    return part if hasattr(part, "columns") else as_array(part)


def as_array(part: Any) -> Any:
    """Return a part of a batch as an array; TensorFlow's and others' byte strings become text."""
    array = np.asarray(part)
    if array.dtype.kind == "S" or (array.dtype.kind == "O" and array.size and isinstance(array.flat[0], bytes)):
        return np.array([each.decode() for each in array.ravel()]).reshape(array.shape)
    return array

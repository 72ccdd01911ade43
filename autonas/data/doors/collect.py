"""From batches to what a dataset is made of: all x, all y, all weights. Batches must agree with the first."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autonas.data.doors.streams import as_array, elements, labelled
from autonas.data.entered import Entered
from autonas.data.images import check_images
from autonas.data.spool import Spool
from autonas.errors import DataError, message


def collect_images(stream: Any) -> Entered:
    """Return all of a stream of labelled batches of images. Raises DataError, with the batch's number."""
    return _collect(_numbered(map(labelled, elements(stream))))


def collect_pictures(arrays: Iterator[NDArray[Any]], y: Any, weight: Any) -> Entered:
    """Return pictures, which come in arrays, with their labels and weights."""
    with Spool() as spool:
        for array in arrays:
            spool.add(array)
        return Entered(spool.finish(), y, weight)


def _collect(batches: Iterable[tuple[str, tuple[Any, Any, Any]]]) -> Entered:
    ys: list[Any] = []
    weights: list[Any] = []
    form: tuple[Any, ...] | None = None
    with Spool() as spool:
        for name, (x, y, weight) in batches:
            images = _images(x, name)
            form = form or _form(images, weight)
            if _form(images, weight) != form:
                expected = f"of the form of batch 1, {form}"
                remedy = "Bring all batches to one size and dtype, with or without weights"
                raise DataError(message(f"{name} (shape, dtype, weighted)", expected, _form(images, weight), remedy))
            ys.append(_part(y, len(images), f"y of {name}"))
            weights.append(None if weight is None else _part(weight, len(images), f"weights of {name}"))
            spool.add(images)
        if form is None:
            raise DataError("x must be a stream of at least one batch. Received: none. Give a stream that is not used.")
        return Entered(spool.finish(), _joined(ys), None if weights[0] is None else np.concatenate(weights))


def _numbered(batches: Iterable[tuple[Any, Any, Any]]) -> Iterator[tuple[str, tuple[Any, Any, Any]]]:
    yield from ((f"batch {number}", batch) for number, batch in enumerate(batches, start=1))


def _images(x: Any, name: str) -> NDArray[Any]:
    """Return the images of a batch, checked and in the rank in which they came."""
    images = check_images(x, name=f"x of {name}")
    return images if np.ndim(x) == 4 else images[..., 0]


def _form(images: NDArray[Any], weight: Any) -> tuple[Any, ...]:
    return images.shape[1:], images.dtype.name, weight is not None


def _part(part: Any, n: int, name: str) -> NDArray[Any]:
    array = as_array(part)
    if array.ndim == 0 or len(array) != n:
        received = array.shape if array.ndim else "a single value"
        raise DataError(message(name, f"of {n} entries, one an image", received, "Give batches, (b, ...) and (b,)"))
    return array


def _joined(ys: list[NDArray[Any]]) -> NDArray[Any]:
    kinds = {"number" if each.dtype.kind in "biuf" else each.dtype.kind for each in ys}
    shapes = {each.shape[1:] for each in ys}
    if len(kinds) > 1 or len(shapes) > 1:
        received = sorted({f"{each.dtype} {each.shape[1:]}" for each in ys})
        raise DataError(message("y", "of one kind and shape in all batches", received, "Convert y to one kind"))
    return np.concatenate(ys)

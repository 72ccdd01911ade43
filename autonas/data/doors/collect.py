"""From batches to what a dataset is made of: all x, all y, all weights. Batches must agree with the first."""

import importlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autonas.data.doors.streams import as_array, as_rows, elements, labelled
from autonas.data.entered import Entered
from autonas.data.images import check_images
from autonas.data.spool import Spool
from autonas.errors import DataError, message


def collect_images(stream: Any) -> Entered:
    """Return all of a stream of labelled batches of images. Raises DataError, with the batch's number."""
    return _collect(_numbered(map(labelled, elements(stream))))


def collect_rows(stream: Any) -> Entered:
    """Return all of a stream of labelled batches of rows (b, d), of data frames, or of texts (b,), in memory."""
    xs, ys, weights = [], [], []
    for name, (x, y, weight) in _numbered(map(labelled, elements(stream))):
        rows = as_rows(x)
        if np.ndim(rows) == 0:
            raise DataError(message(f"x of {name}", "a batch of rows", type(x).__name__, "Give batches, (b, ...)"))
        xs.append(rows)
        ys.append(_part(y, len(rows), f"y of {name}"))
        weights.append(None if weight is None else _part(weight, len(rows), f"weights of {name}"))
    if not xs:
        raise _none()
    if len({each is None for each in weights}) > 1:
        raise DataError(message("x", "a stream with weights in all batches or in none", "both", "Give them in all"))
    return Entered(_joined_rows(xs), _joined(ys), None if weights[0] is None else np.concatenate(weights))


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
            raise _none()
        return Entered(spool.finish(), _joined(ys), None if weights[0] is None else np.concatenate(weights))


def _none() -> DataError:
    return DataError("x must be a stream of at least one batch. Received: none. Give a stream that is not used.")


def _joined_rows(xs: list[Any]) -> Any:
    """Return rows of batches as one array or data frame; raise DataError where they differ in form."""
    forms = {(type(x).__name__, *x.shape[1:]) for x in xs}
    kinds = {"columns" if hasattr(x, "columns") else x.dtype.kind in "biuf" for x in xs}
    if len(forms) > 1 or len(kinds) > 1:
        raise DataError(message("x", "of one form in all batches", sorted(map(str, forms)), "Bring them to one form"))
    if not hasattr(xs[0], "columns"):
        return np.concatenate(xs)
    if any(list(x.columns) != list(xs[0].columns) for x in xs):
        held = [list(map(str, x.columns)) for x in xs[:3]]
        raise DataError(message("x", "of the same columns in all batches", held, "Bring them to one form"))
    return importlib.import_module("pandas").concat(xs, ignore_index=True)


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

"""The door for images: what a user may call x, to fit and to predict. See `enter`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from autonas.data.disk import DiskArray
from autonas.data.doors.collect import collect_images, collect_pictures
from autonas.data.doors.folder import class_folders, files_in
from autonas.data.doors.inside import labels_inside
from autonas.data.doors.pictures import PictureForm, form_of, is_picture, picture_batches, picture_form
from autonas.data.doors.streams import elements, is_stream
from autonas.data.entered import Entered
from autonas.data.images import ImageSchema, check_images, image_schema
from autonas.data.schema import Reader
from autonas.errors import DataError, message


def enter(x: Any, y: Any = None, sample_weight: Any = None, *, schema: ImageSchema | None = None) -> Entered:
    """Return x, y and weights as arrays, or x as a `DiskArray` where it comes in a stream and is large.

    Arrays and lists of arrays go through as they are. What else x may be:

    - a path: a folder of class folders, which are the labels;
    - a list of PIL images or of Paths of picture files, of any sizes (`doors.pictures` says what becomes of these);
    - a stream of labelled batches (`doors.streams`).

    `schema` is of the images that fit saw, which pictures are then brought to. Raises DataError for what cannot be
    read, TypeError-like mistakes (labels twice, or not at all) included.
    """
    if isinstance(x, str | Path):
        labels_inside(y, sample_weight, "folders")
        files, labels = class_folders(Path(x))
        return collect_pictures(picture_batches(files, _form(files, schema)), labels, None)
    if is_stream(x):
        labels_inside(y, sample_weight, "batches")
        return collect_images(x)
    if y is None:
        raise DataError(message("y", "given with x", None, "Give one label an image"))
    if _are_pictures(x):
        pictures = _paths(x)
        return collect_pictures(picture_batches(pictures, _form(pictures, schema)), y, sample_weight)
    return Entered(x, y, sample_weight)


def arrivals(x: Any, schema: ImageSchema) -> Iterator[NDArray[Any]]:
    """Yield the images to predict for, checked, (b, h, w, c): all of them at once, or batch by batch from a stream."""
    if isinstance(x, str | Path) or _are_pictures(x):
        pictures = files_in(Path(x)) if isinstance(x, str | Path) else _paths(x)
        for batch in picture_batches(pictures, form_of(schema)):
            yield schema.check(batch)
    elif is_stream(x):
        for number, element in enumerate(elements(x, schema.rank), start=1):
            yield schema.check(element[0], name=f"x of batch {number}")
    elif isinstance(x, DiskArray):
        yield from map(schema.check, x.blocks())
    else:
        yield schema.check(x)


IMAGES = Reader(check=check_images, describe=image_schema, example="image", enter=enter, arrivals=arrivals)
"""How images are read."""


def _form(pictures: list[Any], schema: ImageSchema | None) -> PictureForm:
    return picture_form(pictures) if schema is None else form_of(schema)


def _are_pictures(x: Any) -> bool:
    return isinstance(x, list | tuple) and len(x) > 0 and any(isinstance(each, str) or is_picture(each) for each in x)


def _paths(pictures: Any) -> list[Any]:
    """Return a list of pictures in which file names are Paths; raise DataError where something is no picture."""
    found = [Path(each) if isinstance(each, str) else each for each in pictures]
    strangers = sorted({type(each).__name__ for each in found if not is_picture(each)})
    if strangers:
        raise DataError(message("x", "a list of PIL images or of files", strangers, "Remove what is neither"))
    return found

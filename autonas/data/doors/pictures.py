"""Pictures, as files or as PIL images, to arrays of one size. Needs Pillow: `pip install autonas[images]`.

Pictures that are all of one size keep it. Otherwise each is resized (bilinear, not keeping its proportions) to the
median height and the median width of those given to fit, shrunk where that is more than `LONGEST` pixels on a side.
They become grey, (h, w) uint8, where all are grey; (h, w) float32 where all have more than 8 bits; else RGB, (h, w, 3)
uint8, without transparency.
"""

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autonas.data.images import ImageSchema
from autonas.errors import DataError, SettingError, message

LONGEST = 128  # pixels, where sizes differ; more is a matter of the network's time, and the user's to ask for
_BATCH_BYTES = 8 * 2**20
_GREY, _DEEP = {"1", "L", "LA"}, {"I", "F", "I;16", "I;16L", "I;16B", "I;16N"}
_REMEDY = "Remove it, or write it anew"

Picture = Any  # a PIL.Image.Image, or the Path of a file


@dataclass(frozen=True)
class PictureForm:
    """What pictures are brought to."""

    height: int
    width: int
    mode: str  # PIL's: "L", "F" or "RGB"
    channel_axis: bool = False  # whether grey ones are (h, w, 1)


def is_picture(value: object) -> bool:
    """Say whether this is a PIL image or a Path. Who has one has imported PIL."""
    pil = sys.modules.get("PIL.Image")
    return isinstance(value, Path) or (pil is not None and isinstance(value, pil.Image))


def picture_form(pictures: Sequence[Picture]) -> PictureForm:
    """Return the common form of pictures; of files only the headers are read. Raises DataError for one that is none."""
    sizes, modes = [], set()
    for picture in pictures:
        with _opened(picture) as image:
            if 0 in image.size:
                raise DataError(message("Every picture", "of at least one pixel", _name(picture), _REMEDY))
            sizes.append(image.size)
            modes.add(image.mode)
    width, height = (round(float(side)) for side in np.median(sizes, axis=0))
    if len(set(sizes)) > 1 and max(height, width) > LONGEST:
        shrunk = LONGEST / max(height, width)
        height, width = max(round(height * shrunk), 1), max(round(width * shrunk), 1)
    mode = "L" if modes <= _GREY else "F" if modes <= _DEEP else "RGB"
    return PictureForm(height, width, mode)


def form_of(schema: ImageSchema) -> PictureForm:
    """Return the form of the pictures that fit saw. Raises DataError where it saw no pictures, but other arrays."""
    height, width, channels = schema.shape
    if channels not in (1, 3):
        received = f"pictures, where fit saw {channels} channels"
        raise DataError(message("x", "of the form given to fit", received, "Give arrays (n, h, w, c)"))
    mode = "RGB" if channels == 3 else "L" if schema.dtype == "uint8" else "F"
    return PictureForm(height, width, mode, channel_axis=channels == 1 and schema.rank == 4)


def picture_batches(pictures: Sequence[Picture], form: PictureForm) -> Iterator[NDArray[Any]]:
    """Yield arrays (b, h, w) or (b, h, w, 3) of some megabytes. Raises DataError, with the file's name."""
    size = max(_BATCH_BYTES // (form.height * form.width * 4), 1)
    for start in range(0, len(pictures), size):
        yield np.stack([_pixels(each, form) for each in pictures[start : start + size]])


def _pixels(picture: Picture, form: PictureForm) -> NDArray[Any]:
    with _opened(picture) as image:
        try:
            converted = image if image.mode == form.mode else image.convert(form.mode)
            if converted.size != (form.width, form.height):
                converted = converted.resize((form.width, form.height), _pil().Resampling.BILINEAR)
            pixels = np.array(converted)
            return pixels[..., np.newaxis] if form.channel_axis else pixels
        except (OSError, SyntaxError, ValueError) as error:  # Pillow reads the pixels only now
            raise _unreadable(picture, error) from error


def _opened(picture: Picture) -> AbstractContextManager[Any]:
    """Return an open image as a context; one that the user has opened stays open."""
    if not isinstance(picture, Path):
        return nullcontext(picture)
    pil = _pil()
    try:
        opened: AbstractContextManager[Any] = pil.open(picture)
        return opened
    except (OSError, SyntaxError, ValueError, pil.DecompressionBombError) as error:
        raise _unreadable(picture, error) from error


def _unreadable(picture: Picture, error: Exception) -> DataError:
    return DataError(f"Every picture must be readable. Received: {_name(picture)} ({error}). {_REMEDY}.")


def _name(picture: Picture) -> str:
    return str(picture) if isinstance(picture, Path) else repr(picture)


def _pil() -> Any:
    try:
        return importlib.import_module("PIL.Image")
    except ImportError as error:
        raise SettingError(
            message("Pillow", "installed to read pictures", "no module PIL", "Use `pip install autonas[images]`")
        ) from error

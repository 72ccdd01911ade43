"""What images may be, and what the ones seen at fit looked like.

Notation: n images, h rows, w columns, c channels. Inside the house images are always (n, h, w, c), uint8 or float32.
Normalisation is x * scale + offset with one scale and one offset a channel: `normalise` does it on arrays while
training, `keras.layers.Rescaling(schema.scale, schema.offset)` does the same inside an exported network.
"""

import math
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autonas.data.disk import DiskArray
from autonas.errors import DataError, message

_CHUNK = 512  # images a step when moments are summed: the float64 copy stays small
_FLAT_CHANNEL = 1e-6  # a channel whose deviation is below this share of its mean holds one value and rounding


@dataclass(frozen=True)
class ImageSchema:
    """What x looked like at fit: images at predict are checked against it, and normalised by it."""

    kind: ClassVar[str] = "image"

    shape: tuple[int, int, int]  # (h, w, c), as the network sees an image
    rank: int  # of x as given: 3 for (n, h, w), 4 for (n, h, w, c)
    dtype: str  # of x as given: "uint8", "float64", ...
    mean: tuple[float, ...]  # (c,), of the training part only
    std: tuple[float, ...]  # (c,), of the training part only; 1 for a channel that never changes

    def __post_init__(self) -> None:
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise DataError(message("shape", "three positive integers (h, w, c)", self.shape, "Store the schema again"))
        if self.rank not in (3, 4) or (self.rank == 3 and self.shape[2] != 1):
            raise DataError(message("rank", "3 (one channel) or 4", self.rank, "Store the schema again"))
        if not len(self.mean) == len(self.std) == self.shape[2] or min(self.std) <= 0:
            raise DataError(message("std", "positive, one a channel", self.std, "Measure the schema again"))

    @property
    def array_dtype(self) -> str:
        """The dtype that images have after `check_images`: "uint8" or "float32"."""
        return "uint8" if self.dtype == "uint8" else "float32"

    @property
    def scale(self) -> tuple[float, ...]:
        """What a pixel is multiplied by, (c,)."""
        return tuple(1.0 / std for std in self.std)

    @property
    def offset(self) -> tuple[float, ...]:
        """What is added after that, (c,)."""
        return tuple(-mean / std for mean, std in zip(self.mean, self.std, strict=True))

    def check(self, x: ArrayLike, *, name: str = "x") -> NDArray[Any]:
        """Return x as (n, h, w, c) if it looks as it did at fit; raise DataError if not."""
        wanted = ("n", *self.shape[: self.rank - 1])
        remedy = "Give images of the shape that fit saw; a single image goes in as x[np.newaxis]"
        if np.ndim(x) != self.rank:
            raise DataError(message(name, f"of shape ({', '.join(map(str, wanted))})", np.shape(x), remedy))
        images = check_images(x, name=name)
        if images.shape[1:] != self.shape:
            received = images.shape if self.rank == 4 else images.shape[:3]
            raise DataError(message(name, f"of shape ({', '.join(map(str, wanted))})", received, remedy))
        self._warn_of_another_scale(images, name)
        return images

    def encode(self, rows: Any) -> Any:
        """Return the images as they are: batches are normalised, as uint8 takes a quarter of the room."""
        return rows

    def feed(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return checked images (n, h, w, c) in the rank given to fit."""
        return rows[..., 0] if self.rank == 3 else rows

    def to_json(self) -> dict[str, Any]:
        """Return the schema as JSON-able values."""
        return {"kind": self.kind, **asdict(self)}

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> "ImageSchema":
        """Return the schema that `to_json` wrote."""
        h, w, c = (int(size) for size in state["shape"])
        mean, std = tuple(map(float, state["mean"])), tuple(map(float, state["std"]))
        return cls(shape=(h, w, c), rank=int(state["rank"]), dtype=str(state["dtype"]), mean=mean, std=std)

    def _warn_of_another_scale(self, images: NDArray[Any], name: str) -> None:
        """Warn where pixels were 0..255 at fit and are 0..1 now, or the other way round: nothing else would tell."""
        if images.dtype == self.array_dtype or not images.size:
            return
        top = float(images.max())
        too_small = self.array_dtype == "uint8" and 0 < top <= 1
        too_large = images.dtype == np.uint8 and top > max(m + 20 * s for m, s in zip(self.mean, self.std, strict=True))
        if too_small or too_large:
            said = f"{name} should be on the scale of the images given to fit ({self.dtype}, mean {self.mean[0]:.3g})."
            warnings.warn(
                f"{said} Received: {images.dtype} up to {top:.3g}. Rescale {name}.", UserWarning, stacklevel=3
            )


def image_schema(x: ArrayLike, train: NDArray[Any]) -> ImageSchema:
    """Describe x as given to fit; `train` is the training part of the checked images, (n, h, w, c)."""
    mean, std = _moments(train)
    dtype = getattr(x, "dtype", None)
    name = np.asarray(x).dtype.name if not isinstance(dtype, np.dtype) else dtype.name
    h, w, c = train.shape[1:]
    return ImageSchema(shape=(h, w, c), rank=np.ndim(x), dtype=name, mean=mean, std=std)


def check_images(x: ArrayLike, *, name: str = "x") -> NDArray[Any]:
    """Return images as (n, h, w, c): uint8 and float32 without a copy, other numbers as float32.

    Raises DataError for no images, a wrong rank, images of several sizes, NaN or infinite pixels, what is no number.
    """
    if isinstance(x, DiskArray):  # looked at batch by batch when it was written
        return x if x.ndim == 4 else x.with_row_shape((*x.row_shape, 1))
    images = _numbers(x, name)
    if images.ndim not in (3, 4):
        remedy = "Add the missing axis, for one image x[np.newaxis], or reshape x"
        raise DataError(message(name, "images of shape (n, h, w) or (n, h, w, c)", images.shape, remedy))
    if 0 in images.shape:
        raise DataError(message(name, "at least one image of at least one pixel", images.shape, "Give images"))
    _warn_of_channels_first(images, name)
    if images.dtype not in (np.uint8, np.float32):
        with np.errstate(over="ignore"):  # what does not fit is infinite, and found below
            images = images.astype(np.float32)
    _check_finite(images, name)
    return images if images.ndim == 4 else images[..., np.newaxis]


def normalise(x: NDArray[Any], schema: ImageSchema) -> NDArray[np.float32]:
    """Return (n, h, w, c) images as float32 of mean 0 and deviation 1 a channel: one new array."""
    # A row of h*w*c factors, not of c: NumPy's loop over 3 numbers at a time is eight times slower.
    pixels = math.prod(x.shape[1:3])
    flat = x.reshape(len(x), pixels * x.shape[3]).astype(np.float32)
    flat *= np.tile(np.asarray(schema.scale, np.float32), pixels)
    flat += np.tile(np.asarray(schema.offset, np.float32), pixels)
    return flat.reshape(x.shape)


def _numbers(x: ArrayLike, name: str) -> NDArray[Any]:
    """Return x as an array of bool, integer or float; raise DataError for anything else."""
    remedy = f"Bring all images to one size and stack them, {name} = np.stack(images)"
    try:
        images = np.asarray(x)
    except ValueError as error:  # NumPy on a ragged list
        raise DataError(f"{name} must be images of one size. Received: sizes that differ. {remedy}.") from error
    if images.dtype.kind in "biuf":
        return images
    if images.dtype.kind != "O":
        remedy = "Read the pixels into numbers first; file names and encoded images are not read here"
    raise DataError(message(name, "an array of numbers", images.dtype.name, remedy))


def _check_finite(images: NDArray[Any], name: str) -> None:
    """Raise DataError for NaN or infinite pixels. A float64 sum of float32 numbers is finite exactly when all are."""
    if images.dtype == np.uint8:
        return
    with np.errstate(invalid="ignore"):
        total = images.sum(dtype=np.float64)
    if not np.isfinite(total):
        bad = int(np.count_nonzero(~np.isfinite(images)))
        said = f"{name} must hold finite pixels that fit in float32. Received: {bad} that are NaN or infinite."
        raise DataError(f"{said} Remove those images, or use np.nan_to_num and rescale.")


def _warn_of_channels_first(images: NDArray[Any], name: str) -> None:
    """Warn of (n, 3, 32, 32): a network would treat it as an image of 3 rows and 32 channels."""
    if images.ndim == 4 and images.shape[1] in (1, 3, 4) and images.shape[2] == images.shape[3] > 4:
        said = (
            f"{name} should have its channels last, (n, h, w, c). Received: {images.shape}, which looks channels-first."
        )
        warnings.warn(f"{said} Use np.moveaxis({name}, 1, -1).", UserWarning, stacklevel=3)


def _moments(images: NDArray[Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation a channel, ((c,), (c,)), summed in float64."""
    n, h, w, c = images.shape
    total, squares = np.zeros(h * w * c), np.zeros(h * w * c)
    for start in range(0, n, _CHUNK):
        chunk = images[start : start + _CHUNK].reshape(-1, h * w * c).astype(np.float64)
        total += chunk.sum(axis=0)
        squares += np.einsum("ij,ij->j", chunk, chunk)
    mean = total.reshape(-1, c).sum(axis=0) / (n * h * w)
    variance = squares.reshape(-1, c).sum(axis=0) / (n * h * w) - mean**2
    std = np.sqrt(np.maximum(variance, 0.0))
    std = np.where(std <= _FLAT_CHANNEL * np.abs(mean), 1.0, std)
    return tuple(mean.tolist()), tuple(std.tolist())

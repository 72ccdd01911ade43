"""Light augmentation of a batch of raw images, in NumPy: mirror, shift, cutout.

It runs before normalisation, on uint8 where images are uint8, because moving a quarter of the bytes is what makes it
cheap: half a millisecond for 128 images of 32x32x3 on one core, where gather operations of TensorFlow took four.

`light_augmentation` decides what a set of images calls for. Shifting by about a sixteenth of the side suits any class
of objects. Mirroring does not suit digits and letters, so it is asked of the data (see `mirror.py`). Cutout is
offered and off: short runs underfit before they overfit. A number learned from an image may depend on place and
direction (where is it, which way does it point), so a regressor's images are left alone unless the user says
otherwise.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autonas.data.mirror import survives_mirror
from autonas.errors import SettingError, message

_SHIFT_SHARE = 16  # a shift of side/16, rounded up from a half: 2 pixels of 28 and 32, 1 of 8, 14 of 224


@dataclass(frozen=True)
class Augment:
    """What may happen to a training image."""

    flip: bool = False  # mirror left and right, one image in two
    shift: int = 0  # pixels, at most, up or down and left or right; the border is reflected
    cutout: int = 0  # side in pixels of one square set to the fill value; its centre is anywhere in the image

    def __post_init__(self) -> None:
        for name in ("shift", "cutout"):
            if getattr(self, name) < 0:
                raise SettingError(message(name, "0 or more pixels", getattr(self, name), "Use 0 for none"))

    @property
    def changes(self) -> bool:
        """Whether it does anything at all."""
        return self.flip or self.shift > 0 or self.cutout > 0

    def apply(self, x: NDArray[Any], rng: np.random.Generator, *, fill: float | NDArray[Any] = 0) -> NDArray[Any]:
        """Return changed copies of images (n, h, w, c), in their dtype; `fill` is a pixel, a number or (c,)."""
        x = _shifted(x, self.shift, rng) if self.shift else x.copy()
        if self.flip:
            chosen = rng.random(len(x)) < 0.5
            for channel in range(x.shape[3]):  # a channel at a time: twice as fast as reversing all at once
                x[chosen, :, :, channel] = x[chosen, :, ::-1, channel]
        if self.cutout:
            _cut(x, self.cutout, rng, fill)
        return x


def light_augmentation(
    x: NDArray[Any],
    y: NDArray[Any],
    *,
    stratify: bool,
    flip: bool | Literal["auto"] = "auto",
    shift: int | Literal["auto"] = "auto",
    cutout: int | Literal["auto"] = "auto",
    seed: int = 0,
) -> Augment:
    """Choose what training images (n, h, w, c) with codes y call for; `stratify` says that y holds class codes.

    What is not "auto" is taken as given. Raises SettingError for a shift that the images are too small for.
    """
    side = min(x.shape[1:3])
    if flip == "auto":
        flip = stratify and survives_mirror(x, y, np.random.default_rng(seed))
    if shift == "auto":
        shift = (side + _SHIFT_SHARE // 2) // _SHIFT_SHARE if stratify else 0
    if shift >= side:
        raise SettingError(message("shift", f"below the smaller side, {side}", shift, "Use fewer pixels"))
    return Augment(flip=flip, shift=shift, cutout=0 if cutout == "auto" else cutout)


def _shifted(x: NDArray[Any], p: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return each image moved by up to p pixels a direction: a window cut out of its reflected surroundings."""
    n, h, w, c = x.shape
    padded = _reflected(x, p)
    image, row, pixel, value = padded.strides
    # Every window of every image, as a view (n, 2p+1, 2p+1, h, w*c); picking one an image copies whole rows.
    shape, strides = (n, 2 * p + 1, 2 * p + 1, h, w * c), (image, row, pixel, row, value)
    windows = np.lib.stride_tricks.as_strided(padded, shape, strides, writeable=False)
    down, right = rng.integers(0, 2 * p + 1, size=(2, n))
    return np.asarray(windows[np.arange(n), down, right]).reshape(n, h, w, c)


def _reflected(x: NDArray[Any], p: int) -> NDArray[Any]:
    """Return np.pad(x, p, mode="reflect") over rows and columns; np.pad itself takes several times as long."""
    n, h, w, c = x.shape
    out = np.empty((n, h + 2 * p, w + 2 * p, c), x.dtype)
    out[:, p : p + h, p : p + w] = x
    for i in range(p):
        out[:, i, p : p + w] = x[:, p - i]
        out[:, -1 - i, p : p + w] = x[:, h - 1 - p + i]
    for i in range(p):
        out[:, :, i] = out[:, :, 2 * p - i]
        out[:, :, -1 - i] = out[:, :, -1 - 2 * p + i]
    return out


def _cut(x: NDArray[Any], side: int, rng: np.random.Generator, fill: float | NDArray[Any]) -> None:
    """Set one square an image to the fill value, in place; it is clipped at the border."""
    n, h, w, _ = x.shape
    top, left = rng.integers(0, h, n) - side // 2, rng.integers(0, w, n) - side // 2
    pixel = np.asarray(fill, dtype=x.dtype)
    for i, (up, start) in enumerate(np.stack([top, left], axis=1).tolist()):
        x[i, max(up, 0) : up + side, max(start, 0) : start + side] = pixel

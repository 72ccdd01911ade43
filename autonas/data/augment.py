"""Which augmentation a set of images calls for: mirror, shift, cutmix. `augmentation_ops.py` does it.

Shifting by about a sixteenth of the side suits any class of objects. Mirroring does not suit digits and letters, so it
is asked of the data (see `mirror.py`). Cutmix is for long runs: short ones underfit before they overfit. A number
learned from an image may depend on place and direction (where is it, which way does it point), so a regressor's images
are left alone unless the user says otherwise.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autonas.data.mirror import survives_mirror
from autonas.errors import SettingError, message

_SMALL_SIDE = 16  # pixels
_MIXED = 0.5  # share of the images
_SHIFT_SHARE = 16  # a shift of side/16, rounded up from a half: 2 pixels of 28 and 32, 1 of 8, 14 of 224


@dataclass(frozen=True)
class Augment:
    """What may happen to a training image, to each one by itself."""

    flip: bool = False  # mirror left and right, one image in two
    shift: int = 0  # pixels, at most, up or down and left or right; the border is reflected
    cutmix: float = 0.0  # share of the images into which a box of another one is pasted, the class with it

    def __post_init__(self) -> None:
        if not 0 <= self.cutmix <= 1:
            raise SettingError(message("cutmix", "a share from 0 to 1", self.cutmix, "Use 0 for none"))
        if self.shift < 0:
            raise SettingError(message("shift", "0 or more pixels", self.shift, "Use 0 for none"))


def for_long_runs(augment: Augment, shape: tuple[int, int, int]) -> Augment:
    """Return what a long run on images of `shape` calls for, where a short one calls for `augment`.

    A network that has learned its images overfits before it underfits: cutmix is added (Yun et al. 2019), to every
    other image. Images that are left alone stay so, and those too small to miss a part.
    """
    wanted = augment.shift > 0 and min(shape[:2]) >= _SMALL_SIDE
    return replace(augment, cutmix=max(augment.cutmix, _MIXED)) if wanted else augment


def light_augmentation(
    x: NDArray[Any],
    y: NDArray[Any],
    *,
    stratify: bool,
    flip: bool | Literal["auto"] = "auto",
    shift: int | Literal["auto"] = "auto",
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
    return Augment(flip=flip, shift=shift)

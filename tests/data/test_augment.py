"""The augmentation that is chosen suits the images: mirrored only where the data says so."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from autonas.data.augment import Augment, for_long_runs, light_augmentation
from autonas.data.mirror import survives_mirror
from autonas.errors import SettingError


def _images(n: int = 40, h: int = 6, w: int = 7, c: int = 3, dtype: str = "uint8") -> np.ndarray:
    return np.random.default_rng(0).integers(1, 256, (n, h, w, c)).astype(dtype)


def test_digits_are_shifted_and_not_mirrored() -> None:
    digits = load_digits()
    x = digits.images.astype(np.float32)[..., None]
    assert light_augmentation(x, digits.target, stratify=True) == Augment(flip=False, shift=1)


def _bars(n: int, rng: np.random.Generator, *, directed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Bright bars: upright against lying (a mirror keeps that), or left against right (a mirror swaps that)."""
    x, y = rng.normal(0, 0.1, (n, 16, 16, 1)).astype(np.float32), np.arange(n, dtype=np.int32) % 2
    for image, code in zip(x, y, strict=True):
        at = int(rng.integers(0, 6))
        if directed:
            image[:, at + (10 if code else 0)] += 1
        elif code:
            image[:, at + 5] += 1
        else:
            image[at + 5] += 1
    return x, y


def test_the_mirror_is_asked_of_the_data(rng: np.random.Generator) -> None:
    assert survives_mirror(*_bars(600, rng, directed=False), rng)
    assert not survives_mirror(*_bars(600, rng, directed=True), rng)


def test_where_neighbours_know_nothing_the_mirror_is_left_alone(rng: np.random.Generator) -> None:
    noise = rng.normal(size=(600, 8, 8, 1)).astype(np.float32)
    assert not survives_mirror(noise, rng.integers(0, 2, 600), rng)
    assert not survives_mirror(noise[:2], np.array([0, 1]), rng)


def test_a_regressors_images_are_left_alone_unless_asked() -> None:
    x = _images(n=90, h=28, w=28)
    y = np.zeros((90, 1), np.float32)
    assert light_augmentation(x, y, stratify=False) == Augment()
    assert light_augmentation(x, y, stratify=False, flip=True, shift=3) == Augment(True, 3)


@pytest.mark.parametrize(("side", "shift"), [(7, 0), (8, 1), (28, 2), (32, 2), (64, 4)])
def test_shift_follows_the_side(side: int, shift: int) -> None:
    x = np.zeros((3, side, side + 4, 1), np.uint8)
    assert light_augmentation(x, np.zeros(3, np.int32), stratify=True, flip=False).shift == shift


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(SettingError, match=r"shift must be 0 or more pixels. Received: -1. Use 0"):
        Augment(shift=-1)
    with pytest.raises(SettingError, match=r"cutmix must be a share from 0 to 1. Received: 1.5. Use 0"):
        Augment(cutmix=1.5)
    with pytest.raises(SettingError, match=r"shift must be below the smaller side, 6. Received: 6. Use fewer"):
        light_augmentation(_images(), np.zeros(40, np.int32), stratify=True, flip=False, shift=6)


def test_long_runs_add_cutmix_where_there_is_something_to_cut() -> None:
    assert for_long_runs(Augment(flip=True, shift=2), (28, 32, 1)) == Augment(flip=True, shift=2, cutmix=0.5)
    assert for_long_runs(Augment(shift=1, cutmix=0.9), (32, 32, 3)) == Augment(shift=1, cutmix=0.9)
    for left_alone, side in ((Augment(), 32), (Augment(shift=1), 8)):
        assert for_long_runs(left_alone, (side, side, 1)) == left_alone

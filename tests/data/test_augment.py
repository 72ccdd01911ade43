"""Augmentation does what it says, to every image by itself, the same for the same seed; and suits the images."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from autonas.data.augment import Augment, light_augmentation
from autonas.data.mirror import survives_mirror
from autonas.errors import SettingError


def _images(n: int = 40, h: int = 6, w: int = 7, c: int = 3, dtype: str = "uint8") -> np.ndarray:
    return np.random.default_rng(0).integers(1, 256, (n, h, w, c)).astype(dtype)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_mirrored_images_are_mirrored_and_the_others_untouched(dtype: str, rng: np.random.Generator) -> None:
    x = _images(dtype=dtype)
    before = x.copy()
    out = Augment(flip=True).apply(x, rng)
    assert out.dtype == x.dtype
    same = np.array([np.array_equal(a, b) for a, b in zip(out, x, strict=True)])
    mirrored = np.array([np.array_equal(a, b[:, ::-1]) for a, b in zip(out, x, strict=True)])
    assert (same ^ mirrored).all()
    assert 10 <= mirrored.sum() <= 30  # 40 fair coins: within 3.2 sigma of 20
    np.testing.assert_array_equal(x, before)


def test_a_shifted_image_is_a_window_of_its_reflected_surroundings(rng: np.random.Generator) -> None:
    x, p = _images(), 2
    padded = np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)), mode="reflect")
    places = set()
    for image, around in zip(Augment(shift=p).apply(x, rng), padded, strict=True):
        found = [
            (i, j)
            for i in range(2 * p + 1)
            for j in range(2 * p + 1)
            if np.array_equal(image, around[i : i + 6, j : j + 7])
        ]
        assert len(found) == 1
        places.add(found[0])
    assert len(places) > 12  # of 25 places, by 40 images: each image is moved by itself


def test_cutout_fills_one_square_clipped_at_the_border(rng: np.random.Generator) -> None:
    x = _images(n=200)
    fill = np.array([0, 0, 0])  # no pixel of x is 0
    out = Augment(cutout=3).apply(x, rng, fill=fill)
    cut = (out == 0).all(axis=3)
    np.testing.assert_array_equal(out[~cut], x[~cut])
    for mask in cut:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
        assert mask.sum() == len(rows) * len(columns)
        assert 2 <= len(rows) <= 3
        assert 2 <= len(columns) <= 3


def test_the_seed_decides() -> None:
    x, augment = _images(), Augment(flip=True, shift=2, cutout=2)
    one, two, three = (augment.apply(x, np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, three)


def test_nothing_asked_is_nothing_done(rng: np.random.Generator) -> None:
    x = _images()
    assert not Augment().changes
    np.testing.assert_array_equal(Augment().apply(x, rng), x)


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
    assert light_augmentation(x, y, stratify=False, flip=True, shift=3, cutout=4) == Augment(True, 3, 4)


@pytest.mark.parametrize(("side", "shift"), [(7, 0), (8, 1), (28, 2), (32, 2), (64, 4)])
def test_shift_follows_the_side(side: int, shift: int) -> None:
    x = np.zeros((3, side, side + 4, 1), np.uint8)
    assert light_augmentation(x, np.zeros(3, np.int32), stratify=True, flip=False).shift == shift


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(SettingError, match=r"shift must be 0 or more pixels. Received: -1. Use 0"):
        Augment(shift=-1)
    with pytest.raises(SettingError, match=r"shift must be below the smaller side, 6. Received: 6. Use fewer"):
        light_augmentation(_images(), np.zeros(40, np.int32), stratify=True, flip=False, shift=6)

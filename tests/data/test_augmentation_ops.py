"""Augmentation does what it says, to every image by itself; cutout and normalisation agree on what nothing is."""

import numpy as np
import pytest

from autonas.data.augment import Augment

pytestmark = pytest.mark.tf


def _images(n: int = 40, dtype: str = "uint8") -> np.ndarray:
    return np.random.default_rng(0).integers(1, 256, (n, 6, 7, 3)).astype(dtype)


def _augmented(x: np.ndarray, augment: Augment, step: int = 0) -> np.ndarray:
    import tensorflow as tf

    from autonas.data.augmentation_ops import draws, gather_augmented

    u = draws(len(x), 3, tf.constant(step, tf.int64))
    return gather_augmented(tf.constant(x), tf.range(len(x), dtype=tf.int64), augment, u).numpy()


def _places(image: np.ndarray, original: np.ndarray, p: int) -> list[tuple[int, int, bool]]:
    """Return where, and whether mirrored, an image is found in the reflected surroundings of its original."""
    around = np.pad(original, ((p, p), (p, p), (0, 0)), mode="reflect")
    found = []
    for i in range(2 * p + 1):
        for j in range(2 * p + 1):
            window = around[i : i + 6, j : j + 7]
            found += [(i, j, False)] * np.array_equal(image, window)
            found += [(i, j, True)] * np.array_equal(image, window[:, ::-1])
    return found


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_images_are_mirrored_windows_of_their_reflected_surroundings(dtype: str) -> None:
    x = _images(400, dtype)
    out = _augmented(x, Augment(flip=True, shift=2))
    assert out.dtype == x.dtype
    found = [_places(image, original, 2) for image, original in zip(out, x, strict=True)]
    assert {len(places) for places in found} == {1}
    places = [places[0] for places in found]
    assert 160 <= sum(mirrored for *_, mirrored in places) <= 240  # 400 fair coins: within 4 sigma of 200
    for axis in (0, 1):  # 400 throws of a die of 5: within 4 sigma (32) of 80 each
        assert np.abs(np.bincount([place[axis] for place in places], minlength=5) - 80).max() <= 32
    assert len(set(places)) == 50  # rows, columns and mirror are drawn apart: every combination comes


def test_only_what_is_asked_is_done() -> None:
    x = _images()
    np.testing.assert_array_equal(_augmented(x, Augment()), x)
    mirrored = _augmented(x, Augment(flip=True))
    assert {_places(image, original, 0)[0][2] for image, original in zip(mirrored, x, strict=True)} == {True, False}
    shifted = _augmented(x, Augment(shift=1))
    assert not any(place[0][2] for place in (_places(i, o, 1) for i, o in zip(shifted, x, strict=True)))


def test_the_step_decides() -> None:
    x, augment = _images(), Augment(flip=True, shift=2)
    np.testing.assert_array_equal(_augmented(x, augment, 1), _augmented(x, augment, 1))
    assert not np.array_equal(_augmented(x, augment, 1), _augmented(x, augment, 2))


def test_cutout_clears_one_square_clipped_at_the_border() -> None:
    import tensorflow as tf

    from autonas.data.augmentation_ops import cut_out, draws

    x = _images(200, "float32")  # no pixel is 0
    out = cut_out(tf.constant(x), 3, draws(200, 0, tf.constant(0, tf.int64))).numpy()
    cut = (out == 0).all(axis=3)
    np.testing.assert_array_equal(out[~cut], x[~cut])
    corners = set()
    for mask in cut:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
        assert 2 <= len(rows) <= 3
        assert 2 <= len(columns) <= 3
        corners.add((rows[0], columns[0]))
    assert len(corners) > 20  # of 42 centres, which make 5 * 6 corners

"""Augmentation does what it says, to every image by itself, and cutmix to two."""

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


def _mixed(share: float, n: int = 400) -> tuple[np.ndarray, ...]:
    """Images filled with their own number, which is their class and one less than their weight, after cutmix."""
    import tensorflow as tf

    from autonas.data.augmentation_ops import cut_mix, draws

    number = np.arange(n)
    x = np.broadcast_to(number[:, None, None, None], (n, 6, 7, 2)).astype(np.float32)
    targets, weight = np.eye(n, dtype=np.float32), 1 + number.astype(np.float32)
    u = draws(n, 0, tf.constant(0, tf.int64))
    return tuple(each.numpy() for each in cut_mix(tf.constant(x), tf.constant(targets), tf.constant(weight), share, u))


def test_cutmix_pastes_a_box_of_the_image_before_with_its_class_by_area_and_weight() -> None:
    x, targets, weight = _mixed(1.0)
    areas = []
    for number, (image, target, counted) in enumerate(zip(x, targets, weight, strict=True)):
        other = (number - 1) % len(x)
        pasted = (image == other).all(axis=2)
        assert ((image == number).all(axis=2) | pasted).all()
        rows, columns = pasted.any(axis=1), pasted.any(axis=0)
        np.testing.assert_array_equal(pasted, rows[:, None] & columns[None])  # one box
        area = pasted.mean()
        own, lent = (1 - area) * (1 + number), area * (1 + other)
        assert counted == pytest.approx(own + lent, rel=1e-5)
        assert target[number] == pytest.approx(own / (own + lent), abs=1e-5)
        assert target[other] == pytest.approx(lent / (own + lent), abs=1e-5)
        assert target.sum() == pytest.approx(1, abs=1e-5)
        areas.append(area)
    assert min(areas) == 0
    assert max(areas) > 0.7
    assert 0.2 < np.mean(areas) < 0.5  # uniform would be 0.5; the border clips


def test_cutmix_mixes_the_share_that_is_asked() -> None:
    changed = [(_mixed(share)[1].max(axis=1) < 1).mean() for share in (0.0, 0.5, 1.0)]
    assert changed[0] == 0
    assert changed[1] == pytest.approx(changed[2] / 2, abs=0.1)  # 400 coins: 4 sigma


def test_two_images_of_no_weight_mix_to_none() -> None:
    import tensorflow as tf

    from autonas.data.augmentation_ops import cut_mix, draws

    x, none = tf.ones((4, 6, 7, 1)), tf.zeros((4,))
    _, targets, weight = cut_mix(x, tf.eye(4), none, 1.0, draws(4, 0, tf.constant(0, tf.int64)))
    assert np.isfinite(targets.numpy()).all()
    np.testing.assert_array_equal(weight.numpy(), none)

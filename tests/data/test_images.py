"""What images may be: kinds kept and converted, the schema at predict, and errors that say what to do."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autonas.data.images import ImageSchema, check_images, image_schema, normalise
from autonas.errors import DataError


def _images(dtype: str, shape: tuple[int, ...] = (5, 4, 6, 3)) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 200, shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_uint8_and_float32_are_not_copied(dtype: str) -> None:
    x = _images(dtype)
    assert np.shares_memory(check_images(x), x)


@pytest.mark.parametrize("dtype", ["bool", "int8", "int64", "uint16", "float16", "float64"])
def test_other_numbers_become_float32(dtype: str) -> None:
    x = _images(dtype, (5, 4, 6))
    checked = check_images(x)
    assert checked.dtype == np.float32
    np.testing.assert_array_equal(checked, x[..., None].astype(np.float32))


def test_lists_of_images_are_stacked() -> None:
    assert check_images([np.zeros((4, 6), np.uint8)] * 3).shape == (3, 4, 6, 1)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.zeros((0, 4, 4, 1), np.uint8), ["at least one image", "(0, 4, 4, 1)"]),
        (np.zeros((3, 0, 4, 1), np.uint8), ["at least one pixel", "(3, 0, 4, 1)"]),
        (np.zeros((4, 4)), ["(n, h, w)", "(4, 4)", "x[np.newaxis]"]),
        (np.zeros((2, 4, 4, 3, 1)), ["(n, h, w, c)", "(2, 4, 4, 3, 1)", "reshape"]),
        (np.full((2, 4, 4), np.nan), ["finite", "32", "nan_to_num"]),
        (np.array([[[1.0, np.inf], [0, -np.inf]]]), ["finite", "2 that", "Remove"]),
        (np.full((1, 2, 2), 1e300), ["fit in float32", "4 that", "rescale"]),
        ([np.zeros((4, 4)), np.zeros((5, 4))], ["one size", "np.stack"]),
        (np.array([np.zeros((4, 4)), np.zeros((5, 4))], dtype=object), ["numbers", "object", "np.stack"]),
        (np.array(["a.png", "b.png"]), ["numbers", "'str", "file names"]),
        (np.zeros((2, 4, 4), complex), ["numbers", "complex128"]),
        (np.zeros((2, 4, 4), "datetime64[s]"), ["numbers", "datetime64"]),
    ],
)
def test_what_is_no_image_is_named_with_a_remedy(x: object, words: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        check_images(x)
    for word in ["x must", "Received: ", *words]:
        assert word in str(caught.value)


def test_channels_first_is_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"np.moveaxis\(x, 1, -1\)"):
        check_images(np.zeros((2, 3, 8, 8), np.uint8))


def test_schema_keeps_what_came_and_measures_the_training_part_alone() -> None:
    x = np.concatenate([np.full((600, 2, 2, 1), 10, np.int64), np.full((600, 2, 2, 1), 30), np.full((9, 2, 2, 1), 250)])
    schema = image_schema(x, check_images(x)[:1200])
    assert (schema.shape, schema.rank, schema.dtype, schema.array_dtype) == ((2, 2, 1), 4, "int64", "float32")
    assert schema.mean == (20.0,)  # (10 + 30) / 2: the 250s are not in it
    assert schema.std == pytest.approx((10.0,))


@given(value=st.floats(-1e4, 1e4, width=32))
def test_a_constant_channel_stays_finite(value: float) -> None:
    x = np.full((7, 3, 3, 2), np.float32(value))
    x[..., 1] += np.arange(7, dtype=np.float32)[:, None, None] * 1000
    schema = image_schema(x, x)
    out = normalise(x, schema)
    assert np.isfinite(out).all()
    assert np.abs(out[..., 0]).max() <= 1e-5 * max(abs(value), 1)  # rounding of x * 1 - mean in float32
    assert out[..., 1].std() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_normalised_channels_have_mean_0_and_deviation_1(dtype: str) -> None:
    x = _images(dtype, (1100, 4, 6, 3)) + np.array([0, 5, 9], dtype)
    out = normalise(x, image_schema(x, x))
    assert out.dtype == np.float32
    assert out.shape == x.shape
    np.testing.assert_allclose(out.mean(axis=(0, 1, 2)), 0, atol=1e-4)
    np.testing.assert_allclose(out.std(axis=(0, 1, 2)), 1, atol=1e-4)
    reference = (x - x.mean(axis=(0, 1, 2))) / x.std(axis=(0, 1, 2))
    np.testing.assert_allclose(out, reference, atol=1e-5)


def test_schema_travels_as_json() -> None:
    x = _images("float64", (5, 4, 6))
    schema = image_schema(x, check_images(x))
    assert ImageSchema.from_json(json.loads(json.dumps(schema.to_json()))) == schema


@pytest.mark.parametrize("rank", [3, 4])
def test_check_takes_what_fit_saw_and_refuses_the_rest(rank: int) -> None:
    x = _images("uint8", (5, 4, 6, 1)[:rank])
    schema = image_schema(x, check_images(x))
    assert schema.check(x[:2]).shape == (2, 4, 6, 1)
    for wrong in (x[:, :, :5], x[..., None] if rank == 3 else x[..., 0], x[0]):
        with pytest.raises(DataError, match=r"x must be of shape \(n, 4, 6.*Received: .*x\[np.newaxis\]") as caught:
            schema.check(wrong)
        assert str(wrong.shape) in str(caught.value)
    with pytest.raises(DataError, match="finite"):
        schema.check(np.full(x.shape, np.nan))


@pytest.mark.parametrize(("at_fit", "at_predict"), [("uint8", "float32"), ("float32", "uint8")])
def test_another_scale_of_pixels_is_warned_of(at_fit: str, at_predict: str) -> None:
    x = _images("uint8")
    images = {"uint8": x, "float32": x.astype(np.float32) / 255}
    schema = image_schema(images[at_fit], images[at_fit])
    with pytest.warns(UserWarning, match="scale of the images given to fit"):
        schema.check(images[at_predict])


def test_floats_of_0_to_255_pass_where_fit_saw_uint8() -> None:
    x = _images("uint8")
    np.testing.assert_array_equal(image_schema(x, x).check(x.astype(np.float64)), x)


def test_a_broken_schema_is_refused() -> None:
    good = image_schema(_images("uint8"), _images("uint8")).to_json()
    for change in ({"shape": (4, 0, 3)}, {"rank": 3}, {"rank": 5}, {"std": (1.0,)}, {"std": (0.0, 1.0, 1.0)}):
        with pytest.raises(DataError, match="must be"):
            ImageSchema.from_json({**good, **change})

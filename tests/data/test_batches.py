"""Batches by step: each sample once an epoch, a new order each epoch, the same for a seed; padding weighs 0."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autonas.data.augment import Augment
from autonas.data.batches import EvaluationBatches, TrainingBatches, even_batch, mean_pixel, steps_per_epoch
from autonas.data.images import image_schema
from autonas.data.splits import Part
from autonas.errors import SettingError


def _part(n: int, *, weighted: bool = False) -> Part:
    x = np.arange(n, dtype=np.float32)[:, None, None, None] * np.ones((1, 4, 4, 1), np.float32)
    return Part(x, np.arange(n, dtype=np.int32), np.arange(n, dtype=np.float32) if weighted else None)


def _source(part: Part, size: int, seed: int = 0, augment: Augment | None = None) -> TrainingBatches:
    return TrainingBatches(part, size, seed=seed, augment=augment, fill=np.zeros(1, np.float32))


@given(n=st.integers(1, 50), size=st.integers(1, 60))
def test_an_epoch_holds_each_sample_at_most_once(n: int, size: int) -> None:
    source, steps = _source(_part(n, weighted=True), size), steps_per_epoch(n, size)
    epochs = [[source.batch(e * steps + s) for s in range(steps)] for e in range(2)]
    for epoch in epochs:
        x, y, weight = (np.concatenate(arrays) for arrays in zip(*epoch, strict=True))
        assert len(set(y.tolist())) == len(y) == steps * min(n, size) > n - min(n, size)
        np.testing.assert_array_equal(x[:, 0, 0, 0], y)
        np.testing.assert_array_equal(weight, y)


def test_epochs_differ_and_a_step_can_be_asked_for_in_any_order() -> None:
    source = _source(_part(40), 8, augment=Augment(flip=True, shift=1))
    forward = [source.batch(step) for step in range(10)]
    assert not np.array_equal(forward[0][1], forward[5][1])
    other = _source(_part(40), 8, augment=Augment(flip=True, shift=1))
    for step in reversed(range(10)):
        for a, b in zip(forward[step], other.batch(step), strict=True):
            np.testing.assert_array_equal(a, b)
    assert not np.array_equal(_source(_part(40), 8, seed=1).batch(0)[1], forward[0][1])


@given(n=st.integers(1, 200), size=st.integers(1, 64))
def test_evaluation_covers_each_sample_once_with_little_padding(n: int, size: int) -> None:
    source = EvaluationBatches(_part(n, weighted=True), size)
    batches = [source.batch(step) for step in range(source.steps)]
    _, y, weight = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
    assert {len(batch[0]) for batch in batches} == {even_batch(n, size)}
    assert even_batch(n, size) <= size
    np.testing.assert_array_equal(y[:n], np.arange(n))
    np.testing.assert_array_equal(weight[:n], np.arange(n))
    assert not weight[n:].any()
    assert len(y) - n < source.steps  # padding: less than one row a batch


def test_cutout_leaves_what_normalises_to_zero() -> None:
    x = np.zeros((8, 4, 4, 2), np.uint8)
    x[:4, ..., 0], x[:4, ..., 1] = 201, 7
    schema = image_schema(x, x)
    pixel = mean_pixel(x, schema)  # means are 100.5 and 3.5; rint rounds halves to even
    assert pixel.dtype == np.uint8
    assert pixel.tolist() == [100, 4]
    part = Part(x, np.zeros(8, np.int32))
    source = TrainingBatches(part, 8, seed=0, augment=Augment(cutout=4), fill=pixel)
    assert (source.batch(0)[0] == pixel).all(axis=3).any(axis=(1, 2)).all()


@pytest.mark.parametrize("size", [0, -3])
def test_no_batch_size_below_1(size: int) -> None:
    for make in (lambda: _source(_part(5), size), lambda: EvaluationBatches(_part(5), size)):
        with pytest.raises(SettingError, match=rf"batch_size must be 1 or more.*Received: \({size}, 5\). Use 32"):
            make()

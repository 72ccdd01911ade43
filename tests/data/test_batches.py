"""Batch sizes: never more than asked, nothing padded that need not be."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autonas.data.batches import batch_size_for, even_batch, steps_per_epoch
from autonas.errors import SettingError


@given(n=st.integers(1, 500), size=st.integers(1, 600))
def test_evaluation_batches_pad_less_than_one_row_a_batch(n: int, size: int) -> None:
    even = even_batch(n, size)
    steps = math.ceil(n / even)
    assert even <= size
    assert steps == math.ceil(n / size)  # no more batches than needed
    assert 0 <= steps * even - n < steps


@given(n=st.integers(1, 500), size=st.integers(1, 600))
def test_an_epoch_leaves_out_less_than_one_batch(n: int, size: int) -> None:
    left_out = n - steps_per_epoch(n, size) * batch_size_for(n, size)
    assert 0 <= left_out < batch_size_for(n, size) <= size


@pytest.mark.parametrize(("n", "size"), [(5, 0), (5, -3), (0, 32)])
def test_no_batch_below_1(n: int, size: int) -> None:
    for function in (batch_size_for, steps_per_epoch, even_batch):
        with pytest.raises(SettingError, match=rf"batch_size must be 1 or more.*Received: \({size}, {n}\). Use 32"):
            function(n, size)

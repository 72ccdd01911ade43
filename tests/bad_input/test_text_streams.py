"""Streams of texts that no search can use."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

import autonas
from tests.bad_input.conftest import check_fit

pytestmark = pytest.mark.tf

TEXTS, Y = [f"a text of number {number % 7}" for number in range(20)], np.arange(20) % 2


STREAMS = {
    "nothing": ([], "at least one batch"),
    "texts alone": ([TEXTS], "labels"),
    "too few labels": ([(TEXTS, Y[:3])], "y of batch 1"),
    "numbers": ([(np.arange(20), Y)], "text|string"),
}


@pytest.mark.parametrize("case", STREAMS)
def test_streams(case, tmp_path):
    batches, said = STREAMS[case]
    check_fit(autonas.TextClassifier, iter(batches), None, said, tmp_path / "mine", {}, {})


def test_a_dataset_without_labels(tmp_path):
    check_fit(
        autonas.TextClassifier, tf.data.Dataset.from_tensor_slices(TEXTS), None, "labels", tmp_path / "mine", {}, {}
    )

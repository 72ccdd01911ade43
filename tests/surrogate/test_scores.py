"""Transformed scores: standardised, in order, whatever their unit; and ranks that nothing bends."""

import numpy as np
import pytest
from scipy.stats import norm

from autonas.surrogate import SCORES, rank_gauss, standardise

EITHER = pytest.mark.parametrize("transform", SCORES.values(), ids=SCORES)


@EITHER
def test_the_order_is_kept_and_the_unit_forgotten(transform, rng):
    y = rng.uniform(size=30)
    z = transform(y)
    np.testing.assert_array_equal(np.argsort(z), np.argsort(y))
    assert z.mean() == pytest.approx(0, abs=1e-12)
    assert z.std() == pytest.approx(1)
    np.testing.assert_allclose(z, transform(1e6 * y - 3), atol=1e-9)


@EITHER
@pytest.mark.parametrize("y", [[0.9], [3.0, 3.0, 3.0]])
def test_equal_scores_are_all_nought(transform, y):
    assert transform(np.array(y)).tolist() == [0.0] * len(y)


def test_scores_that_differ_by_rounding_are_equal():
    assert standardise(np.array([3.0, 3.0 + 1e-15])).tolist() == [0.0, 0.0]


def test_ranks_by_hand():
    # Quantiles of 1/8, 3/8, 5/8, 7/8: symmetric about 0, and the outlier is just the last.
    expected = norm.ppf(np.array([3, 1, 7, 5]) / 8)
    np.testing.assert_allclose(rank_gauss(np.array([0.5, 0.1, 1e9, 0.6])), expected / expected.std())


def test_equal_scores_share_their_rank():
    z = rank_gauss(np.array([1.0, 2.0, 2.0, 3.0]))
    assert z[1] == z[2]
    np.testing.assert_allclose(z[1], 0.0, atol=1e-12)


def test_of_few_scores_the_distances_count_and_of_many_the_ranks(rng):
    y = rng.exponential(size=20)
    np.testing.assert_array_equal(SCORES["auto"](y[:19]), standardise(y[:19]))
    np.testing.assert_array_equal(SCORES["auto"](y), rank_gauss(y))

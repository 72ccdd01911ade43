"""Rows in every form: an array, a sparse matrix, a dict of both; and what pipelines make of them."""

import numpy as np
import pytest
import scipy.sparse

from autonas.data import Part
from autonas.data.pipelines import evaluation_batches, network_input, training_batches
from autonas.data.rows import count, filled_up, join, leaves, spread, take

pytestmark = pytest.mark.tf

DENSE = np.arange(40, dtype=np.float32).reshape(10, 4) * (np.arange(40).reshape(10, 4) % 3 == 0)
FORMS = {
    "array": DENSE,
    "sparse": scipy.sparse.csr_array(DENSE),
    "dict": {"a": DENSE, "b": scipy.sparse.csr_matrix(DENSE)},
}


def laid_out(rows):
    """Return rows as one array, the inputs of a dict side by side."""
    held = [each.toarray() if scipy.sparse.issparse(each) else each for each in leaves(rows)]
    return np.concatenate(held, axis=1)


@pytest.fixture(params=list(FORMS))
def rows(request):
    return FORMS[request.param]


def test_rows_are_counted_taken_joined_and_filled_up(rows):
    whole = laid_out(rows)
    assert count(rows) == 10
    np.testing.assert_array_equal(laid_out(take(rows, np.array([7, 2, 2]))), whole[[7, 2, 2]])
    np.testing.assert_array_equal(laid_out(take(rows, slice(3, 5))), whole[3:5])
    np.testing.assert_array_equal(laid_out(join([take(rows, slice(6)), take(rows, slice(6, 10))])), whole)
    np.testing.assert_array_equal(laid_out(filled_up(take(rows, slice(2, 4)), 4)), whole[[2, 3, 2, 2]])


@pytest.mark.parametrize("most", [1, 3, 5, 9, 10, 50])
def test_spread_rows_are_spread_and_no_more_than_asked_for(rows, most):
    chosen = spread(rows, most)
    assert min(most, 10) // 2 < count(chosen) <= most
    np.testing.assert_array_equal(laid_out(chosen)[0], laid_out(rows)[0])


def laid_out_batch(x):
    return np.concatenate([x[name] for name in sorted(x)], axis=1) if isinstance(x, dict) else np.asarray(x)


def test_pipelines_give_the_rows_that_they_were_given(rows):
    whole, y = laid_out(rows), np.arange(10, dtype=np.int32)
    part = Part(rows, y)
    np.testing.assert_array_equal(laid_out_batch(network_input(rows, None)), whole)
    seen = [laid_out_batch(x) for x in evaluation_batches(rows, 4).as_numpy_iterator()]
    np.testing.assert_array_equal(np.concatenate(seen)[:10], whole)
    for x, codes, _ in training_batches(part, 5, seed=0).take(4).as_numpy_iterator():
        np.testing.assert_array_equal(laid_out_batch(x), whole[codes])

"""Targets go in and come back out: same labels, same dtype, same rank, also through JSON."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autonas.data.targets import ClassTarget, RegressionTarget, target_from_json
from autonas.errors import DataError

_texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=5)
_labels = st.one_of(
    hnp.arrays(st.sampled_from([np.int8, np.int32, np.int64, np.uint8, np.uint64]), st.integers(2, 30)),
    hnp.arrays(np.bool_, st.integers(2, 9)),
    hnp.arrays(np.float32, st.integers(2, 30), elements=st.integers(-50, 50)),
    st.lists(_texts, min_size=2, max_size=20).map(np.array),
    st.lists(_texts, min_size=2, max_size=20).map(lambda texts: np.array(texts, dtype=object)),
)
if hasattr(np.dtypes, "StringDType"):  # NumPy 2
    _labels |= st.lists(_texts, min_size=2, max_size=20).map(lambda texts: np.array(texts, np.dtypes.StringDType()))


@given(y=_labels.filter(lambda y: len(set(y.tolist())) > 1))
def test_labels_come_back_as_they_went_in_also_through_json(y: np.ndarray) -> None:
    target = ClassTarget.fit(y)
    stored = target_from_json(json.loads(json.dumps(target.to_json())))
    for encoder in (target, stored):
        codes = encoder.encode(y)
        assert codes.dtype == np.int32
        assert set(codes.tolist()) == set(range(encoder.n_classes))
        labels = encoder.decode(codes)
        assert labels.dtype == y.dtype
        assert labels.tolist() == y.tolist()


def test_classes_are_sorted_labels() -> None:
    target = ClassTarget.fit(["dog", "cat", "cat"])
    assert target.classes_.tolist() == ["cat", "dog"]
    assert target.encode(np.array([["dog"], ["cat"]])).tolist() == [1, 0]


@given(
    codes=st.lists(st.integers(0, 4), min_size=2, max_size=20).filter(lambda c: len(set(c)) > 1),
    dtype=st.sampled_from(["float32", "int64", "bool"]),
)
def test_one_hot_rows_give_column_numbers(codes: list[int], dtype: str) -> None:
    rows = np.eye(5, dtype=dtype)[codes]
    target = target_from_json(json.loads(json.dumps(ClassTarget.fit(rows).to_json())))
    assert target.classes_.tolist() == [0, 1, 2, 3, 4]
    assert target.encode(rows).tolist() == codes
    assert target.encode(codes).tolist() == codes  # what predict gives is taken back
    assert target.decode(target.encode(rows)).dtype.kind == "i"


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([], ["at least one label", "(0,)"]),
        ([3, 3, 3], ["two classes", "one class, 3", "Add images"]),
        (np.eye(3)[[1, 1]], ["two classes", "one class, 1"]),
        (["a", "b", None], ["missing", "1 of 3", "Remove"]),
        (["a", float("nan")], ["missing", "1 of 2"]),
        (np.array(["a", None], dtype=object), ["missing", "1 of 2"]),
        (np.array([0.0, np.nan, np.inf]), ["missing", "2 NaN or infinite"]),
        ([0.5, 1.0, 2.0], ["class labels", "[0.5]", "Use ImageRegressor"]),
        ([1, "a"], ["one kind", "'int', 'str'"]),
        (np.array([b"a", b"b"]), ["string labels", "bytes8", "astype(str)"]),
        ([[1, 0], [1, 1]], ["one-hot", "exactly one 1", "[[1, 0], [1, 1]]"]),
        ([[0.5, 0.5], [1.0, 0.0]], ["one-hot", "soft labels"]),
        ([["a", "b"], ["c", "d"]], ["one-hot", "(n,)"]),
        (np.zeros((2, 2, 2)), ["(n,) or one-hot", "(2, 2, 2)"]),
        (7, ["at least one label", "()"]),
        ([[1, 0], [1]], ["of one kind", "list"]),
        (np.array([np.zeros(2), np.zeros(3)], dtype=object), ["of one kind", "ndarray"]),
        ([2**70, 1], ["of one kind", "int"]),
    ],
)
def test_what_is_no_label_is_named_with_a_remedy(y: object, words: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        ClassTarget.fit(y)
    for word in ["y must", "Received: ", *words]:
        assert word in str(caught.value)


@pytest.mark.parametrize("later", [["bird"], ["cattle"], [1], [["cat", "dog"]]])
def test_labels_that_fit_did_not_see_are_named(later: list) -> None:
    with pytest.raises(DataError, match=r"y must .*fit.*Received: "):
        ClassTarget.fit(["cat", "dog"]).encode(later)


def test_one_hot_rows_of_another_width_are_refused() -> None:
    with pytest.raises(DataError, match=r"rows of 3 columns.*Received: \(4, 4\)"):
        ClassTarget.fit(np.eye(3)).encode(np.eye(4))


_numbers = hnp.arrays(
    st.sampled_from([np.float64, np.float32, np.int32]),
    st.one_of(st.tuples(st.integers(1, 20)), st.tuples(st.integers(1, 20), st.integers(1, 3))),
    elements=st.integers(-10_000, 10_000),
)


@given(y=_numbers)
def test_targets_come_back_in_scale_rank_and_dtype(y: np.ndarray) -> None:
    target = target_from_json(json.loads(json.dumps(RegressionTarget.fit(y).to_json())))
    codes = target.encode(y)
    assert codes.dtype == np.float32
    assert codes.shape == (len(y), target.n_outputs)
    out = target.decode(codes)
    assert out.shape == y.shape
    assert out.dtype == (np.float32 if y.dtype == np.float32 else np.float64)
    # float32 codes carry 2**-24 of a deviation times the largest code; 1e-5 of the range leaves room for both.
    np.testing.assert_allclose(out, y, atol=1e-5 * max(1, np.abs(y).max()), rtol=0)


def test_standardised_targets_by_hand() -> None:
    target = RegressionTarget.fit([[1.0, 5.0], [3.0, 5.0]])
    assert target.mean == (2.0, 5.0)
    assert target.scale == (1.0, 1.0)  # deviation of (1, 3) is 1; a constant column is divided by 1
    np.testing.assert_array_equal(target.encode([[1.0, 5.0], [3.0, 5.0]]), [[-1, 0], [1, 0]])


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([], ["(n,) or (n, k)", "(0,)"]),
        (np.zeros((2, 2, 2)), ["(n,) or (n, k)", "(2, 2, 2)"]),
        ([1.0, np.nan], ["finite", "1 that"]),
        ([1.0, None], ["finite", "1 that"]),
        (["a", "b"], ["numbers", "ImageClassifier"]),
        ([True, False], ["numbers", "bool", "ImageClassifier"]),
        ([[1.0], [1.0, 2.0]], ["numbers", "list"]),
        ([1e300, -1e300], ["float64 can square", "1e+300", "Divide y"]),
    ],
)
def test_what_is_no_number_is_named_with_a_remedy(y: object, words: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        RegressionTarget.fit(y)
    for word in ["y must", "Received: ", *words]:
        assert word in str(caught.value)


def test_another_number_of_outputs_is_refused() -> None:
    with pytest.raises(DataError, match=r"1 column.*Received: \(3, 3\)"):
        RegressionTarget.fit([1.0, 2.0]).encode(np.eye(3))


def test_an_unknown_kind_of_target_is_refused() -> None:
    with pytest.raises(DataError, match=r"one of heads, class, multi_label, regression. Received: 'ranking'"):
        target_from_json({"kind": "ranking"})

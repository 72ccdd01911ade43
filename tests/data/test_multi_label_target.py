"""Several labels a sample: which y that is, and that it comes back as it went in."""

import json

import numpy as np
import pytest

from autonas.data import ClassTarget, target_from_json
from autonas.data.multi_label_target import MultiLabelTarget, is_multi_label
from autonas.errors import DataError

ROWS = np.array([[1, 0, 1], [0, 1, 0], [0, 0, 0], [1, 1, 1]])
SETS = [{"cat", "dog"}, {"bird"}, set(), {"bird", "cat", "dog"}]
HOT = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 1]])  # bird, cat, dog


@pytest.mark.parametrize("y", [ROWS, ROWS.astype(bool), ROWS.astype("float32"), ROWS.tolist()])
def test_rows_come_back_as_rows_of_their_dtype(y):
    assert is_multi_label(y)
    target = MultiLabelTarget.fit(y)
    np.testing.assert_array_equal(target.encode(y), ROWS)
    back = target.decode(target.encode(y) * 0.8)
    np.testing.assert_array_equal(back, ROWS)
    assert back.dtype == np.asarray(y).dtype
    assert target.classes_.tolist() == [0, 1, 2]


def _objects(y):
    held = np.empty(len(y), dtype=object)
    held[:] = y
    return held


@pytest.mark.parametrize("kind", [set, frozenset, tuple, list])
@pytest.mark.parametrize("hold", [list, tuple, _objects])
def test_sets_come_back_in_what_they_came_in(kind, hold):
    y = hold([kind(sorted(labels)) for labels in SETS])
    assert is_multi_label(y)
    target = MultiLabelTarget.fit(y)
    np.testing.assert_array_equal(target.encode(y), HOT)
    assert target.decode(HOT) == list(y)
    assert type(target.decode(HOT)[0]) is kind


def test_numbers_may_be_labels_too_and_are_told_from_rows():
    y = [[3, 5], [5], []]
    assert MultiLabelTarget.fit(y).classes_.tolist() == [3, 5]
    assert is_multi_label([[0, 1], [1, 1]])
    np.testing.assert_array_equal(MultiLabelTarget.fit([[0, 1], [1, 1]]).encode([[0, 1]]), [[0, 1]])


@pytest.mark.parametrize(
    "y", [[0, 1, 2], ["a", "b"], np.eye(3), np.eye(3).tolist(), [["a"], ["b"]], [0.5, 1.5], [], None]
)
def test_one_label_a_sample_is_not_several(y):
    assert not is_multi_label(y)


@pytest.mark.parametrize("y", [ROWS, SETS])
def test_it_travels_as_json(y):
    target = MultiLabelTarget.fit(y)
    back = target_from_json(json.loads(json.dumps(target.to_json())))
    assert back.classes_.tolist() == target.classes_.tolist()
    assert back.classes_.dtype == target.classes_.dtype
    assert (back.form, back.dtype) == (target.form, target.dtype)
    assert isinstance(target_from_json(ClassTarget.fit([0, 1]).to_json()), ClassTarget)


@pytest.mark.parametrize(
    ("fitted", "y", "said"),
    [
        (ROWS, ROWS[:, :2], "of 3 columns"),
        (ROWS, ROWS * 2, "rows of 0 and 1"),
        (ROWS, SETS, "of 3 columns"),
        (SETS, ROWS, "a list of sets"),
        (SETS, [{"cat"}, {"fish"}], "labels that fit saw.*'fish'"),
    ],
)
def test_what_fit_did_not_see_is_refused(fitted, y, said):
    with pytest.raises(DataError, match=f"(?s){said}"):
        MultiLabelTarget.fit(fitted).encode(y)


@pytest.mark.parametrize(
    ("y", "said"),
    [
        ([{"cat"}, {"cat"}], "at least two labels"),
        ([{"cat"}, {1}], "all of one kind"),
        ([{"cat", None}, {"dog"}], "no missing labels"),
        ([set(), set()], "a list of sets"),
        ([[["a"]], [["b"], ["c"]]], "a list of sets"),
    ],
)
def test_what_is_no_set_of_labels_is_refused(y, said):
    with pytest.raises(DataError, match=said):
        MultiLabelTarget.fit(y)

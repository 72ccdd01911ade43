"""Splits: every sample once, classes in their shares, none lost to training; weights follow their samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autonas.data.class_target import ClassTarget
from autonas.data.splits import split
from autonas.data.weights import check_weights, class_weights, weigh_classes
from autonas.errors import DataError, SettingError


def _rows(n: int) -> np.ndarray:
    return np.arange(n, dtype=np.float32).reshape(n, 1, 1, 1)


@given(
    codes=st.lists(st.integers(0, 5), min_size=3, max_size=80),
    share=st.floats(0.05, 0.95),
    seed=st.integers(0, 3),
)
def test_every_sample_once_and_every_class_in_training(codes: list[int], share: float, seed: int) -> None:
    y, n = np.array(codes, np.int32), len(codes)
    try:
        train, validation = split(_rows(n), y, _rows(n).ravel(), validation_split=share, stratify=True, seed=seed)
    except SettingError:
        assert round(n * share) in (0, n) or len(set(codes)) == n
        return
    both = np.concatenate([train.x, validation.x]).ravel()
    assert sorted(both.tolist()) == list(range(n))
    assert set(train.y.tolist()) == set(codes)
    assert 0 < len(validation) <= round(n * share)
    for part in (train, validation):
        np.testing.assert_array_equal(part.y, y[part.x.ravel().astype(int)])
        np.testing.assert_array_equal(part.weight, part.x.ravel())


def test_sorted_labels_are_split_in_their_shares() -> None:
    y = np.repeat([0, 1, 2], [500, 300, 200]).astype(np.int32)
    train, validation = split(_rows(1000), y, None, validation_split=0.2, stratify=True, seed=0)
    assert np.bincount(validation.y).tolist() == [100, 60, 40]
    assert np.bincount(train.y).tolist() == [400, 240, 160]
    assert train.weight is None


def test_one_rare_sample_stays_in_training() -> None:
    y = np.array([0] * 50 + [1] * 49 + [2], np.int32)
    for seed in range(5):
        train, validation = split(_rows(100), y, None, validation_split=0.2, stratify=True, seed=seed)
        assert 2 in train.y
        assert len(validation) == 20


@pytest.mark.parametrize("stratify", [True, False])
def test_the_seed_decides(stratify: bool) -> None:
    y = np.arange(100, dtype=np.int32) % 4
    parts = [
        split(_rows(100), y, None, validation_split=0.3, stratify=stratify, seed=seed)[1].x.ravel().tolist()
        for seed in (0, 0, 1)
    ]
    assert parts[0] == parts[1] != parts[2]
    assert len(parts[0]) == 30


@pytest.mark.parametrize("share", [0, 1, -0.2, 1.5, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(SettingError, match=r"validation_split must be above 0 and below 1. Received: .*Use a share"):
        split(_rows(9), np.arange(9), None, validation_split=share, stratify=False, seed=0)


@pytest.mark.parametrize(("n", "validating"), [(10, 2), (5000, 1000), (8000, 1000), (10_000, 1000), (50_000, 5000)])
def test_by_default_a_fifth_of_few_and_a_tenth_of_many_samples_validate(n: int, validating: int) -> None:
    train, validation = split(_rows(n), np.arange(n) % 2, None, validation_split="auto", stratify=True, seed=0)
    assert (len(train), len(validation)) == (n - validating, validating)


def test_an_impossible_split_is_refused() -> None:
    with pytest.raises(SettingError, match=r"Received: 0.1 of 3 samples. Use another share"):
        split(_rows(3), np.zeros(3), None, validation_split=0.1, stratify=False, seed=0)
    with pytest.raises(SettingError, match=r"Received: 4 samples of as many classes. Use validation_data"):
        split(_rows(4), np.arange(4), None, validation_split=0.5, stratify=True, seed=0)


def test_balanced_classes_weigh_the_same_together() -> None:
    target = ClassTarget.fit(["a", "a", "a", "b"])
    codes = target.encode(["a", "a", "a", "b"])
    table = class_weights("balanced", target, codes)
    # n / (k * count): 4 / (2 * 3) and 4 / (2 * 1)
    np.testing.assert_allclose(table, [4 / 6, 2])
    np.testing.assert_allclose(weigh_classes(None, table, codes), [4 / 6, 4 / 6, 4 / 6, 2])
    np.testing.assert_allclose(weigh_classes(np.float32([1, 0, 3, 2]), table, codes), [4 / 6, 0, 2, 4])


def test_balanced_leaves_a_column_without_samples_alone() -> None:
    rows = np.eye(3)[[0, 0, 2]]
    target = ClassTarget.fit(rows)
    np.testing.assert_allclose(class_weights("balanced", target, target.encode(rows)), [0.75, 1, 1.5])


def test_a_dict_names_labels_and_the_others_weigh_1() -> None:
    target = ClassTarget.fit(["a", "b", "c"])
    np.testing.assert_array_equal(class_weights({"b": 5}, target, np.arange(3)), [1, 5, 1])
    assert class_weights(None, target, np.arange(3)) is None


@pytest.mark.parametrize(
    ("given_weight", "words"),
    [
        ({"z": 1}, "keys are labels of y, such as .*Received: 'z'"),
        ({"a": -1}, r"class_weight\['a'\] must be a finite number.*Received: -1"),
        ({"a": float("nan")}, "Received: nan"),
        ({"a": "2"}, "Received: '2'"),
        ("equal", "balanced.*Received: 'equal'. Use a dict"),
    ],
)
def test_class_weights_that_cannot_be_are_refused(given_weight: object, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        class_weights(given_weight, ClassTarget.fit(["a", "b"]), np.arange(2))


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        ([1, 2], r"of shape \(3,\).*Received: \(2,\)"),
        (np.ones((3, 1)), r"Received: \(3, 1\)"),
        ([1, -1, 1], "0 or more.*Received: from -1 to 1"),
        ([1, np.nan, 1], "finite"),
        ([0, 0, 0], "not all of them zero"),
        (["a", "b", "c"], "numbers"),
    ],
)
def test_sample_weights_that_cannot_be_are_refused(weight: object, words: str) -> None:
    with pytest.raises(DataError, match=f"sample_weight must .*{words}"):
        check_weights(weight, 3)


def test_sample_weights_become_float32() -> None:
    assert check_weights(None, 3) is None
    assert check_weights([1, 2, 0], 3).dtype == np.float32

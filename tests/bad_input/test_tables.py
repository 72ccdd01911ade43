"""Tables that no search can use."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import tensorflow as tf

import autonas
from tests.bad_input.conftest import check_fit

pytestmark = pytest.mark.tf

X, Y = np.arange(60, dtype=float).reshape(20, 3), np.arange(20) % 2
FRAME = pd.DataFrame({"age": np.arange(20.0), "city": ["Rome", "Oslo"] * 10})


def spoiled(value):
    x = X.copy()
    x[3, 1] = value
    return x


def column(values):
    return FRAME.assign(age=values)


TABLES = {
    "no rows": (X[:0], "sample"),
    "no columns": (X[:, :0], "column|feature"),
    "an empty frame": (pd.DataFrame(), "row|column"),
    "a frame without rows": (FRAME[:0], "row"),
    "a vector": (X[:, 0], r"\(n, columns\)"),
    "three axes": (X[..., None], r"\(n, columns\)"),
    "a number": (5.0, r"\(n, columns\)"),
    "None": (None, r"\(n, columns\)"),
    "a text": ("table", r"\(n, columns\)|CSV"),
    "rows of unequal length": ([[1.0, 2.0], [1.0]] * 10, r"\(n, columns\)"),
    "infinite": (spoiled(np.inf), "infinite|finite"),
    "negative infinite": (spoiled(-np.inf), "infinite|finite"),
    "too large": (spoiled(1e300), "infinite|finite|float32"),
    "complex": (X + 1j, "omplex"),
    "infinite in a column": (column([np.inf, *range(19)]), "infinite|finite"),
    "complex in a column": (column(np.arange(20) * 1j), "omplex"),
    "bytes in a column": (column([b"a"] * 20), "age"),
    "lists in a column": (column([[1, 2]] * 20), "age"),
    "dicts in a column": (column([{"a": 1}] * 20), "age"),
    "things in a column": (column([object()] * 20), "age"),
    "columns twice": (pd.concat([FRAME, FRAME], axis=1), "one column a name"),
    "a dict": ({"age": [1, 2], "city": ["a", "b"]}, r"\(n, columns\)"),
    "a huge sparse matrix": (scipy.sparse.csr_matrix((20, 100_000_000)), "sparse"),
    "a series": (FRAME["age"], r"\(n, columns\)"),
}


@pytest.mark.parametrize("kind", [autonas.StructuredDataClassifier, autonas.StructuredDataRegressor])
@pytest.mark.parametrize("case", TABLES)
def test_tables(case, kind, tmp_path):
    x, said = TABLES[case]
    check_fit(kind, x, Y, said, tmp_path / "mine", {}, {})


LABELS = {
    "too few": (Y[:5], "same length"),
    "none given": (None, "y"),
    "one class": (np.zeros(20), "two classes"),
    "NaN": (np.where(Y, 1.0, np.nan), "missing"),
    "None": ([None, "a"] * 10, "missing"),
    "a column that is not there": ("price", "the name of a column"),
    "mixed": (["a", 1] * 10, "one kind"),
    "a class of one row each": (np.arange(20), "two samples"),
}


@pytest.mark.parametrize("case", LABELS)
def test_labels(case, tmp_path):
    y, said = LABELS[case]
    check_fit(autonas.StructuredDataClassifier, FRAME, y, said, tmp_path / "mine", {}, {})


FIT = {
    "sample_weight": np.full(20, -1.0),
    "class_weight": {"cat": 1.0},
    "validation_split": 2.0,
    "validation_data": (FRAME[["age"]], Y),
    "epochs": -1,
    "batch_size": 0,
    "callbacks": [print],
}


@pytest.mark.parametrize("case", FIT)
def test_arguments_of_fit(case, tmp_path):
    said = "validation" if case == "validation_data" else case
    check_fit(autonas.StructuredDataClassifier, FRAME, Y, said, tmp_path / "mine", {}, {case: FIT[case]})


FILES = {
    "not there": (None, "price", "can be read"),
    "empty": ("", "price", "can be read"),
    "a header alone": ("age,price\n", "price", "at least one row"),
    "without the target": ("age,city\n1,Rome\n2,Oslo\n", "price", "the name of a column"),
    "no target said": ("age,price\n1,2\n", None, "the name of a column"),
    "a number for the target": ("age,price\n1,2\n", 1, "the name of a column"),
    "the target alone": ("price\n1\n2\n", "price", "columns beside the target"),
    "ragged": ("age,price\n1,2\n1,2,3,4\n", "price", "can be read"),
    "bytes": (b"\xff\xfe\x00\x01\x02", "price", "can be read|name of a column"),
    "missing target": ("age,price\n" + "1,\n2,3\n" * 5, "price", "missing|finite"),
}


@pytest.mark.parametrize("case", FILES)
def test_csv_files(case, tmp_path):
    content, target, said = FILES[case]
    path = tmp_path / "houses.csv"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    for kind in (autonas.StructuredDataClassifier, autonas.StructuredDataRegressor):
        check_fit(kind, path, target, said, tmp_path / "mine", {}, {})


def test_a_csv_file_that_is_a_folder(tmp_path):
    (tmp_path / "houses.csv").mkdir()
    check_fit(autonas.StructuredDataClassifier, tmp_path / "houses.csv", "y", "a CSV file", tmp_path / "mine", {}, {})


STREAMS = {
    "nothing": ([], "at least one batch"),
    "x alone": ([X], "labels"),
    "too few labels": ([(X, Y[:3])], "y of batch 1"),
    "other columns": ([(X, Y), (X[:, 1:], Y)], "of one form"),
    "other names": ([(FRAME, Y), (FRAME.rename(columns={"age": "old"}), Y)], "of the same columns"),
    "weights now and then": ([(X, Y), (X, Y, Y)], "weights"),
    "one row": ([(5.0, 1)], "batch of rows"),
}


@pytest.mark.parametrize("case", STREAMS)
def test_streams(case, tmp_path):
    batches, said = STREAMS[case]
    check_fit(autonas.StructuredDataClassifier, iter(batches), None, said, tmp_path / "mine", {}, {})


def test_a_dataset_without_labels(tmp_path):
    dataset = tf.data.Dataset.from_tensor_slices(X)
    check_fit(autonas.StructuredDataClassifier, dataset, None, "labels", tmp_path / "mine", {}, {})

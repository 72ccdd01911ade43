"""Tables as they come, what is measured of them, and what the network sees: in NumPy and in Keras."""

import datetime
import decimal
import json

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from autonas.data import TABLES, TableSchema, check_table, make_dataset, schema_from_json, tables
from autonas.data import columns as contents
from autonas.data.tables import describe_table
from autonas.errors import DataError
from autonas.export.preprocessing import preprocessing

pytestmark = pytest.mark.tf

N = 60


@pytest.fixture
def frame(rng):
    """Return a table of everything: numbers, counts, booleans, texts, categories, dates, with gaps."""
    table = pd.DataFrame(
        {
            "a/b": rng.normal(size=N),
            "heavy": np.exp(5 * rng.normal(size=N)),
            "count": pd.array(rng.integers(0, 9, N), dtype="Int64"),
            "flag": rng.random(N) < 0.5,
            "maybe": rng.choice(np.array([True, False, None], dtype=object), N),
            "city": rng.choice(np.array(["Rome", "Oslo", "Łódź"], dtype=object), N),
            "code": pd.Categorical(rng.integers(0, 3, N)),
            "opened": pd.date_range("2020-01-01", periods=N, freq="37h"),
            "written": pd.date_range("2021-01-01", periods=N).strftime("%Y-%m-%d").astype(object),
            "many": [f"kind {place}" for place in range(N)],
            "empty": np.full(N, np.nan),
        }
    )
    for row, column in enumerate(("a/b", "count", "city", "opened", "written")):
        table.loc[row, column] = None
    return table


def described(x, train=slice(None)):
    rows = check_table(x)
    kept = {name: held[train] for name, held in rows.items()} if isinstance(rows, dict) else rows[train]
    return describe_table(x, kept)


def in_keras(schema, x):
    inputs, seen = preprocessing(schema)
    return keras.Model(inputs, seen).predict_on_batch(schema.feed(schema.check(x)))


def test_columns_are_taken_for_what_they_hold(frame):
    schema = described(frame)
    found = {column.name: column.content for column in schema.columns}
    dates, texts = {"opened", "written"}, {"city", "code", "many"}
    assert {name for name, content in found.items() if content == "date"} == dates
    assert {name for name, content in found.items() if content == "category"} == texts
    gaps = {column.name for column in schema.columns if column.gaps}
    assert gaps == {"a/b", "count", "maybe", "opened", "written", "empty"}


@pytest.mark.parametrize("most", [1000, 20])
def test_keras_sees_what_numpy_sees(frame, monkeypatch, most):
    monkeypatch.setattr(contents, "MOST", most)  # above so many kinds, categories are hashed besides
    schema = described(frame, slice(40))
    new = frame.copy()
    new.loc[50, "city"], new.loc[51, "many"] = "Paris", None
    seen = schema.encode(schema.check(new))
    assert seen.shape == (N, *schema.shape)
    assert any(column.buckets for column in schema.categories) == (most == 20)
    np.testing.assert_allclose(in_keras(schema, new), seen, atol=1e-6)


@pytest.mark.parametrize("form", ["columns", "array"])
def test_numbers_of_many_rows_are_also_cut_into_steps(frame, rng, monkeypatch, form):
    x = frame if form == "columns" else rng.normal(size=(N, 3)) * [1, 1e-6, 0] + [1e5, 0, 3]
    few = described(x).shape[0]
    monkeypatch.setattr(tables, "ENOUGH", N)
    schema = described(x)
    steps = {column.name: len(column.edges[1:]) for column in schema.numbers}
    equal = ("flag", "maybe", "empty") if form == "columns" else ("x2",)
    assert all(steps[name] == 0 for name in equal)  # a flag has one step, which s(z) says already
    assert steps["heavy" if form == "columns" else "x1"] == contents.STEPS
    assert schema.shape[0] == few + sum(steps.values())
    seen = schema.encode(schema.check(x))
    np.testing.assert_allclose(in_keras(schema, x), seen, atol=1e-6)
    state = json.loads(json.dumps(schema.to_json()))
    np.testing.assert_array_equal(schema_from_json(state).encode(schema.check(x)), seen)


def test_steps_by_hand(monkeypatch):
    # Quantiles of 0, 0, 0, 0, 4, 4, 8, 8, 8 in eighths: 0, 0, 0, 0, 4, 4, 8, 8, 8, so the edges are 0, 4 and 8.
    monkeypatch.setattr(tables, "ENOUGH", 9)
    schema = described(np.array([0, 0, 0, 0, 4, 4, 8, 8, 8.0])[:, np.newaxis])
    assert schema.columns[0].edges == (0, 4, 8)
    seen = schema.encode(np.array([[-9], [1], [4], [7], [1e30], [np.nan]], np.float32))
    np.testing.assert_array_equal(seen[:, -2:], [[0, 0], [0.25, 0], [1, 0], [1, 0.75], [1, 1], [0, 0]])


def test_the_more_columns_the_fewer_steps(rng, monkeypatch):
    monkeypatch.setattr(tables, "ENOUGH", N)
    monkeypatch.setattr(tables, "STEPS_IN_ALL", 12)
    assert described(rng.normal(size=(N, 4))).shape == (4 + 4 * 3,)
    assert described(rng.normal(size=(N, 7))).shape == (7,)  # a single step each would tell nothing new


def test_an_array_of_numbers_stays_one_array(rng):
    x = rng.normal(size=(N, 5)) * [1, 1e-6, 1e6, 1, 0] + [0, 0, 1e7, 0, 3]
    x[3, 2] = np.nan
    schema = described(x)
    assert (schema.form, schema.shape) == ("array", (6,))  # 5 numbers, and what of the third is missing
    seen = schema.encode(schema.check(x))
    np.testing.assert_allclose(in_keras(schema, x), seen, atol=1e-6)
    assert np.abs(seen[:, :2]).max() < 3
    assert 0.5 < np.std(seen[:, 1]) < 1.2
    np.testing.assert_array_equal(seen[:, 4], 0)
    np.testing.assert_array_equal(np.flatnonzero(seen[:, 5]), [3])


def test_columns_may_be_called_as_layers_are(monkeypatch):
    monkeypatch.setattr(tables, "ENOUGH", 9)
    names = ["numbers", "features", "centre", "scale", "above_edges", "steps", "values", "probabilities", "scale_"]
    x = pd.DataFrame({name: np.arange(9.0) ** place for place, name in enumerate(names)})
    x["category_0"] = list("abcabcabc")
    schema = described(x)
    np.testing.assert_allclose(in_keras(schema, x), schema.encode(schema.check(x)), atol=1e-6)
    assert len(set(schema.input_names.values())) == 10


def test_numbers_by_hand():
    # Quartiles 0, 1, 2: centre 1, scale 1.349 / 2. z of 9 is 8 * 0.6745 = 5.396; s = z / sqrt(1 + (z / 3)^2).
    x = np.array([[-9.0], [0.0], [1.0], [2.0], [9.0]])
    schema = described(x)
    assert (schema.columns[0].centre, schema.columns[0].scale) == (1.0, pytest.approx(0.6745))
    seen = schema.encode(schema.check(x))[:, 0]
    assert seen[2] == 0
    assert seen[4] == pytest.approx(5.396 / np.sqrt(1 + (5.396 / 3) ** 2), rel=1e-5)


def test_nothing_is_measured_on_what_validates():
    x = pd.DataFrame({"a": np.r_[np.zeros(40), np.full(10, 1e6)], "b": ["seen"] * 40 + ["new"] * 10})
    y = np.r_[np.arange(40) % 2, np.arange(10) % 2]
    data = make_dataset(x[:40], y[:40], reader=TABLES, task="classification", validation_data=(x[40:], y[40:]))
    number, category = data.schema.columns
    assert number.centre == 0
    assert category.vocabulary == ("seen",)
    np.testing.assert_array_equal(data.validation.x[:, 1], 0)  # a category that training never saw has no place


def test_a_column_of_equal_numbers_but_some_is_still_told_apart():
    x = np.r_[np.zeros(50), 1.0, 2.0][:, np.newaxis]
    seen = described(x).encode(check_table(x))
    assert len(np.unique(seen)) == 3
    assert np.abs(seen).max() <= 3


def test_dates_become_days_and_the_cycles_that_they_span():
    long, short = pd.date_range("2020-01-01", periods=400), pd.date_range("2020-01-01", periods=5)
    for dates, periods in ((long, (7.0, 365.2425)), (short, ())):
        (column,) = described(pd.DataFrame({"d": dates})).columns
        assert column.periods == periods
    (hours,) = described(pd.DataFrame({"d": pd.date_range("2020-01-01", periods=50, freq="h")})).columns
    assert hours.periods == (1.0,)
    schema = described(pd.DataFrame({"d": long}))
    seen = schema.encode(schema.check(pd.DataFrame({"d": long})))
    np.testing.assert_allclose(seen[7:, 1:3], seen[:-7, 1:3], atol=1e-3)  # a week later, the week's place is the same


@pytest.mark.parametrize(
    "values",
    [
        [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2), None],
        [datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), pd.Timestamp("2020-01-02", tz="UTC"), None],
        ["2020-01-01", "2020-01-02T00:00:00Z", ""],
        pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02", None])),
        pd.Series(pd.to_datetime(["2020-01-01T01:00+01:00", "2020-01-02T01:00+01:00", None], utc=True)),
    ],
)
def test_dates_in_every_dress(values):
    rows = check_table(pd.DataFrame({"d": values}))
    np.testing.assert_array_equal(rows["d"][:, 0], [18262, 18263, np.nan])


def test_numbers_in_every_dress():
    x = pd.DataFrame(
        {"d": [decimal.Decimal("1.5"), 2, None], "b": [True, None, False], "t": pd.to_timedelta([1, 2, 3], "D")}
    )
    rows = check_table(x)
    assert {held.dtype for held in rows.values()} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(rows["d"][:, 0], [1.5, 2, np.nan])
    np.testing.assert_array_equal(rows["b"][:, 0], [1, np.nan, 0])
    np.testing.assert_array_equal(rows["t"][:, 0], [1, 2, 3])


def test_an_integer_category_is_the_same_where_another_is_missing():
    schema = described(pd.DataFrame({"c": pd.Categorical([1, 2, 1])}))
    np.testing.assert_array_equal(
        schema.encode(schema.check(pd.DataFrame({"c": [2.0, np.nan, 1.0]}))), [[0, 1], [0, 0], [1, 0]]
    )


def test_a_sparse_matrix_is_the_array_that_it_stands_for(rng):
    x = scipy.sparse.random(30, 4, 0.3, format="csr", random_state=0)
    np.testing.assert_array_equal(check_table(x), x.toarray().astype(np.float32))


def test_columns_are_found_by_name_in_any_order(frame):
    schema = described(frame)
    turned = frame[frame.columns[::-1]].assign(more=1)
    np.testing.assert_array_equal(schema.encode(schema.check(turned)), schema.encode(schema.check(frame)))


def test_a_schema_survives_json(frame, rng):
    for x in (frame, rng.normal(size=(9, 2))):
        schema = described(x)
        again = schema_from_json(json.loads(json.dumps(schema.to_json())))
        assert isinstance(again, TableSchema)
        assert again == schema


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.zeros(3), r"Received: Expected 2D array, got 1D"),
        (np.zeros((3, 0)), r"0 feature\(s\)"),
        (np.zeros((0, 3)), r"0 sample\(s\)"),
        (np.zeros((2, 2, 2)), "dim 3"),
        (np.array([[1.0, np.inf]]), "infinity"),
        (np.array([[1.0, 1e39]]), "infinity"),
        (np.array([[1j]]), "Complex data not supported"),
        ([[1, 2], [3]], "inhomogeneous"),
        (pd.DataFrame({"a": []}), r"at least one row of at least one column\. Received: \(0, 1\)"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), r"one column a name\. Received: \['a'\] twice"),
        (pd.DataFrame({"a": [1.0, np.inf]}), "column 'a' of x must hold numbers that are finite"),
        (scipy.sparse.csr_matrix((100_000, 100_000)), "at most 2e[+]08 numbers where it is sparse"),
    ],
)
def test_what_is_no_table_is_refused(x, said):
    with pytest.raises(DataError, match=said):
        check_table(x)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame: frame.drop(columns="city"), "columns that fit saw, such as 'city'"),
        (lambda frame: frame.assign(heavy="much"), "column 'heavy' of x must be numbers, as at fit"),
        (lambda frame: frame.assign(opened="soon"), "column 'opened' of x must be dates, as at fit"),
        (lambda frame: frame.to_numpy()[:, :4], r"a table of 11 columns, as at fit\. Received: \(60, 4\)"),
    ],
)
def test_a_table_unlike_the_one_that_fit_saw_is_refused(frame, change, said):
    with pytest.raises(DataError, match=said):
        described(frame).check(change(frame))

"""The doors that tables and texts come in by."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from autonas.data import TABLES, make_dataset
from autonas.data.doors.tables import arrive_table, enter_table
from autonas.data.doors.texts import arrive_texts, enter_texts
from autonas.errors import DataError

pytestmark = pytest.mark.tf

TABLE = pd.DataFrame(
    {
        "rooms": np.arange(40) % 5 + 0.5,
        "city": ["Rome", "Oslo", None, "Bern"] * 10,
        "price": np.linspace(0, 1, 40),
        "sold": ["yes", "no"] * 20,
    }
)


@pytest.fixture
def csv(tmp_path):
    TABLE.to_csv(tmp_path / "houses.csv", index=False)
    return tmp_path / "houses.csv"


def parts(dataset):
    for part in (dataset.train, dataset.validation):
        yield from (part.x, part.y)


def test_a_csv_file_and_its_data_frame_make_the_same_dataset(csv, tmp_path):
    TABLE.to_csv(tmp_path / "houses.tsv", index=False, sep="\t")
    wanted = make_dataset(TABLE.drop(columns="sold"), TABLE["sold"], reader=TABLES, task="classification", seed=0)
    for x in (csv, str(csv), tmp_path / "houses.tsv", TABLE):
        got = make_dataset(x, "sold", reader=TABLES, task="classification", seed=0)
        assert got.schema == wanted.schema
        assert got.target.classes_.tolist() == ["no", "yes"]
        for one, other in zip(parts(got), parts(wanted), strict=True):
            np.testing.assert_array_equal(one, other)
    two = make_dataset(csv, ["price", "rooms"], reader=TABLES, task="regression", seed=0)
    assert two.target.n_outputs == 2
    assert [column.name for column in two.schema.columns] == ["city", "sold"]


def test_a_file_to_predict_may_still_hold_the_target(csv, tmp_path):
    schema = make_dataset(csv, "sold", reader=TABLES, task="classification", seed=0).schema
    TABLE.drop(columns="sold").to_csv(tmp_path / "new.csv", index=False)
    for path in (csv, tmp_path / "new.csv"):
        (rows,) = arrive_table(path, schema)
        np.testing.assert_array_equal(schema.encode(rows), schema.encode(schema.check(TABLE.drop(columns="sold"))))


def test_streams_of_rows_and_of_frames_are_joined():
    x, y = TABLE[["rooms", "price"]].to_numpy(), TABLE["sold"].to_numpy()
    entered = enter_table((x[at : at + 7], y[at : at + 7]) for at in range(0, 40, 7))
    np.testing.assert_array_equal(entered.x, x)
    np.testing.assert_array_equal(entered.y, y)
    frames = enter_table((TABLE[at : at + 7], y[at : at + 7], np.ones(len(y[at : at + 7]))) for at in range(0, 40, 7))
    pd.testing.assert_frame_equal(frames.x, TABLE)
    assert frames.weight.shape == (40,)


def test_tf_datasets_of_rows_and_texts():
    import tensorflow as tf

    x = TABLE[["rooms", "price"]].to_numpy()
    for dataset in (tf.data.Dataset.from_tensor_slices((x, TABLE["sold"])),) * 2:
        entered = enter_table(dataset)
        np.testing.assert_array_equal(entered.x, x)
        assert entered.y.tolist() == TABLE["sold"].tolist()
    texts = [f"text {number}" for number in range(40)]
    for dataset in (tf.data.Dataset.from_tensor_slices((texts, TABLE["sold"])),) * 2:
        assert enter_texts(dataset.batch(6)).x.tolist() == texts
        assert enter_texts(dataset).x.tolist() == texts


class Strings:
    """Stands in for a schema: checks nothing."""

    def check(self, x, *, name="x"):
        return list(x)


def test_texts_in_files(tmp_path):
    pd.DataFrame({"review": ["good", "bad"], "stars": [5, 1]}).to_csv(tmp_path / "reviews.csv", index=False)
    entered = enter_texts(tmp_path / "reviews.csv", "stars")
    assert (list(entered.x), list(entered.y)) == (["good", "bad"], [5, 1])
    for place, text in (("pos/1.txt", "schön"), ("neg/1.txt", "bad"), ("neg/2.txt", "")):
        (tmp_path / "texts" / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "texts" / place).write_text(text, "utf-8")
    entered = enter_texts(tmp_path / "texts")
    assert (entered.x, entered.y) == (["bad", "", "schön"], ["neg", "neg", "pos"])
    assert list(arrive_texts(tmp_path / "texts", Strings())) == [["bad", "", "schön"]]
    assert list(arrive_texts(["a text"], Strings())) == [["a text"]]


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ("nowhere.csv", "sold", "can be read. Received: 'nowhere.csv'"),
        (TABLE, "sales", "the name of a column, one of .*'rooms'"),
        (TABLE[["sold"]], "sold", "columns beside the target"),
        (iter([]), None, "at least one batch"),
        (iter([(np.ones((2, 2)), [0, 1]), (np.ones((2, 3)), [0, 1])]), None, "of one form in all batches"),
        (iter([(TABLE, TABLE["sold"]), (TABLE[["rooms"]], TABLE["sold"])]), None, "of one form|of the same columns"),
    ],
)
def test_what_is_no_table_is_refused(x, y, said):
    with pytest.raises(DataError, match=said):
        enter_table(x, y)


def test_what_is_no_text_file_is_refused(tmp_path):
    TABLE.to_csv(tmp_path / "houses.csv", index=False)
    with pytest.raises(DataError, match="one column of texts"):
        enter_texts(tmp_path / "houses.csv", "sold")
    (tmp_path / "texts" / "a").mkdir(parents=True)
    (tmp_path / "texts" / "a" / "1.txt").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(DataError, match=r"readable. Received: .*1\.txt"):
        enter_texts(tmp_path / "texts")

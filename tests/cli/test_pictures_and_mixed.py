"""Pictures that a CSV file names, and several kinds of data in one file: fitted, predicted, exported, reported."""

import csv
import json

import numpy as np
import pytest

import autonas
from autonas.cli import main
from tests.estimators.small import small_networks

pytestmark = pytest.mark.tf
SEARCH = ["--max-trials", "1", "--epochs", "2", "--seed", "0", "--workers", "0"]


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Return a folder with 80 pictures and a CSV file that tells of them; what is bright is old, and said to be so."""
    pytest.importorskip("pandas")
    pil = pytest.importorskip("PIL.Image")
    folder = tmp_path_factory.mktemp("people")
    (folder / "faces").mkdir()
    rng, rows = np.random.default_rng(0), []
    for at in range(80):
        age = float(rng.uniform(0, 100))
        pixels = np.clip(rng.normal(2 * age, 9, (8, 8)), 0, 255).astype(np.uint8)
        pil.fromarray(pixels).save(folder / "faces" / f"{at:02d}.png")
        rows.append((f"faces/{at:02d}.png", at % 7, "old and grey" if age > 50 else "young and fresh", age, age > 50))
    with (folder / "people.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("face", "shoes", "about", "age", "retired"), *rows])
    return folder


@pytest.fixture
def answered(capsys):
    """Run a command that must end well; return its answer."""

    def _answered(*arguments):
        capsys.readouterr()
        code = main([*map(str, arguments), "--json"])
        captured = capsys.readouterr()
        assert code == 0, captured.err
        return json.loads(captured.out)

    return _answered


def dropped(*names):
    return [part for name in names for part in ("--drop", name)]


def test_a_column_of_pictures_tells_a_number(people, answered, tmp_path):
    asked = ["--target", "age", "--images", "face", *dropped("retired"), "--out", people / "ages", "--overwrite"]
    with small_networks():
        told = answered("fit", "image", people / "people.csv", *asked, *SEARCH, "--test", people / "people.csv")
    assert told["estimator"] == "ImageRegressor"
    assert told["test"]["mae"] < 25  # of ages between 0 and 100 whose mean is 25 from the middle
    left = dropped("about", "age", "retired", "shoes")
    found = answered("predict", people / "ages", people / "people.csv", *left)
    assert found["file"][0] == str(people / "faces" / "00.png")
    model = autonas.load(people / "ages.autonas")
    np.testing.assert_allclose(found["prediction"], model.predict(people / "faces"), rtol=1e-5)
    assert answered("export", people / "ages", tmp_path / "ages.keras")["format"] == "keras"
    answered("report", people / "ages", tmp_path / "ages.html")
    assert "val_loss" in (tmp_path / "ages.html").read_text("utf-8")


@pytest.mark.slow  # four networks are traced
def test_pictures_texts_and_numbers_tell_a_number_and_a_class(people, answered, tmp_path):
    columns = ["--images", "face", "--texts", "about", "--target", "age", "--target", "retired"]
    with small_networks():
        told = answered("fit", "mixed", people / "people.csv", *columns, *SEARCH, "--out", people / "both")
    assert told["estimator"] == "AutoModel"
    model = autonas.load(people / "both.autonas")
    assert model.inputs == {"face": "image", "about": "text", "columns": "table"}
    assert model.outputs == {"age": "regression", "retired": "classification"}
    found = answered("predict", people / "both", people / "people.csv", *dropped("age", "retired"), "--proba")
    assert found.keys() == {"age", "retired", "retired False", "retired True"}
    assert set(found["retired"]) <= {False, True}
    np.testing.assert_allclose(np.add(found["retired False"], found["retired True"]), 1, atol=1e-5)
    assert answered("export", people / "both", tmp_path / "both")["format"] == "tf_saved_model"
    answered("report", people / "both", tmp_path / "both.html")


REFUSED = [
    (["image", "--target", "age"], "--images must be the name of the column of picture files"),
    (["image", "--target", "age", "--images", "shoes"], "must be the path of a picture"),
    (["image", "--target", "age", "--images", "photo"], "--images must be columns of"),
    (["image", "--target", "age", "--target", "shoes"], "--target must be one column"),
    (["table", "--target", "age", "--images", "face"], "--images must be used with"),
    (["text", "--target", "age", "--texts", "about"], "--texts must be left out"),
    (["mixed", "--target", "age"], "--images and --texts must be columns of a mixed model"),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_columns_that_cannot_be_meant_are_refused(people, capsys, tmp_path, arguments, said):
    kind, *others = arguments
    assert main(["fit", kind, str(people / "people.csv"), *others, "--out", str(tmp_path / "m")]) == 2
    assert said in capsys.readouterr().err

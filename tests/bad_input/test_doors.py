"""Folders, pictures, datasets and generators that do not hold what they should."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import autonas
from tests.bad_input.conftest import check_fit

pytestmark = pytest.mark.tf

X, Y = np.arange(20 * 8 * 8, dtype=np.float32).reshape(20, 8, 8), np.arange(20) % 2


def pictures(folder, *names):
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(X[number].astype(np.uint8)).save(folder / name)


def no_image(folder):
    pictures(folder, "a/1.png", "a/2.png", "b/1.png")
    (folder / "b" / "2.png").write_bytes(b"no image at all")


def cut_off(folder):
    pictures(folder, "a/1.png", "b/1.png")
    (folder / "b" / "2.png").write_bytes((folder / "a" / "1.png").read_bytes()[:40])


def empty_file(folder):
    pictures(folder, "a/1.png", "b/1.png")
    (folder / "b" / "2.png").touch()


def folder_like_a_picture(folder):
    pictures(folder, "a/1.png", "b/1.png")
    (folder / "c" / "2.png").mkdir(parents=True)


FOLDERS = {
    "nothing there": (lambda folder: folder.rmdir(), "which is nothing"),
    "a file": (lambda folder: (folder.rmdir(), folder.touch()), "which is a file"),
    "empty": (lambda folder: None, "a folder of class folders"),
    "no class folders": (lambda folder: pictures(folder, "1.png", "2.png"), "a folder of class folders"),
    "an empty class": (lambda folder: (pictures(folder, "a/1.png"), (folder / "b").mkdir()), "must hold files"),
    "one class": (lambda folder: pictures(folder, "a/1.png", "a/2.png"), "at least two classes"),
    "a class of texts": (
        lambda folder: (pictures(folder, "a/1.png"), (folder / "b").mkdir(), (folder / "b/1.txt").touch()),
        "must hold files",
    ),
    "bytes that are no image": (no_image, "picture must be readable.*2.png"),
    "an image cut off": (cut_off, "picture must be readable.*2.png"),
    "an empty file": (empty_file, "picture must be readable.*2.png"),
    "a folder named like a picture": (folder_like_a_picture, "must hold files"),
    "a picture a class": (lambda folder: pictures(folder, "a/1.png", "b/1.png"), "validation"),
}


@pytest.mark.parametrize("case", FOLDERS)
def test_folders(case, tmp_path):
    (tmp_path / "data").mkdir()
    make, said = FOLDERS[case]
    make(tmp_path / "data")
    check_fit(autonas.ImageClassifier, tmp_path / "data", None, said, tmp_path / "mine", {}, {})


def test_a_folder_brings_its_labels(tmp_path):
    pictures(tmp_path / "data", *[f"{name}/{n}.png" for name in "ab" for n in range(4)])
    check_fit(autonas.ImageClassifier, tmp_path / "data", Y[:8], "y must be None", tmp_path / "mine", {}, {})


def test_a_regressor_of_class_folders(tmp_path):
    pictures(tmp_path / "data", *[f"{name}/{n}.png" for name in "ab" for n in range(4)])
    check_fit(autonas.ImageRegressor, tmp_path / "data", None, "y must be numbers", tmp_path / "mine", {}, {})


PICTURES = {
    "a file that is not there": ["nowhere.png"] * 20,
    "pictures and arrays": [Image.new("L", (8, 8)), X[0]] * 10,
    "pictures and None": [Image.new("L", (8, 8)), None] * 10,
    "too few labels": [Image.new("L", (8, 8))] * 19,
    "no size": [Image.new("L", (0, 8))] * 20,
}


@pytest.mark.parametrize("case", PICTURES)
def test_lists_of_pictures(case, tmp_path):
    said = "readable|a list of PIL images|same length|one pixel"
    check_fit(autonas.ImageClassifier, PICTURES[case], Y, said, tmp_path / "mine", {}, {})


def sliced(*parts):
    return tf.data.Dataset.from_tensor_slices(parts if len(parts) > 1 else parts[0])


def fails_midway(folder):
    return tf.data.TextLineDataset(str(folder / "nowhere.txt")).map(lambda line: (tf.zeros((8, 8)), 0))


DATASETS = {
    "no labels": (lambda folder: sliced(X).batch(5), "a stream of batches with labels"),
    "four parts": (lambda folder: sliced(X, Y, Y, Y).batch(5), "a stream of batches with labels"),
    "empty": (lambda folder: sliced(X, Y).take(0), "at least one batch"),
    "without an end": (lambda folder: sliced(X, Y).repeat(), "comes to an end"),
    "a dict": (lambda folder: sliced({"x": X, "y": Y}).batch(5), "dense tensors|labels"),
    "ragged": (lambda folder: sliced(tf.ragged.constant([[1.0], [1.0, 2.0]]), [0, 1]).batch(2), "dense tensors|size"),
    "texts": (lambda folder: sliced([b"a"] * 20, Y).batch(5), "numbers|images"),
    "flat": (lambda folder: sliced(X.reshape(20, 64), Y).batch(5), r"\(n, h, w\)"),
    "NaN": (lambda folder: sliced(X * np.nan, Y).batch(5), "x of batch 1 must hold finite"),
    "missing labels": (lambda folder: sliced(X, Y * np.nan).batch(5), "no missing labels"),
    "one class": (lambda folder: sliced(X, Y * 0).batch(5), "at least two classes"),
    "negative weights": (lambda folder: sliced(X, Y, -np.ones(20)).batch(5), "sample_weight"),
    "a file that is not there": (fails_midway, "readable to its end.*nowhere"),
}


@pytest.mark.parametrize("case", DATASETS)
def test_datasets(case, tmp_path):
    make, said = DATASETS[case]
    check_fit(autonas.ImageClassifier, make(tmp_path), None, said, tmp_path / "mine", {}, {})


@pytest.mark.parametrize("given", ["y", "sample_weight"])
def test_a_dataset_brings_its_labels_and_weights(given, tmp_path):
    y, fit = (Y, {}) if given == "y" else (None, {"sample_weight": np.ones(20)})
    check_fit(autonas.ImageClassifier, sliced(X, Y), y, f"{given} must be None", tmp_path / "mine", {}, fit)


STREAMS = {
    "nothing": ([], "at least one batch"),
    "x alone": ([X], "batches with labels"),
    "numbers": ([1, 2], "batches with labels"),
    "no batch": ([(X[0], 1)], r"\(n, h, w\)"),
    "a label for all": ([(X, 1)], "y of batch 1 .*a single value"),
    "too few labels": ([(X, Y), (X, Y[:3])], "y of batch 2 must be of 20 entries"),
    "None for labels": ([(X, None)], "y of batch 1"),
    "NaN in the second": ([(X, Y), (X * np.nan, Y)], "x of batch 2 must hold finite"),
    "another size": ([(X, Y), (X[:, 1:], Y)], "batch 2 .*of the form of batch 1"),
    "another dtype": ([(X.astype(np.uint8), Y), (X, Y)], "batch 2 .*of the form of batch 1"),
    "weights now and then": ([(X, Y), (X, Y, np.ones(20))], "batch 2 .*of the form of batch 1"),
    "labels of two kinds": ([(X, Y), (X, Y.astype(str))], "y must be of one kind"),
    "labels of two forms": ([(X, Y), (X, np.eye(2)[Y])], "y must be of one kind"),
    "texts": ([("a", "b")], "numbers|y of batch"),
    "NaN weights": ([(X, Y, np.nan * Y)], "sample_weight"),
    "weights for all": ([(X, Y, 1.0)], "weights of batch 1"),
}


@pytest.mark.parametrize("case", STREAMS)
def test_generators(case, tmp_path):
    batches, said = STREAMS[case]
    check_fit(autonas.ImageClassifier, iter(batches), None, said, tmp_path / "mine", {}, {})


def test_a_py_dataset_without_an_end(tmp_path):
    class Endless(keras.utils.PyDataset):
        num_batches = None

        def __getitem__(self, place):
            return X, Y

    check_fit(autonas.ImageClassifier, Endless(), None, "comes to an end", tmp_path / "mine", {}, {})


def test_a_used_up_generator(tmp_path):
    stream = iter([(X, Y)])
    next(stream)
    check_fit(autonas.ImageClassifier, stream, None, "at least one batch", tmp_path / "mine", {}, {})


VALIDATION = {
    "a folder that is not there": "nowhere",
    "no labels": sliced(X),
    "unseen labels": sliced(X, Y + 5),
    "another size": sliced(X[:, 1:], Y),
    "empty": iter([]),
}


@pytest.mark.parametrize("case", VALIDATION)
def test_validation_data(case, tmp_path):
    said = "folder|labels|of shape|at least one batch"
    check_fit(autonas.ImageClassifier, X, Y, said, tmp_path / "mine", {}, {"validation_data": VALIDATION[case]})

"""Texts as streams of words, and where they come from."""

import gzip

import numpy as np
import pytest

import autonas
from autonas.data.corpus import corpus, words_of_lines, words_of_prose
from autonas.errors import DataError


def test_words_of_prose():
    text = "Don't panic -- it's 9 o'clock.\nStill here.\n\nA new Paragraph!"
    expected = "don't panic - - it's 9 o'clock . still here . <eos> a new paragraph ! <eos>"
    assert words_of_prose(text) == expected.split()


def test_words_of_lines():
    assert words_of_lines(" a <unk> b \n\n c\n") == ["a", "<unk>", "b", "<eos>", "c", "<eos>"]


def test_rare_and_foreign_words_are_unknown():
    found = corpus(["a", "b", "a", "c", "b", "a"], ["a", "d"], ["c", "b"], least=2)
    assert found.vocabulary == ("<unk>", "a", "b")
    assert found.train.tolist() == [1, 2, 1, 0, 2, 1]
    assert found.validation.tolist() == [1, 0]
    assert found.test.tolist() == [0, 2]
    with pytest.raises(DataError, match="validation must be two words at least"):
        corpus(["a", "b"], ["a"], ["a", "b"])


def test_the_bundled_text_is_a_book():
    found = autonas.datasets.language_model()
    assert 60_000 < sum(map(len, (found.train, found.validation, found.test))) < 90_000
    assert len(found.validation) == pytest.approx(len(found.train) / 18, rel=0.01)
    assert {"dictionary", "the", "<eos>"} <= set(found.vocabulary)
    with gzip.open(autonas.datasets.BUNDLED) as file:
        assert len(file.read()) > 200_000


def test_files_and_folders(tmp_path):
    (tmp_path / "book.txt").write_text("one two three four. " * 50)
    book = autonas.datasets.language_model(tmp_path / "book.txt")
    assert set(book.vocabulary) == {"<unk>", "one", "two", "three", "four", "."}
    for name, text in (("train", "a b c\nb c\n"), ("valid", "a b\n"), ("test", "c d\n")):
        (tmp_path / f"ptb.{name}.txt").write_text(text)
    penn = autonas.datasets.language_model(tmp_path)
    assert len(penn.train) == 7
    assert penn.test.tolist() == [penn.vocabulary.index("c"), 0, penn.vocabulary.index("<eos>")]
    assert penn.train.dtype == np.int32
    (tmp_path / "ptb.test.txt").unlink()
    with pytest.raises(DataError, match=r"path must be a folder with .*ptb.test.txt"):
        autonas.datasets.language_model(tmp_path)
    with pytest.raises(DataError, match="path must be a readable text file"):
        autonas.datasets.language_model(tmp_path / "none.txt")

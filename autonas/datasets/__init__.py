"""Data sets: texts for language models."""

from __future__ import annotations

import gzip
from pathlib import Path

from autonas.data.corpus import Corpus, corpus, words_of_lines, words_of_prose
from autonas.errors import DataError, message

BUNDLED = Path(__file__).with_name("devils_dictionary.txt.gz")
"""Ambrose Bierce, The Devil's Dictionary (1911), 380,000 characters. Its copyright has expired: a public domain text,
entered for the Internet Wiretap in 1993, as Debian's package dict-devil distributes it, from its preface on."""

PENN = {"train": "ptb.train.txt", "validation": "ptb.valid.txt", "test": "ptb.test.txt"}
"""The Penn Treebank in its usual form; who has it, has these files."""

HELD_OUT = 0.05  # of a text: its last twentieth is the test part, the one before it the validation part


def language_model(path: str | Path | None = None, least: int = 2) -> Corpus:
    """Return a text as a language model takes it.

    Args:
        path: a text file (UTF-8, gzipped or not), of which the last two twentieths are held out; or a folder with
            ``ptb.train.txt``, ``ptb.valid.txt`` and ``ptb.test.txt``. None: a text that comes with autonas.
        least: how often a word of a text file must stand in the training part to be known. The Penn Treebank's
            vocabulary is taken as it is.

    Raises:
        DataError: there is no such file or folder, or too little in it.

    >>> language_model("austen.txt").vocabulary[:3]  # doctest: +SKIP
    ('<unk>', ',', 'the')
    """
    where = BUNDLED if path is None else Path(path)
    if where.is_dir():
        return _penn(where)
    words = words_of_prose(_read(where))
    ends = [round(len(words) * (1 - 2 * HELD_OUT)), round(len(words) * (1 - HELD_OUT))]
    return corpus(words[: ends[0]], words[ends[0] : ends[1]], words[ends[1] :], least)


def _penn(folder: Path) -> Corpus:
    missing = [name for name in PENN.values() if not (folder / name).is_file()]
    if missing:
        raise DataError(message("path", f"a folder with {sorted(PENN.values())}", missing, "Name a file instead"))
    parts = {part: words_of_lines(_read(folder / name)) for part, name in PENN.items()}
    return corpus(parts["train"], parts["validation"], parts["test"])


def _read(path: Path) -> str:
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8") as file:
                return file.read()
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise DataError(message("path", f"a readable text file ({error})", str(path), "Check the path")) from error

"""What stands beside a model of texts whose runtime knows no strings: the vocabulary, and Python that uses it.

Of a model m.onnx these are

    m.onnx.vocabulary.json     its words
    m_onnx_encode.py           encode(texts): what the network reads
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autonas.data.rows import Rows
from autonas.export import text_encoding
from autonas.export.outputs import arguments


def beside(path: Path) -> tuple[Path, ...]:
    """Return the two files that stand beside a model of texts."""
    name = f"{path.stem}_{path.suffix[1:]}_encode.py"
    return path.with_name(f"{path.name}.vocabulary.json"), path.with_name(name)


def write(path: Path, vocabularies: Mapping[str, Any], inputs: Mapping[str, str]) -> None:
    """Write both, where the model reads texts; ``inputs`` says what the file calls each input of the model."""
    if not vocabularies:
        return
    vocabulary, encoder = beside(path)
    vocabulary.write_text(
        json.dumps({"inputs": dict(inputs), "texts": vocabularies}, ensure_ascii=False, indent=1) + "\n", "utf-8"
    )
    encoder.write_text(Path(text_encoding.__file__).read_text("utf-8"), "utf-8")


def encoded(path: Path, sample: Rows) -> Rows:
    """Return raw examples as the model at `path` reads them, by its names: as what the file beside it makes of them, if
    there is one.

    What is written is what runs here, so that it is tried too.
    """
    vocabulary, encoder = beside(path)
    if not vocabulary.exists():
        called = arguments(sample) if isinstance(sample, Mapping) else {}
        return {called[name]: held for name, held in sample.items()} if called else sample
    names: dict[str, Any] = {"__name__": encoder.stem, "__file__": str(encoder)}
    exec(compile(encoder.read_text("utf-8"), str(encoder), "exec"), names)
    return names["encode"](sample)


def are_ours(path: Path) -> bool:
    """Say whether what stands beside a model is what `write` leaves there."""
    vocabulary, encoder = beside(path)
    if not vocabulary.exists() and not encoder.exists():
        return True
    ours = encoder.is_file() and encoder.read_text("utf-8") == Path(text_encoding.__file__).read_text("utf-8")
    return ours and vocabulary.is_file()

"""Python source: a Keras module that builds the network, and its weights beside it.

    model.py              build(): the network; load(): the network with its weights; LABELS
    model.weights.h5      the weights, by Keras
    model.json            what is too long to be read in a source, such as a vocabulary; only where there is some

The path is that of the module, or a folder, in which these three names stand. The module knows the checksums of the
other two: where one of them is another's, or was changed, such as weights that were trained further, it is not
replaced.
"""

import json
import zlib
from pathlib import Path
from typing import Any

import keras
from numpy.typing import NDArray

from autonas.data.rows import Rows
from autonas.export.format import Format, stacked
from autonas.export.labels import Label
from autonas.export.source import module_source
from autonas.export.source.module import MARK

_MODULE = "model.py"
_BESIDE = (".weights.h5", ".json")
_SUMS = "# Beside it: "


def write(model: keras.Model, path: Path, _sample: Rows) -> None:
    """Write the module, its weights and its constants."""
    module = _module(path)
    module.parent.mkdir(exist_ok=True)
    source = module_source(model)
    module.write_text(source.text, "utf-8")
    if source.constants:
        text = json.dumps(source.constants, ensure_ascii=False, indent=1) + "\n"
        module.with_suffix(".json").write_text(text, "utf-8")
    built = _run(module)["build"]()
    for layer in built.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    built.save_weights(module.with_suffix(".weights.h5"))
    module.write_text(source.text.replace(MARK, f"{MARK}\n{_sums(module)}", 1), "utf-8")


def read(path: Path, sample: Rows) -> dict[str, NDArray]:
    """Return what the module's network predicts."""
    return {"load": stacked(_run(_module(path))["load"]().predict_on_batch(sample))}


def labels(path: Path) -> list[Label] | None:
    """Return the module's labels, where it has one list of them."""
    found = _run(_module(path)).get("LABELS")
    return found if isinstance(found, list) else None


def beside(path: Path) -> tuple[Path, ...]:
    """Return the files that stand beside a module, and go with it."""
    return tuple(path.with_suffix(suffix) for suffix in _BESIDE) if path.suffix else ()


def owns(path: Path) -> bool:
    """Say whether a module stands there that autonas wrote, and beside it what it wrote; or an empty folder."""
    if path.is_symlink():
        return False
    module = _module(path)
    if not path.suffix:
        held = set(path.iterdir()) if path.is_dir() else {path}
        if not held or not held <= {module, *beside(module)}:
            return path.is_dir() and not held
    lines = module.read_text("utf-8", errors="replace").splitlines() if module.is_file() else []
    ours = next((line for line in lines if line.startswith(_SUMS)), _SUMS)
    return MARK in lines and all(_sum(each) in ours for each in beside(module) if each.exists() or each.is_symlink())


def _sums(module: Path) -> str:
    """Return the line that tells what stands beside a module."""
    return _SUMS + ", ".join(_sum(each) for each in beside(module) if each.exists())


def _sum(path: Path) -> str:
    """Return the ending of a file and its checksum."""
    ending = next(suffix for suffix in _BESIDE if path.name.endswith(suffix))
    held = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    return f"{ending} (crc32 {zlib.crc32(held):08x})"


def _module(path: Path) -> Path:
    return path if path.suffix else path / _MODULE


def _run(module: Path) -> dict[str, Any]:
    """Return the names of the module: as an import would, but without leaving it or its bytecode behind."""
    names: dict[str, Any] = {"__name__": module.stem, "__file__": str(module)}
    exec(compile(module.read_text("utf-8"), str(module), "exec"), names)
    return names


PYTHON = Format(suffixes=(".py", ""), write=write, read=read, labels=labels, owns=owns, beside=beside)

"""Python source: a Keras module that builds the network, and its weights beside it.

    model.py              build(): the network; load(): the network with its weights; LABELS
    model.weights.h5      the weights, by Keras
    model.json            what is too long to be read in a source, such as a vocabulary; only where there is some

The path is that of the module, or a folder, in which these three names stand.
"""

import json
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
    """Say whether a module stands there that autonas wrote, or a folder with nothing else in it."""
    if path.is_symlink():
        return False
    module = _module(path)
    if not path.suffix:
        held = set(path.iterdir()) if path.is_dir() else {path}
        if not held or not held <= {module, *beside(module)}:
            return path.is_dir() and not held
    return module.is_file() and MARK in module.read_text("utf-8", errors="replace").splitlines()


def _module(path: Path) -> Path:
    return path if path.suffix else path / _MODULE


def _run(module: Path) -> dict[str, Any]:
    """Return the names of the module: as an import would, but without leaving it or its bytecode behind."""
    names: dict[str, Any] = {"__name__": module.stem, "__file__": str(module)}
    exec(compile(module.read_text("utf-8"), str(module), "exec"), names)
    return names


PYTHON = Format(suffixes=(".py", ""), write=write, read=read, labels=labels, owns=owns, beside=beside)

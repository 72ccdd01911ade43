"""The house's order: a room imports only rooms above it, and TensorFlow stays below its line.

The imports are read from the syntax trees, those inside functions and `import_module("...")` included, so nothing
needs to be importable and nothing hides in a branch that the tests do not take.
"""

import ast
import graphlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ABOVE_THE_LINE = ["errors", "arch", "morph", "space", "surrogate", "search"]
BELOW_THE_LINE = ["data", "runtime", "tuner", "oracles", "export", "report", "estimators"]
ROOMS = [*ABOVE_THE_LINE, *BELOW_THE_LINE, "datasets", "cli", "testing"]  # ground floor first
ALLOWED_ABOVE = {"numpy", "scipy", "sklearn"}
DECLARED = {"tensorflow", "tensorboard", "keras", "keras_tuner", "grpc", "rich", "cloudpickle"}  # in setup.py
ALLOWED_BELOW = ALLOWED_ABOVE | DECLARED
# Its extras: imported at their first use, by name.
OPTIONAL = {"PIL", "pandas", "tf2onnx", "onnx", "onnxruntime", "ai_edge_litert", "mlflow", "ray"}


def modules(tree: Path) -> dict[str, Path]:
    """Return every module of a package folder by its dotted name."""
    found = {}
    for path in sorted(tree.rglob("*.py")):
        parts = path.relative_to(tree.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path, known: set[str]) -> Iterator[str]:
    """Yield the dotted name of each module that a file imports; a relative import as its dots."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:  # `from autonas.arch import ops` may mean a module or a name in one
                inner = f"{base}.{alias.name}"
                yield inner if inner in known or inner == "autonas.__version__" else base
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
            yield from (arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant))


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def fault(module: str, imported: str) -> str | None:
    """Say what is wrong with an import inside a room, or None."""
    room = module.split(".")[1]
    top, *rest = imported.split(".")
    if imported.startswith("."):
        return f"{module}: relative import"
    if top == "autonas":
        allowed = [*ROOMS[: ROOMS.index(room) + 1], "__version__"]
        target = rest[0] if rest else "autonas itself"
        return None if target in allowed else f"{module} imports {imported}, which is not above it"
    allowed_tops = ALLOWED_ABOVE if room in ABOVE_THE_LINE else ALLOWED_BELOW | OPTIONAL
    if top in allowed_tops or top in sys.stdlib_module_names:
        return None
    return f"{module} imports {imported}, which its side of the TensorFlow line does not have"


def faults(tree: Path) -> list[str]:
    """Return what is wrong with the imports of a package folder; its `__init__` may name any room, lazily."""
    found = modules(tree)
    inside = [name for name in found if name != tree.name]
    strangers = [name for name in inside if name.split(".")[1] not in ROOMS]
    wrong = [f"{name} is in no room of the list" for name in strangers]
    for name in sorted(set(inside) - set(strangers)):
        wrong += [text for i in imports(found[name], set(found)) if (text := fault(name, i))]
    return wrong


def circle(tree: Path) -> list[str]:
    """Return the modules of one import circle, or nothing."""
    found = modules(tree)
    graph = {name: {i for i in imports(path, set(found)) if i in found} for name, path in found.items() if "." in name}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


@pytest.fixture
def write(tmp_path):
    """Write a fake house: keyword names are files under it, `__` for a folder; returns its folder."""

    def _write(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / "autonas" / (name.replace("__", "/") + ".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "autonas"

    return _write


def test_every_import_points_up_the_list_of_rooms():
    tree = ROOT / "autonas"
    assert "autonas.errors" in modules(tree)
    assert faults(tree) == []


def test_there_is_no_import_circle():
    assert circle(ROOT / "autonas") == []


@pytest.mark.parametrize(
    ("room", "text"),
    [
        ("errors", "import autonas.arch"),
        ("arch__node", "from autonas.morph import edits"),
        ("arch__node", "from autonas import search"),
        ("search__run", "import tensorflow as tf"),
        ("search__run", "import networkx"),
        ("search__run", "def f():\n    import keras"),
        ("search__run", "from importlib import import_module\nimport_module('autonas.runtime.train')"),
        ("data__images", "if TYPE_CHECKING:\n    from autonas.estimators import base"),
        ("runtime__train", "import torch"),
        ("search__run", "from . import strategy"),
        ("search__run", "from autonas import ImageClassifier"),
        ("utils", "x = 1"),
    ],
)
def test_the_check_finds_a_wrong_import(write, room, text):
    tree = write(**{"errors": "", "arch__ops": "", "morph__edits": "", "estimators__base": "", room: text})
    (found,) = faults(tree)
    assert room.split("__")[0] in found


def test_the_check_accepts_a_house_in_order(write):
    tree = write(
        errors="import sys",
        arch__node="import numpy as np\nfrom autonas.errors import DataError\nfrom autonas import errors",
        arch__ops="from autonas.arch.node import Node\nfrom sklearn.base import clone",
        runtime__train="import keras, rich.live\nfrom autonas.arch import ops\nfrom autonas import __version__",
    )
    assert faults(tree) == []
    assert circle(tree) == []


def test_the_check_finds_a_circle_inside_a_room(write):
    tree = write(arch__node="from autonas.arch.ops import OPS", arch__ops="from autonas.arch import node")
    assert faults(tree) == []
    assert set(circle(tree)) == {"autonas.arch.node", "autonas.arch.ops"}

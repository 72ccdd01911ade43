"""What stands between Keras layers, `keras.ops` and Python's own operators, as expressions."""

import ast
import inspect
import re
from typing import Any

import keras

from autonas.errors import ExportError, message
from autonas.export.source.text import sliced

INFIX = {
    "Add": "+",
    "Subtract": "-",
    "Multiply": "*",
    "TrueDivide": "/",
    "Divide": "/",
}


def expression(operation: Any, given: list[str], named: dict[str, str], key: Any, written: Any) -> str:
    """Return the expression of an operation.

    ``given`` and ``named`` are the arguments of its call as text, ``key`` that of an index, ``written`` what makes
    text of a setting, by name. Raises ExportError for an operation without a function in `keras.ops`.
    """
    kind = type(operation).__name__
    if kind == "GetItem":
        return f"{_grouped(given[0])}[{sliced(key)}]"
    if kind in INFIX and not named and len(given) == 2:
        return f" {INFIX[kind]} ".join(_grouped(each) for each in given)
    function = function_name(kind)
    settings = {**_settings(operation, function, written), **named}
    return f"ops.{function}({', '.join([*given, *(f'{name}={value}' for name, value in settings.items())])})"


def function_name(kind: str) -> str:
    """Return the name in `keras.ops` of an operation's class."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind).lower()
    if not hasattr(keras.ops, name):
        raise ExportError(message("every op in Python source", "one of keras.ops", kind, "Use format='tf_saved_model'"))
    return name


def _settings(operation: Any, function: str, written: Any) -> dict[str, str]:
    """Return what an operation was made with, apart from what its function would choose by itself."""
    settings = {}
    for name, each in inspect.signature(getattr(keras.ops, function)).parameters.items():
        value = operation.get_config().get(name, each.default)
        if name != "name" and value is not inspect.Parameter.empty and value != each.default:
            settings[name] = written(name, value)
    return settings


def _grouped(text: str) -> str:
    """Return an operand, in parentheses where it has operators of its own."""
    return f"({text})" if isinstance(ast.parse(text, mode="eval").body, ast.BinOp) else text

"""Values and calls as Python text in ruff's format, so that what is written needs no formatter."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autonas.errors import ExportError, message

WIDTH = 88  # columns of a line, ruff's default
INDENT = " " * 4
SHORT = 60  # characters of a list that stays in the source; longer ones stand beside it


class Constants:
    """What is too long to be read in a source, by name; it is written beside the module as JSON."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def text(self, name: str, value: Any) -> str:
        """Return a value as Python text: itself where it is short, else where it stands among the constants."""
        written = literal(value)
        if len(written) <= SHORT and "\\" not in written:
            return written
        self.values[name] = value
        return f"CONSTANTS[{quoted(name)}]"


def literal(value: Any) -> str:
    """Return plain values, and lists, tuples, slices and dicts of them, as Python text.

    Raises ExportError for anything else.
    """
    if isinstance(value, np.generic | np.ndarray):
        return literal(value.tolist())
    if isinstance(value, str):
        return quoted(value)
    if value is None or value is Ellipsis or isinstance(value, bool | int | float):
        return "..." if value is Ellipsis else _number(value)
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        return f"({literal(value[0])},)" if len(value) == 1 else f"({', '.join(map(literal, value))})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{quoted(key)}: {literal(held)}" for key, held in value.items()) + "}"
    raise ExportError(message("a setting in Python source", "a plain value", value, "Use format='tf_saved_model'"))


def _number(value: Any) -> str:
    if isinstance(value, float) and not np.isfinite(value):
        return f'float("{value}")'
    return repr(value)


def quoted(text: str) -> str:
    """Return a string in double quotes, unless it has some in it."""
    written = repr(text)
    return f'"{written[1:-1]}"' if '"' not in written else written


def sliced(key: Any) -> str:
    """Return what stands between the brackets of x[...]. Of a model from a file, a tuple of slices is a list."""
    several = isinstance(key, tuple) or (isinstance(key, list) and any(isinstance(part, slice) for part in key))
    parts = key if several else (key,)
    return ", ".join(_slice(part) if isinstance(part, slice) else literal(part) for part in parts)


def _slice(part: slice) -> str:
    start, stop = ("" if end is None else literal(end) for end in (part.start, part.stop))
    return f"{start}:{stop}" + ("" if part.step is None else f":{part.step}")


def statement(target: str, make: tuple[str, Sequence[str]], given: Sequence[str] | None = None) -> list[str]:
    """Return the lines of ``target = function(arguments)``, or of ``target = function(arguments)(given)``.

    A call that does not fit into a line has each argument on a line of its own.
    """
    function, arguments = make
    called = "" if given is None else f"({', '.join(given)})"
    line = f"{INDENT}{target} = {function}({', '.join(arguments)})"
    if len(line + called) <= WIDTH:
        return [line + called]
    broken = [f"{INDENT}{target} = {function}(", *exploded(arguments)]
    if len(INDENT + ")" + called) <= WIDTH:
        return [*broken, f"{INDENT}){called}"]
    if len(line) + 1 <= WIDTH:
        return [f"{line}(", *exploded(given or ()), f"{INDENT})"]
    return [*broken, f"{INDENT})", *statement(target, (target, given or ()))]


def exploded(arguments: Sequence[str], indent: str = INDENT * 2) -> list[str]:
    """Return arguments a line each; a list that is too long for its line is broken too."""
    lines = []
    for each in arguments:
        if len(indent + each) + 1 <= WIDTH or not each.endswith("]"):
            lines.append(f"{indent}{each},")
        else:
            head, inner = each[: each.index("[")], each[each.index("[") + 1 : -1]
            lines += [f"{indent}{head}[", *exploded(parts(inner), indent + INDENT), f"{indent}],"]
    return lines


def parts(text: str) -> list[str]:
    """Return what commas separate in a text, those inside of brackets and strings apart."""
    found, depth, quote, start = [], 0, "", 0
    for place, letter in enumerate(text):
        if quote or letter in "\"'":
            quote = "" if letter == quote else quote or letter
        else:
            depth += (letter in "([{") - (letter in ")]}")
            if letter == "," and depth == 0:
                found.append(text[start:place].strip())
                start = place + 1
    return [*found, text[start:].strip()]

"""The whole module: imports, labels, ``build`` and ``load``."""

import keyword
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from autonas.export.copying import calls
from autonas.export.source.layers import constructor, is_probabilities
from autonas.export.source.operations import expression, function_name
from autonas.export.source.text import INDENT, WIDTH, Constants, exploded, literal, parts, quoted, statement

MARK = "# Written by autonas: it needs Keras and the weights beside it, and autonas no more."
_INLINE = 44  # characters of an expression that stands inside another
_TAKEN = {"x", "keras", "layers", "ops", "json", "Path", "build", "load", "input", "LABELS", "CONSTANTS"}


@dataclass(frozen=True)
class Source:
    """A module, and what stands beside it as JSON."""

    text: str
    constants: Mapping[str, Any]


def module_source(model: keras.Model) -> Source:
    """Return a functional model as a Python module. Raises ExportError for what has no form in source."""
    constants = Constants()
    body = _Body(model, constants).lines()
    labels = _labels(model, constants)
    uses = [name for name in ("layers", "ops") if any(f"{name}." in line for line in body)]
    lines = [f'"""{_title(model)}', "", *_usage(model), '"""', "", MARK, ""]
    lines += ["import json"] if constants.values else []
    lines += ["from pathlib import Path", "", "import keras", f"from keras import {', '.join(uses)}"]
    given = (
        ['CONSTANTS = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))'] if constants.values else []
    )
    lines += ["", *given, *labels] if given or labels else []
    lines += ["", "", "def build() -> keras.Model:"]
    lines += [f'{INDENT}"""Return the network, untrained."""', *body, "", "", *_LOAD]
    return Source("\n".join(lines) + "\n", constants.values)


_LOAD = [
    "def load() -> keras.Model:",
    f'{INDENT}"""Return the network with the weights that it was exported with."""',
    f"{INDENT}model = build()",
    f'{INDENT}model.load_weights(Path(__file__).with_suffix(".weights.h5"))',
    f"{INDENT}return model",
]


def _title(model: keras.Model) -> str:
    return f"{model.name.replace('_', ' ').capitalize()}: raw data in, {_outcome(model)} out."


def _outcome(model: keras.Model) -> str:
    if isinstance(model.output, dict):
        return "a dict by head"
    return "probabilities" if is_probabilities(model.layers[-1]) else "values"


def _usage(model: keras.Model) -> list[str]:
    lines = ["model = load()  # or build(), to train it yourself"]
    if _outcome(model) == "probabilities":
        lines += ["probabilities = model.predict(x)  # a column a label, in the order of LABELS"]
    else:
        lines += ["outputs = model.predict(x)"]
    return ["What it was trained to know stands in the files beside this one:", "", *(INDENT + line for line in lines)]


def _labels(model: keras.Model, constants: Constants) -> list[str]:
    """Return the lines that define LABELS: a list, or a dict of them by head."""
    found = {
        layer.name.rpartition(".")[0]: list(layer.bias_initializer.value)
        for layer in model.layers
        if is_probabilities(layer)
    }
    if not found:
        return []
    text = constants.text("labels", found.get("", found))
    return [f"LABELS = {text}"]


class _Body:
    """The statements of ``build``, in the order in which a person would write them: branch after branch."""

    def __init__(self, model: keras.Model, constants: Constants) -> None:
        self.model, self.constants = model, constants
        held = list(calls(model))
        self.order = _in_order(model, held)
        self.users = _users(model, held)
        self.times = Counter(id(each.operation) for each in held)
        self.shared: dict[int, str] = {}  # variables of layers that are called several times, by their ids
        self.text: dict[int, str] = {}  # what stands for a tensor, by its id
        self.taken = set(_TAKEN)
        ops = (type(each.operation).__name__ for each in held if not isinstance(each.operation, keras.layers.Layer))
        self.counted = {function_name(kind) for kind in ops if kind != "GetItem"}

    def lines(self) -> list[str]:
        """Return all statements."""
        lines = []
        for place, each in enumerate(self.order):
            lines += self._assigned(each, self.order[place + 1] if place + 1 < len(self.order) else None)
        inputs, outputs = self._structure(self.model._inputs_struct), self._structure(self.model._outputs_struct)
        return [*lines, *_returned([inputs, outputs, f"name={quoted(self.model.name)}"])]

    def _assigned(self, call: Any, following: Any) -> list[str]:
        each, tensor = call.operation, call.outputs[0]
        users = self.users.get(id(tensor), [])
        passed_on = len(users) == 1 and users[0] is following  # what the next line alone needs is called x
        if isinstance(each, keras.layers.InputLayer):
            target = self.text[id(tensor)] = self._variable(each.name)
            return statement(target, ("keras.Input", self._input(each)))
        given, named = self._arguments(call)
        if isinstance(each, keras.layers.Layer):
            passed = [*given, *(f"{name}={value}" for name, value in named.items())]
            target = self.text[id(tensor)] = "x" if passed_on else self._variable(each.name)
            return self._called(each, target, passed)
        written = self._expression(call, given, named)
        if passed_on and len(written) <= _INLINE:
            self.text[id(tensor)] = written
            return []
        target = self.text[id(tensor)] = "x" if passed_on else self._variable(_operation_name(each))
        line = f"{INDENT}{target} = {written}"
        return [line] if len(line) <= WIDTH else [f"{INDENT}{target} = (", f"{INDENT * 2}{written}", f"{INDENT})"]

    def _called(self, layer: Any, target: str, passed: list[str]) -> list[str]:
        """Return the lines of a layer's call; one that is called several times is made once, before."""
        made = constructor(layer, self.constants, self.counted)
        if self.times[id(layer)] == 1:
            return statement(target, made, passed)
        lines = []
        if id(layer) not in self.shared:
            self.shared[id(layer)] = self._variable(f"{layer.name}_layer")
            lines = statement(self.shared[id(layer)], made)
        return [*lines, *statement(target, (self.shared[id(layer)], passed))]

    def _expression(self, call: Any, given: list[str], named: dict[str, str]) -> str:
        each, arguments = call.operation, call.arguments.args
        key = arguments[1] if len(arguments) > 1 else None
        return expression(
            each, given, named, key, lambda name, value: self.constants.text(f"{each.name} {name}", value)
        )

    def _arguments(self, call: Any) -> tuple[list[str], dict[str, str]]:
        each, called = call.operation, call.arguments
        if type(each).__name__ == "GetItem":
            return [self._value(each, called.args[0])], {}
        said = {name: held for name, held in called.kwargs.items() if held is not None and name != "training"}
        named = {name: self._value(each, held) for name, held in said.items()}
        return [self._value(each, held) for held in called.args], named

    def _value(self, each: Any, held: Any) -> str:
        """Return an argument of a call: a tensor, a structure of tensors, or a plain value."""
        if isinstance(held, keras.KerasTensor):
            return self.text[id(held)]
        if any(isinstance(part, keras.KerasTensor) for part in keras.tree.flatten(held)):
            return self._structure(held)
        return self.constants.text(f"{each.name} argument", held)

    def _structure(self, held: Any) -> str:
        if isinstance(held, dict):
            return "{" + ", ".join(f"{quoted(name)}: {self._structure(each)}" for name, each in held.items()) + "}"
        if isinstance(held, list | tuple):
            return f"[{', '.join(self._structure(each) for each in held)}]"
        return self.text[id(held)] if isinstance(held, keras.KerasTensor) else literal(held)

    def _input(self, each: Any) -> list[str]:
        shape, dtype = literal(tuple(each.output.shape[1:])), each.output.dtype
        typed = [] if dtype == "float32" else [f'dtype="{dtype}"']
        return [shape, *typed, f"name={quoted(each.name)}"]

    def _variable(self, name: str) -> str:
        """Return a new variable's name."""
        wanted = re.sub(r"\W", "_", name)
        wanted = wanted if wanted.isidentifier() and not keyword.iskeyword(wanted) else f"_{wanted}"
        free, number = wanted, 1
        while free in self.taken:
            number += 1
            free = f"{wanted}_{number}"
        self.taken.add(free)
        return free


def _operation_name(each: Any) -> str:
    """Return what the result of an op is called: Keras's own numbers go on from model to model."""
    kind = type(each).__name__
    return _RESULTS[kind] if kind in _RESULTS else f"{function_name(kind)}_of"


_RESULTS = {
    "Add": "added",
    "Cast": "numbers",
    "Divide": "ratio",
    "Equal": "is_equal",
    "GetItem": "part",
    "Max": "largest",
    "Multiply": "product",
    "NanToNum": "filled",
    "NotEqual": "differs",
    "Subtract": "difference",
    "Take": "taken",
    "TrueDivide": "ratio",
}


def _in_order(model: keras.Model, held: Sequence[Any]) -> list[Any]:
    """Return the calls of a model, each after what it reads, branch after branch; inputs first."""
    makers = {id(tensor): each for each in held for tensor in each.outputs}
    order = [each for each in held if isinstance(each.operation, keras.layers.InputLayer)]
    seen = set(map(id, order))
    waiting = [(makers[id(tensor)], False) for tensor in reversed(keras.tree.flatten(model.outputs))]
    while waiting:
        each, ready = waiting.pop()
        if ready:
            order.append(each)
        elif id(each) not in seen:
            seen.add(id(each))
            waiting.append((each, True))
            waiting += [(makers[id(tensor)], False) for tensor in reversed(each.arguments.keras_tensors)]
    return order


def _users(model: keras.Model, held: Sequence[Any]) -> dict[int, list[Any]]:
    """Return the calls that read a tensor, once for each time, by the tensor's id; the model reads its outputs."""
    users: dict[int, list[Any]] = {}
    for each in held:
        for tensor in [] if isinstance(each.operation, keras.layers.InputLayer) else each.arguments.keras_tensors:
            users.setdefault(id(tensor), []).append(each)
    for tensor in keras.tree.flatten(model.outputs):
        users.setdefault(id(tensor), []).append(model)
    return users


def _returned(arguments: list[str]) -> list[str]:
    line = f"{INDENT}return keras.Model({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return [line]
    inner = []
    for each in arguments:
        if len(each) + 9 > WIDTH and each.startswith("{"):
            inner += [f"{INDENT * 2}{{", *exploded(parts(each[1:-1]), INDENT * 3), f"{INDENT * 2}}},"]
        else:
            inner += exploded([each])
    return [f"{INDENT}return keras.Model(", *inner, f"{INDENT})"]

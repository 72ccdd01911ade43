"""The ONNX file: converted by tf2onnx, checked by onnxruntime. Needs `pip install "autonas[onnx]"`.

    session = onnxruntime.InferenceSession("m.onnx")
    probabilities, labels = session.run(["probabilities", "labels"], {"images": x.astype("float32")})

Inputs are named after those of the model (`autonas.export.outputs.arguments`): float32, or strings, which the graph
looks up. Texts are split into words outside of it: see `beside_texts`. The labels of a classifier are
in the graph, and once more, as JSON, in the file's metadata under "labels".
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from autonas.data.rows import Rows
from autonas.errors import ExportError, message
from autonas.export import beside_texts
from autonas.export.extras import extra
from autonas.export.format import Format
from autonas.export.labels import PROBABILITIES, Label, class_labels, has_several_labels, labels_from_json, labels_json
from autonas.export.numbers import numbered
from autonas.export.outputs import arguments, input_forms, named_outputs, only_outputs
from autonas.runtime.quiet import quiet_logs

OPSET = 18
_NAME = "onnx"  # the extra, and who wrote the file


def write(model: keras.Model, path: Path, _sample: Rows) -> None:
    """Write the model, and beside it what its texts need."""
    numbers = numbered(model, look_up=False)
    graph = _converted(numbers.model)
    for name, words in numbers.lookups.items():
        _look_up(graph, arguments(numbers.model.input)[name], words)
    labels = class_labels(model)
    if labels is not None:
        if not has_several_labels(model):
            _add_labels(graph, labels)
        extra("onnx.helper", _NAME).set_model_props(graph, {"labels": labels_json(labels)})
    graph.producer_name = "autonas"
    path.write_bytes(graph.SerializeToString())
    beside_texts.write(path, numbers.vocabularies, arguments(numbers.model.input) if numbers.vocabularies else {})


def read(path: Path, sample: Rows) -> dict[str, NDArray]:
    """Return what onnxruntime gives."""
    session = _session(path)
    given = beside_texts.encoded(path, sample)
    inputs = session.get_inputs()
    feed = {each.name: _fed(each, given[each.name] if isinstance(given, Mapping) else given) for each in inputs}
    names = [each.name for each in session.get_outputs()]
    return {"onnxruntime": only_outputs(dict(zip(names, session.run(None, feed), strict=True)))}


def labels(path: Path) -> list[Label] | None:
    """Return the labels that the metadata holds."""
    held = _session(path).get_modelmeta().custom_metadata_map
    return labels_from_json(held["labels"]) if "labels" in held else None


def owns(path: Path) -> bool:
    """Say whether an ONNX file of ours stands there, and beside it nothing else of that name."""
    if not path.is_file() or path.is_symlink() or not beside_texts.are_ours(path):
        return False
    return b"autonas" in path.read_bytes()[:200]


def _converted(model: keras.Model) -> Any:
    """Return the ONNX model. Raises ExportError for an op that ONNX has not."""
    tf2onnx = extra("tf2onnx", _NAME)
    extra("tf2onnx.convert", _NAME)
    forms = input_forms(model)
    function = tf.function(named_outputs(model), autograph=False, input_signature=[forms])
    with quiet_logs("tf2onnx", "tensorflow", "absl"):
        try:
            graph, _ = tf2onnx.convert.from_function(function, input_signature=[forms], opset=OPSET)
        except Exception as error:  # whatever tf2onnx stumbles over
            raise ExportError(
                f"Every op must have an ONNX form. Received: {error!r}. Use format='tf_saved_model'."
            ) from error
    _check_ops(graph)
    return graph


def _check_ops(graph: Any) -> None:
    """Raise ExportError for nodes that tf2onnx left as they were: it says nothing of them."""
    defs = extra("onnx.defs", _NAME)
    unknown = sorted({each.op_type for each in graph.graph.node if not defs.has(each.op_type, each.domain)})
    if unknown:
        raise ExportError(message("every op of an ONNX export", "one of ONNX", unknown, "Use format='tf_saved_model'"))


def _look_up(graph: Any, name: str, words: tuple[str, ...]) -> None:
    """Let an input of places (n, 1) be one of strings, looked up in the graph."""
    helper = extra("onnx.helper", _NAME)
    (held,) = (each for each in graph.graph.input if each.name == name)
    place = f"{name}/place"  # a name that no input has
    for node in graph.graph.node:
        node.input[:] = [place if each == name else each for each in node.input]
    held.type.tensor_type.elem_type = extra("onnx", _NAME).TensorProto.STRING
    settings = {"keys_strings": words[1:], "values_int64s": range(1, len(words)), "default_int64": 0}
    node = helper.make_node("LabelEncoder", [name], [place], f"{name}/look_up", domain="ai.onnx.ml", **settings)
    graph.graph.node.insert(0, node)
    _import_ml(graph)


def _add_labels(graph: Any, labels: list[Label]) -> None:
    """Give the graph an output of the likeliest labels, (n,)."""
    helper, numpy_helper = extra("onnx.helper", _NAME), extra("onnx.numpy_helper", _NAME)
    values = np.asarray(labels, dtype=object if isinstance(labels[0], str) else None)
    graph.graph.initializer.append(numpy_helper.from_array(values, "classes"))
    best = helper.make_node("ArgMax", [PROBABILITIES], ["best_column"], axis=-1, keepdims=0)
    label = helper.make_node("Gather", ["classes", "best_column"], ["labels"], axis=0)
    graph.graph.node.extend([best, label])
    kind = graph.graph.initializer[-1].data_type
    graph.graph.output.append(helper.make_tensor_value_info("labels", kind, ["n"]))


def _import_ml(graph: Any) -> None:
    if "ai.onnx.ml" not in {each.domain for each in graph.opset_import}:
        graph.opset_import.append(extra("onnx.helper", _NAME).make_opsetid("ai.onnx.ml", 2))


def _fed(wanted: Any, held: NDArray) -> NDArray:
    return held if "string" in wanted.type else np.asarray(held, np.float32)


def _session(path: Path) -> Any:
    runtime = extra("onnxruntime", _NAME)
    return runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


ONNX = Format(suffixes=(".onnx",), write=write, read=read, labels=labels, owns=owns, beside=beside_texts.beside)

"""``autonas export``: a model's network for another runtime."""

from argparse import Namespace
from pathlib import Path

from autonas.cli import models
from autonas.cli.answer import Answer

BY_SUFFIX = {".keras": "keras", ".onnx": "onnx", ".tflite": "litert", ".py": "python"}


def run(arguments: Namespace) -> Answer:
    """Export, and say where to; the format is what the path's ending says, a SavedModel where it says nothing."""
    chosen = arguments.format or BY_SUFFIX.get(Path(arguments.path).suffix, "tf_saved_model")
    estimator = models.read(arguments.model)
    path = estimator.export(arguments.path, format=chosen, overwrite=arguments.overwrite)
    text = f"{path}: {chosen}, read back and compared with what the model predicts"
    return Answer({"path": str(path), "format": chosen}, text)

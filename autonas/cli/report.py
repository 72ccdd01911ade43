"""``autonas report``: a search as one HTML page."""

from argparse import Namespace
from pathlib import Path

from autonas.cli import models
from autonas.cli.answer import Answer
from autonas.report import write_report


def run(arguments: Namespace) -> Answer:
    """Write the page of a directory, whose search may still run, or of a model's file."""
    source = Path(arguments.source)
    path = (
        write_report(source, arguments.path)
        if source.is_dir()
        else models.read(arguments.source).report(arguments.path)
    )
    return Answer({"path": str(path)}, f"report written to {path}")

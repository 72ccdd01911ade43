"""``autonas watch``: the report of a search on this machine, while it runs."""

import sys
from argparse import Namespace

from autonas.cli.answer import Answer
from autonas.report import watch


def run(arguments: Namespace) -> Answer:
    """Serve the page until Ctrl-C; the address goes to the standard error."""
    watch(arguments.directory, arguments.port, _say)
    return Answer({"directory": arguments.directory}, f"{arguments.directory} is watched no more")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")

"""From arguments to an exit code: progress and errors go to the standard error, the answer to the standard output.

==== =========================================================
code meaning
==== =========================================================
0    done
1    a search in which every trial failed, or a failed export
2    arguments or data that cannot work
130  Ctrl-C (during a search it ends the search, and is no failure)
==== =========================================================
"""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module

from autonas.cli.parser import make_parser
from autonas.errors import AutonasError, ExportError, SearchFailed

FAILED, REFUSED, INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, and return its exit code; `argv` is None for the process's own arguments."""
    arguments = make_parser().parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported
    try:
        with redirect_stdout(sys.stderr):
            answer = import_module(f"autonas.cli.{arguments.command}").run(arguments)
    except AutonasError as error:
        return _refused(error, arguments)
    except KeyboardInterrupt:
        sys.stderr.write("autonas: interrupted\n")
        return INTERRUPTED
    sys.stdout.write(answer.shown(arguments.json).rstrip("\n") + "\n")
    return 0


def _refused(error: AutonasError, arguments: Namespace) -> int:
    """Say what was wrong, and return the exit code for it."""
    sys.stderr.write(f"autonas {arguments.command}: {error}\n")
    if arguments.json:
        sys.stdout.write(json.dumps({"error": {"type": type(error).__name__, "message": str(error)}}) + "\n")
    return FAILED if isinstance(error, SearchFailed | ExportError) else REFUSED

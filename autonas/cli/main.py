"""From arguments to an exit code: progress and errors go to the standard error, the answer to the standard output.

==== ===================================================================
code meaning
==== ===================================================================
0    done
1    a search in which every trial failed, a chief that is gone, or a failed
     export
2    arguments or data that cannot work
3    a file or folder that cannot be read or written, or a full disk
130  Ctrl-C (during a search it ends the search, and is no failure)
141  who read the answer went away, as ``head`` does
==== ===================================================================

Anything else is a defect of autonas, and shows its traceback.
"""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib import import_module

from autonas.cli.parser import make_parser
from autonas.errors import AutonasError, DiskFull, ExportError, SearchFailed

FAILED, REFUSED, FILES, INTERRUPTED, UNHEARD = 1, 2, 3, 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, and return its exit code; `argv` is None for the process's own arguments."""
    try:
        arguments = make_parser().parse_args(argv)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is imported
        return _answered(arguments)
    except BrokenPipeError:
        _hush()
        return UNHEARD


def _answered(arguments: Namespace) -> int:
    """Run a command, and write its answer or what was wrong."""
    try:
        with redirect_stdout(sys.stderr):
            answer = import_module(f"autonas.cli.{arguments.command}").run(arguments)
    except AutonasError as error:
        return _refused(arguments, error, str(error), _code(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename is not None else ""
        return _refused(arguments, error, f"{place}{error.strerror or error}", FILES)
    except KeyboardInterrupt as error:
        return _refused(arguments, error, "interrupted", INTERRUPTED)
    _write(answer.shown(arguments.json))
    return 0


def _code(error: AutonasError) -> int:
    if isinstance(error, DiskFull):
        return FILES
    return FAILED if isinstance(error, SearchFailed | ExportError) else REFUSED


def _refused(arguments: Namespace, error: BaseException, words: str, code: int) -> int:
    """Say what was wrong, and return the exit code for it."""
    sys.stderr.write(f"autonas {arguments.command}: {words}\n")
    if arguments.json:
        _write(json.dumps({"error": {"type": type(error).__name__, "message": words}}))
    return code


def _write(text: str) -> None:
    """Write an answer, line by line: of one large write, Python does not tell that nobody read it."""
    sys.stdout.writelines(f"{line}\n" for line in text.rstrip("\n").split("\n"))
    sys.stdout.flush()


def _hush() -> None:
    """Let Python end without trying once more to write what nobody reads."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())

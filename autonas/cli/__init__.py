"""The command line: ``autonas fit table houses.csv --target price --out houses``.

A command is a module of this room with a function ``run(arguments) -> Answer``; `parser` says what arguments it takes.
Nothing but the command that is asked for is imported: ``autonas --help`` takes a tenth of a second.
"""

from autonas.cli.main import main

__all__ = ["main"]

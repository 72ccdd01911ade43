"""The exceptions autonas raises on purpose, and the one shape that their messages have.

Every message says what must hold, what came, and what to do about it:
"time_limit must be positive. Received: -5. Use None for no limit."
"""


class AutonasError(Exception):
    """What every error raised on purpose by autonas descends from."""


class DataError(AutonasError, ValueError):
    """The data cannot be learned from: empty, not finite, of the wrong rank, a single class."""


class SettingError(AutonasError, ValueError):
    """A setting has a value that cannot work, or two settings contradict each other."""


class ArchitectureError(AutonasError, ValueError):
    """A graph, an edit or a stored architecture breaks the rules of the architecture language."""


class DirectoryError(AutonasError, ValueError):
    """A directory holds another search than the one that asks for it."""


class DamagedFile(DirectoryError):
    """A file of a search is missing, cut short or changed."""


class DiskFull(DirectoryError):
    """There is no room left to write a file of a search."""


class SearchFailed(AutonasError, RuntimeError):
    """A search ended without one finished trial: every one failed."""


class ExportError(AutonasError, RuntimeError):
    """What was written does not load again, or does not predict as the model does."""


def message(what: str, expected: str, received: object, remedy: str) -> str:
    """Write an error message in the house's shape.

    `what` names the value, `expected` completes "must be" or is a clause of its own, `received` is shown by its repr
    (cut to 80 characters, as an array may arrive), and `remedy` is a full sentence without its full stop.

    >>> message("time_limit", "positive", -5, "Use None for no limit")
    'time_limit must be positive. Received: -5. Use None for no limit.'
    """
    return f"{what} must be {expected}. Received: {_shown(received)}. {remedy.rstrip('.')}."


def _shown(value: object, width: int = 80) -> str:
    """Return the repr of a value on one line, cut in its middle where it is longer than `width` characters."""
    text = " ".join(repr(value).split())
    if len(text) <= width:
        return text
    half = (width - 5) // 2
    return f"{text[:half]} ... {text[-half:]}"

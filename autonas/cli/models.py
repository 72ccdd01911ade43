"""Files of fitted models: where they stand, and reading them."""

from pathlib import Path
from typing import Any

from autonas.errors import SettingError, message
from autonas.estimators.loading import load

SUFFIX = ".autonas"


def path_of(name: str) -> Path:
    """Return the path of a model's file: `houses` is houses.autonas."""
    path = Path(name)
    return path if path.suffix else path.with_name(path.name + SUFFIX)


def read(name: str) -> Any:
    """Return the fitted estimator of a file. Raises SettingError where there is none."""
    path = Path(name) if Path(name).is_file() else path_of(name)
    if not path.is_file():
        remedy = "Give a file that `autonas fit` or an estimator's save wrote"
        raise SettingError(message("model", "a file", str(path), remedy))
    return load(path)


def check_free(path: Path, overwrite: bool) -> None:
    """Raise SettingError where a model could not be written in the end: said before a search, not after it."""
    if path.exists() and not (overwrite and path.is_file()):
        raise SettingError(message("--out", "free", str(path), "Use another path, or --overwrite"))
    if not path.parent.is_dir():
        raise SettingError(message("--out", "in a folder that exists", str(path), "Make the folder first"))

"""Packages that one format alone needs, imported at their first use."""

import importlib
from typing import Any

from autonas.errors import SettingError, message


def extra(module: str, name: str) -> Any:
    """Return a module that the extra `name` brings. Raises SettingError where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        remedy = f'Use `pip install "autonas[{name}]"`'
        raise SettingError(
            message(module.split(".")[0], f"installed to export to {name}", str(error), remedy)
        ) from error

"""Writing the report: one HTML file."""

from __future__ import annotations

from pathlib import Path

from autonas.errors import SettingError, message
from autonas.report.page import render
from autonas.report.story import Story, read_story
from autonas.runtime.files import write_text


def write_report(directory: str | Path, path: str | Path) -> Path:
    """Write the report of the search in ``directory``, running or done, to ``path``, and return the path.

    The page is one file that loads nothing from anywhere; a report that stands at ``path`` is replaced.

    Args:
        directory: the one that `fit` was given, or a search's own folder in it. Nothing in it is changed.
        path: a file that ends in ``.html``.

    Raises:
        DirectoryError: ``directory`` does not hold one search, or a file of it is damaged.
        SettingError: ``path`` cannot be written.
    """
    return write_page(read_story(directory), path)


def write_page(story: Story, path: str | Path) -> Path:
    """Write the page of ``story`` to ``path``; see `write_report`."""
    target = Path(path)
    if target.suffix not in (".html", ".htm") or target.is_dir() or not target.parent.is_dir():
        expected = "a file that ends in .html, in a folder that is there"
        raise SettingError(message("path", expected, str(path), "Use 'report.html'"))
    write_text(target, render(story))
    return target

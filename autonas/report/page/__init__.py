"""The report's page: one HTML file with its style and script inside. It loads nothing, so it opens anywhere."""

from autonas.report.page.page import render

__all__ = ["render"]

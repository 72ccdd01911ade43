"""What people see of a search: readers of trials, never writers."""

from autonas.report.leaderboard import Leaderboard, Row, leaderboard
from autonas.report.progress import Display, display
from autonas.report.story import Story, read_story
from autonas.report.writing import write_page, write_report

__all__ = [
    "Display",
    "Leaderboard",
    "Row",
    "Story",
    "display",
    "leaderboard",
    "read_story",
    "write_page",
    "write_report",
]

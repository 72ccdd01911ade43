"""What people see of a search: readers of trials, never writers."""

from autonas.report.leaderboard import Leaderboard, Row, leaderboard
from autonas.report.progress import Display, display
from autonas.report.story import Story, read_story
from autonas.report.watching import ReportServer, watch
from autonas.report.writing import write_page, write_report

__all__ = [
    "Display",
    "Leaderboard",
    "ReportServer",
    "Row",
    "Story",
    "display",
    "leaderboard",
    "read_story",
    "watch",
    "write_page",
    "write_report",
]

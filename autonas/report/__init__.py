"""What people see of a search: readers of trials, never writers."""

from autonas.report.leaderboard import Leaderboard, Row, leaderboard
from autonas.report.progress import Display, display

__all__ = ["Display", "Leaderboard", "Row", "display", "leaderboard"]

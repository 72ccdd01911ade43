"""``autonas leaderboard``: the trials of a model."""

from argparse import Namespace

from autonas.cli import models
from autonas.cli.answer import Answer


def run(arguments: Namespace) -> Answer:
    """Return the rows, the best first."""
    board = models.read(arguments.model).leaderboard()
    return Answer({"objective": board.objective, "trials": board.to_dicts()}, str(board))

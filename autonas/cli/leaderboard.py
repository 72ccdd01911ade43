"""``autonas leaderboard``: the trials of a search."""

from argparse import Namespace
from pathlib import Path

from autonas.cli import models
from autonas.cli.answer import Answer
from autonas.report import Leaderboard, Row, Story, read_story


def run(arguments: Namespace) -> Answer:
    """Return the rows, the best first, of a directory, whose search may still run, or of a model's file."""
    source = Path(arguments.source)
    board = board_of(read_story(source)) if source.is_dir() else models.read(arguments.source).leaderboard()
    return Answer({"objective": board.objective, "trials": board.to_dicts()}, str(board))


def board_of(story: Story) -> Leaderboard:
    """Return the leaderboard of a search as its directory tells it."""
    ordered = [*story.ranked, *(each for each in story.trials if each.rank is None)]
    same = [name for name in Row.__dataclass_fields__ if name != "seconds"]
    rows = (
        Row(
            **{name: getattr(each, name) for name in same}, seconds=sum(each.seconds.values()) if each.seconds else None
        )
        for each in ordered
    )
    return Leaderboard(tuple(rows), story.objective)

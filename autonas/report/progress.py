"""What a running search shows: a live display on a terminal, a log line a trial elsewhere, nothing where that is asked
for.

```python
with display(verbose=1, objective="val_accuracy", deadline=deadline) as shown:
    SearchTuner(..., watch=shown).search()
    shown.stage("finishing the best network")
```
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from autonas.errors import SettingError, message
from autonas.report.phrases import best_so_far, outcome, time_left
from autonas.runtime.clock import Deadline
from autonas.runtime.evaluator import Progress
from autonas.tuner.watcher import TrialEnded, TrialStarted, Unwatched, Watcher

_BAR = 30  # characters
_REFRESH_HZ = 4  # so that the time left is seen to run


class Display(Watcher, Protocol):
    """A watcher that shows what it is told from the ``with`` statement's begin to its end, however that comes."""

    def stage(self, words: str) -> None:
        """Show that something other than a trial is going on, such as finishing."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def display(
    verbose: int = 1, objective: str = "score", deadline: Deadline | None = None, console: Console | None = None
) -> Display:
    """Return the display that ``verbose`` asks for.

    Args:
        verbose: 0 shows nothing; 1 a live display on a terminal and a line a trial elsewhere; 2 a line a trial
            anywhere.
        objective: what scores are called.
        deadline: what the time left is read from; None shows no time.
        console: where to show it; the standard output where None.
    """
    if verbose not in (0, 1, 2):
        raise SettingError(message("verbose", "0, 1 or 2", verbose, "Use 0 for silence, 2 for a line a trial"))
    if verbose == 0:
        return SilentDisplay()
    console = console or Console()
    kind = LiveDisplay if verbose == 1 and console.is_terminal else LineDisplay
    return kind(console, objective, deadline)


class SilentDisplay(Unwatched):
    """Shows nothing."""

    def stage(self, words: str) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing was begun, so nothing ends."""


class LineDisplay:
    """Writes a line a trial."""

    def __init__(self, console: Console, objective: str, deadline: Deadline | None):
        self._console, self._objective, self._deadline = console, objective, deadline

    def started(self, event: TrialStarted) -> None:
        """Do nothing: a line is written when there is an outcome."""

    def progressed(self, progress: Progress) -> None:
        """Do nothing."""

    def ended(self, event: TrialEnded) -> None:
        """Write the trial's line."""
        parts = [outcome(event, self._objective), best_so_far(self._objective, event.best, event.best_trial)]
        self._write("; ".join([*parts, *_left(self._deadline)]))

    def stage(self, words: str) -> None:
        """Write a line."""
        self._write("; ".join([words, *_left(self._deadline)]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing stays open."""

    def _write(self, line: str) -> None:
        _print(self._console, line)
        self._console.file.flush()  # a log is read while the search runs


class LiveDisplay:
    """Keeps a panel at the bottom of the terminal: the running trials, their epochs, the best score, the time left.

    A finished trial leaves its line above; the panel goes when the display ends.
    """

    def __init__(self, console: Console, objective: str, deadline: Deadline | None):
        self._console, self._objective, self._deadline = console, objective, deadline
        self._stage, self._progress = "starting", None
        self._trials: dict[str, tuple[str, Progress | None]] = {}  # words and progress of those that run
        self._best = best_so_far(objective, None, None)
        self._live = Live(get_renderable=self._draw, console=console, refresh_per_second=_REFRESH_HZ, transient=True)

    def started(self, event: TrialStarted) -> None:
        """Show what is being tried."""
        self._trials = {**self._trials, event.trial_id: (f"trial {event.trial_id}: {event.words}", None)}
        self._stage, self._progress = "choosing the next network", None

    def progressed(self, progress: Progress) -> None:
        """Move the bar of a trial, or of what else is going on."""
        name = progress.trial_id or (next(iter(self._trials)) if len(self._trials) == 1 else "")
        if name in self._trials:
            self._trials = {**self._trials, name: (self._trials[name][0], progress)}
        else:
            self._progress = progress

    def ended(self, event: TrialEnded) -> None:
        """Leave the trial's line above the panel."""
        self._best = best_so_far(self._objective, event.best, event.best_trial)
        self._trials = {name: trial for name, trial in self._trials.items() if name != event.trial_id}
        _print(self._console, outcome(event, self._objective))

    def stage(self, words: str) -> None:
        """Show ``words`` in place of a trial."""
        self._trials, self._stage, self._progress = {}, words, None

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def _draw(self) -> RenderableType:
        shown = list(self._trials.values()) or [(self._stage, self._progress)]  # others may replace them meanwhile
        rows: list[RenderableType] = []
        for words, progress in shown:
            rows += [Text(words, style="bold"), *([_bar(progress, self._objective)] if progress else [])]
        return Group(*rows, Text("; ".join([self._best, *_left(self._deadline)])))


def _bar(progress: Progress, objective: str) -> RenderableType:
    parts = [f"epoch {progress.epoch:.1f} of {progress.epochs:g}"]
    parts += [f"{objective} {progress.metric:.4f}"] if progress.metric is not None else []
    parts += [f"loss {progress.loss:.4f}"] if progress.loss is not None else []
    row = Table.grid(padding=(0, 1))
    row.add_row(ProgressBar(total=progress.epochs, completed=progress.epoch, width=_BAR), Text(", ".join(parts)))
    return row


def _left(deadline: Deadline | None) -> list[str]:
    said = time_left(deadline.left()) if deadline else ""
    return [said] if said else []


def _print(console: Console, line: str) -> None:
    """Write one line as it is: not wrapped, and with no bracket taken for markup."""
    console.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)

"""What a search shows, on a terminal and elsewhere."""

import dataclasses
import io

import pytest
from rich.console import Console

from autonas.errors import SettingError
from autonas.report import display
from autonas.report.phrases import duration
from autonas.report.progress import LineDisplay, LiveDisplay
from autonas.runtime.clock import Deadline
from autonas.runtime.evaluator import Progress
from autonas.tuner import SearchOracle, SearchTuner, TrialEnded, TrialStarted
from tests.tuner.fakes import FakeEvaluator, Ladder, crash

pytestmark = pytest.mark.tf
STARTED = TrialStarted("0004", 5, "add conv 3x3 after relu")
ENDED = TrialEnded("0004", 5, STARTED.words, 0.91, None, 0.93, "0002", 75.0, 12_345)
FAILED = TrialEnded("0005", 6, "widen", None, "no memory [node conv]", None, None, 3.0, 10)


@pytest.fixture
def terminal():
    return Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None, force_interactive=False)


@pytest.fixture
def log():
    return Console(file=io.StringIO(), width=20)


def minute():
    return Deadline(lambda: 0.0, 501)


def drawn(shown, console):
    """The panel as it stands, as text."""
    with console.capture() as captured:
        console.print(shown._draw())
    return captured.get()


def test_the_kind_of_display_follows_from_verbose_and_the_terminal(terminal, log):
    assert isinstance(display(1, console=terminal), LiveDisplay)
    assert isinstance(display(1, console=log), LineDisplay)
    assert isinstance(display(2, console=terminal), LineDisplay)
    with pytest.raises(SettingError, match=r"verbose must be 0, 1 or 2\. Received: 3"):
        display(3)


def test_a_log_has_one_line_a_trial(log):
    with display(1, "val_accuracy", minute(), log) as shown:
        shown.started(STARTED)
        shown.progressed(Progress(1, 2))
        shown.ended(ENDED)
        shown.ended(FAILED)
        shown.stage("finishing")
    assert log.file.getvalue().splitlines() == [
        "trial 0004: add conv 3x3 after relu: val_accuracy 0.9100, 12,345 parameters, 1:15; "
        "best val_accuracy 0.9300 (trial 0002); 8:21 left",
        "trial 0005: widen: failed: no memory [node conv] (after 3.0 s); no score yet; 8:21 left",
        "finishing; 8:21 left",
    ]


def test_the_panel_shows_the_trial_the_epoch_the_best_and_the_time(terminal):
    with display(1, "val_accuracy", minute(), terminal) as shown:
        shown.ended(ENDED)
        shown.started(STARTED)
        shown.progressed(Progress(2.5, 8, metric=0.875, loss=0.25))
        panel = drawn(shown, terminal)
    assert "trial 0004: add conv 3x3 after relu" in panel
    assert "epoch 2.5 of 8, val_accuracy 0.8750, loss 0.2500" in panel
    assert "best val_accuracy 0.9300 (trial 0002); 8:21 left" in panel
    assert panel.count("━") >= 9


def test_a_panel_without_measures_yet_can_be_drawn(terminal):
    shown = display(1, "val_accuracy", None, terminal)
    assert "starting" in drawn(shown, terminal)
    shown.started(STARTED)
    shown.progressed(Progress(0, 8))
    assert "epoch 0.0 of 8\n" in drawn(shown, terminal)
    shown.stage("finishing the best network")
    assert "finishing the best network" in drawn(shown, terminal)


def test_a_trial_leaves_its_line_above_the_panel(terminal):
    with display(1, "val_accuracy", None, terminal) as shown:
        shown.ended(FAILED)
    assert "trial 0005: widen: failed: no memory [node conv] (after 3.0 s)" in terminal.file.getvalue()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_display_ends_cleanly_when_an_exception_passes(terminal, error):
    with pytest.raises(error), display(1, "val_accuracy", None, terminal) as shown:  # noqa: PT012
        shown.started(STARTED)
        raise error
    assert not shown._live.is_started
    assert terminal.file.getvalue().endswith(("\x1b[2K", "\x1b[?25h", "\n"))  # the cursor is back, the panel gone
    with display(1, "val_accuracy", None, terminal):
        pass  # the console serves again


@pytest.mark.parametrize("verbose", [0, 1])
def test_a_whole_search_is_shown_or_is_not(tmp_path, capsys, verbose):
    with display(verbose, "val_accuracy", minute()) as shown:
        oracle = SearchOracle(Ladder(), "val_accuracy", max_trials=3, seed=0)
        SearchTuner(oracle, FakeEvaluator(at_0001=crash), tmp_path, "shown", watch=shown).search()
        shown.stage("finishing")
    out, err = capsys.readouterr()
    assert err == ""
    if verbose == 0:
        assert out == ""
    else:
        lines = out.splitlines()
        assert len(lines) == 4
        assert "failed: ValueError: a shape [2, 3] does not fit" in lines[1]
        assert "best val_accuracy" in lines[2]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0.0 s"), (7.44, "7.4 s"), (60, "1:00"), (501.9, "8:21"), (3723, "1:02:03")]
)
def test_durations(seconds, said):
    assert duration(seconds) == said


def test_the_panel_shows_every_trial_that_runs(terminal):
    with display(1, "val_accuracy", minute(), terminal) as shown:
        for name in ("0004", "0005"):
            shown.started(dataclasses.replace(STARTED, trial_id=name))
        shown.progressed(Progress(2.5, 8, metric=0.875, trial_id="0005"))
        panel = drawn(shown, terminal).splitlines()
        assert [line.split(":")[0] for line in panel if "trial 000" in line][:2] == ["trial 0004", "trial 0005"]
        assert "epoch 2.5 of 8" in panel[2]
        shown.ended(dataclasses.replace(ENDED, trial_id="0005"))
        assert "epoch" not in drawn(shown, terminal)
        assert "trial 0004: add conv" in drawn(shown, terminal)

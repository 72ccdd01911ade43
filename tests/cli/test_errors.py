"""What goes wrong with files, pipes and keys: one line, and an exit code that is documented."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autonas.cli import main
from autonas.errors import DiskFull, SearchFailed, SettingError

ROOT = Path(__file__).resolve().parents[2]
RAISED = [
    (PermissionError(13, "Permission denied", "/data/m.autonas"), 3, "/data/m.autonas: Permission denied"),
    (OSError("the share is gone"), 3, "the share is gone"),
    (DiskFull("The disk must have room."), 3, "The disk must have room."),
    (SearchFailed("Every trial failed."), 1, "Every trial failed."),
    (SettingError("seed must be even."), 2, "seed must be even."),
    (KeyboardInterrupt(), 130, "interrupted"),
]


@pytest.fixture
def command(monkeypatch):
    """Let `autonas leaderboard` do what a test wants."""

    def _command(act):
        module = type("Module", (), {"run": staticmethod(act)})
        monkeypatch.setattr(sys.modules["autonas.cli.main"], "import_module", lambda name: module)

    return _command


@pytest.mark.parametrize(("error", "code", "said"), RAISED, ids=[str(code) + said for _, code, said in RAISED])
def test_an_error_is_a_line_and_an_exit_code(command, capsys, error, code, said):
    def act(arguments):
        raise error

    command(act)
    assert main(["leaderboard", "m"]) == code
    assert capsys.readouterr() == ("", f"autonas leaderboard: {said}\n")
    assert main(["leaderboard", "m", "--json"]) == code
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"error": {"type": type(error).__name__, "message": said}}
    assert captured.err == f"autonas leaderboard: {said}\n"


def test_a_defect_is_not_hidden(command):
    def act(arguments):
        raise KeyError("a defect")

    command(act)
    with pytest.raises(KeyError):
        main(["leaderboard", "m"])


def test_nobody_reads_the_answer():
    script = (
        "import sys, types\n"
        "from autonas.cli.answer import Answer\n"
        "module = types.ModuleType('autonas.cli.leaderboard')\n"
        "module.run = lambda arguments: Answer({}, 'row\\n' * 100_000)\n"
        "sys.modules['autonas.cli.leaderboard'] = module\n"
        "from autonas.cli import main\n"
        "sys.exit(main(['leaderboard', 'm']))\n"
    )
    reads, writes = os.pipe()
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=writes, stderr=subprocess.PIPE) as process:
        os.close(writes)
        assert os.read(reads, 4) == b"row\n"
        os.close(reads)
        said = process.stderr.read()
        assert process.wait(60) == 141
    assert said == b""


def test_the_documented_exit_codes_are_those_that_there_are():
    module = sys.modules["autonas.cli.main"]
    codes = {module.FAILED, module.REFUSED, module.FILES, module.INTERRUPTED, module.UNHEARD, 0}
    table = (ROOT / "docs" / "command_line.md").read_text("utf-8")
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)} == codes
    assert {int(code) for code in re.findall(r"^(\d+) ", module.__doc__, re.MULTILINE)} == codes

"""Tutorials and README: all code compiles, and on request all of it runs."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TUTORIALS = sorted((ROOT / "tutorials").glob("*.py"))
by_name = pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.name)


def test_tutorials_are_numbered_from_one():
    assert [path.name[:3] for path in TUTORIALS] == [f"{number:02d}_" for number in range(1, len(TUTORIALS) + 1)]
    assert TUTORIALS


@by_name
def test_a_tutorial_compiles_and_says_how_to_run_it(path):
    text = path.read_text("utf-8")
    compile(text, str(path), "exec")
    assert f"python tutorials/{path.name}" in text.split('"""')[1]


@by_name
def test_a_tutorial_names_only_tutorials_that_exist(path):
    named = re.findall(r"\b\d\d_\w+\.py\b", path.read_text("utf-8"))
    assert set(named) <= {each.name for each in TUTORIALS}


def test_the_quick_start_runs_the_first_tutorial():
    text = (ROOT / "README.md").read_text("utf-8")
    block = text.split("<!-- ci: quick-start -->\n```bash\n")[1].split("```")[0]
    assert re.findall(r"tutorials/\S+", block) == [f"tutorials/{TUTORIALS[0].name}"]


def _readme_python() -> str:
    """README's Python blocks, and those of the guide behind them, as one script; the searches in it made short."""
    text = "\n".join((ROOT / name).read_text("utf-8") for name in ("README.md", "docs/guide.md"))
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return re.sub(r"time_limit=\d+", "time_limit=15", "\n".join(blocks))


def test_readmes_python_compiles():
    compile(_readme_python(), "README.md", "exec")


@pytest.mark.slow
def test_readmes_python_runs(tmp_path):
    data = "from sklearn.datasets import load_digits\nx, y = load_digits(return_X_y=True)\nx = x.reshape(-1, 8, 8)\n"
    data += "words = ['bad film', 'good film', 'good plot', 'bad plot', 'so so', 'not so good']\n"
    data += "reviews, sentiments, stars = words * 30, [0, 1, 1, 0, 0, 0] * 30, [1.0, 5.0, 4.0, 2.0, 3.0, 2.0] * 30\n"
    data += "photos, descriptions, categories, prices = x[:180], words * 30, list(y[:180]), [1.0, 2.0, 3.0] * 60\n"
    data += "import pandas\nkinds = ['tall', 'small'] * 60\n"
    data += "table = pandas.DataFrame({'size': range(120), 'town': ['Rome', 'Oslo', None] * 40, 'kind': kinds})\n"
    split = "x_train, y_train, x_test, y_test = x[:1200], y[:1200], x[1200:], y[1200:]\n"
    path = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", path + data + split + _readme_python()], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@by_name
def test_a_tutorial_runs(path, tmp_path):
    # A copy, because a tutorial writes beside itself; the checkout's autonas, because tests test that.
    copy = shutil.copy(path, tmp_path)
    command = [sys.executable, "-c", f"import runpy; runpy.run_path({str(copy)!r}, run_name='__main__')"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "output").is_dir() == ('parent / "output"' in path.read_text("utf-8"))

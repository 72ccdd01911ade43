"""The documentation: every page is in the navigation, what it documents exists, the build is free of warnings."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
CONFIGURATION = (ROOT / "mkdocs.yml").read_text("utf-8")
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def test_every_page_is_in_the_navigation():
    assert sorted(re.findall(r": (\S+\.md)$", CONFIGURATION, re.MULTILINE)) == PAGES


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    text = (DOCS / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            assert ((DOCS / page).parent / target).is_file(), target


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("api/")])
def test_what_a_page_documents_exists(page):
    for name in re.findall(r"^::: (\S+)$", (DOCS / page).read_text("utf-8"), re.MULTILINE):
        module, _, thing = name.rpartition(".")
        package = ROOT / name.replace(".", "/") / "__init__.py"
        path = (ROOT / module.replace(".", "/")).with_suffix(".py")
        whole = (ROOT / name.replace(".", "/")).with_suffix(".py")
        assert (
            package.is_file()
            or whole.is_file()
            or re.search(rf"^(class|def) {thing}\b", path.read_text(), re.MULTILINE)
        )


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("mkdocs", path=str(Path(sys.executable).parent)) is None, reason="needs autonas[docs]")
def test_the_build_is_free_of_warnings(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "BayesianMorphism" in (tmp_path / "api/search/index.html").read_text("utf-8")

"""A path holds the old or the new, whole, whatever fails in between."""

from pathlib import Path

import pytest

from autonas.export.placing import placed

pytestmark = pytest.mark.tf  # not for what it tests: its room imports Keras


def test_a_failing_block_leaves_nothing(tmp_path):
    def interrupted():
        with placed(tmp_path / "m") as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(tmp_path.iterdir())


def test_the_temporary_path_keeps_the_name_and_the_disk(tmp_path):
    with placed(tmp_path / "deep" / "m.keras") as temporary:
        assert temporary.name == "m.keras"
        assert temporary.parent.parent == tmp_path / "deep"
        temporary.write_text("new")
    assert [path.read_text() for path in (tmp_path / "deep").iterdir()] == ["new"]


def test_a_folder_comes_back_if_its_successor_cannot_move_in(tmp_path, monkeypatch):
    old = tmp_path / "m"
    old.mkdir()
    (old / "file").write_text("old")
    rename = Path.rename

    def full_disk(self, target):
        if (self / "new").exists():
            raise OSError("no space left")
        return rename(self, target)

    def put_new():
        with placed(old) as temporary:
            temporary.mkdir()
            (temporary / "new").touch()

    monkeypatch.setattr(Path, "rename", full_disk)
    with pytest.raises(OSError, match="no space"):
        put_new()
    assert [path.name for path in old.iterdir()] == ["file"]
    assert list(tmp_path.iterdir()) == [old]

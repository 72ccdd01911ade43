"""Files that are written all or nothing."""

import numpy as np
import pytest

from autonas.errors import DirectoryError
from autonas.runtime.files import is_leftover, read_json, replacing, write_json, write_text


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"numbers": [np.float32(0.5), np.int64(3)], "text": "Ä"})
    assert read_json(path) == {"numbers": [0.5, 3], "text": "Ä"}
    write_json(path, [])
    assert read_json(path) == []
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as temporary:  # noqa: PT012 - the failure comes in between
        temporary.write_text("ne")
        assert is_leftover(temporary)
        assert path.read_text() == "old"
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    assert not is_leftover(path)


def test_numpy_archives_keep_their_ending(tmp_path):
    path = tmp_path / "weights.npz"
    with replacing(path) as temporary:
        np.savez(temporary, kernel=np.ones(3))
    with np.load(path) as archive:
        np.testing.assert_array_equal(archive["kernel"], np.ones(3))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("content", [None, b"", b'{"cut', b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named_with_a_remedy(tmp_path, content):
    path = tmp_path / "oracle.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DirectoryError, match=r"oracle\.json must be .* Received: .* Use a backup"):
        read_json(path)


def test_what_json_cannot_hold_is_refused(tmp_path):
    with pytest.raises(TypeError, match=r"Received: <object object"):
        write_json(tmp_path / "a.json", object())
    assert list(tmp_path.iterdir()) == []

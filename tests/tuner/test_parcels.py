"""What a machine gets that sees no folder of the search: data on disk, shared weights, trials' files."""

import pickle
import shutil

import numpy as np
import pytest

from autonas.arch import initial_weights
from autonas.data.spool import Spool
from autonas.runtime.children import Best, Child, SharedWeights, write_best
from autonas.tuner import parcels
from autonas.tuner.arrivals import unpack
from autonas.tuner.handover import pack
from autonas.tuner.parcels import Copy, pieces, read_files, write_files
from tests.tuner.fakes import network

pytestmark = pytest.mark.tf


def test_data_on_disk_travel_once_and_leave_no_file(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(parcels, "PIECE_BYTES", 1000)
    content = rng.integers(0, 255, (9_000, 4), np.uint8)
    with Spool(in_memory=0) as spool:
        spool.add(content)
        whole = spool.finish()
    train, validation = whole.subset(np.arange(8_500)), whole.subset(np.arange(8_500, 9_000))
    arrays, files, copies = [], [], []

    def keep(array):
        arrays.append(array)
        return len(arrays) - 1

    def keep_file(path):
        files.append(list(pieces(path)))
        return len(files) - 1

    def find_file(place):
        copies.append(Copy(files[place]))
        return copies[-1]

    sent = pack({"train": train, "validation": validation}, keep, keep_file)
    before, file = len(files), whole.path
    shutil.rmtree(whole.folder.path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    received = unpack(sent, arrays.__getitem__, find_file)
    assert before == 1
    assert len(files[0]) > 30
    assert not file.exists()
    np.testing.assert_array_equal(received["train"][:], content[:8_500])
    np.testing.assert_array_equal(received["validation"][:], content[8_500:])
    assert received["train"].file_blocks == 1
    assert len(arrays) == 1  # the numbers of 8,500 rows, not those of 500
    assert list(tmp_path.iterdir()) == []


def test_shared_weights_travel_without_their_folder(tmp_path, rng):
    networks = [network(4), network(6)]
    weights = [initial_weights(each, rng) for each in networks]
    (tmp_path / "supernet").mkdir()
    children = tuple(Child(each, (0,), 1.0, "") for each in networks)
    write_best(tmp_path / "supernet", Best(children, 2, None, 0.0), weights)
    here = SharedWeights(tmp_path / "supernet")
    there = pickle.loads(pickle.dumps(here))
    shutil.rmtree(tmp_path / "supernet")
    for each, expected in zip(networks, weights, strict=True):
        for name, arrays in there(each, rng).items():
            for found, wanted in zip(arrays, expected[name], strict=True):
                np.testing.assert_array_equal(found, wanted)


def test_a_trials_files_arrive_with_its_result_last(tmp_path, monkeypatch):
    there, here = tmp_path / "there", tmp_path / "here"
    (there / "attempt-0").mkdir(parents=True)
    here.mkdir()
    for name in ("result.json", "weights.npz", ".weights.1-2.tmp.npz"):
        (there / name).write_bytes(name.encode())
    written, replacing = [], parcels.replacing
    monkeypatch.setattr(parcels, "replacing", lambda path: written.append(path.name) or replacing(path))
    write_files(here, read_files(there))
    assert written == ["weights.npz", "result.json"]
    assert [path.name for path in sorted(here.iterdir())] == ["result.json", "weights.npz"]
    assert (here / "weights.npz").read_text() == "weights.npz"

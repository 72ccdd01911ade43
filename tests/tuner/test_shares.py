"""What each slot's process gets of the machine."""

import pytest

from autonas.tuner import process


@pytest.fixture
def machine(monkeypatch):
    """Return a function that says what the process of a slot gets on a machine with so many cores and GPUs."""

    def _share(slot, size, cores=8, gpus=(), **variables):
        for name in (*process.THREADS, "CUDA_VISIBLE_DEVICES"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(process, "cores", lambda: cores)
        if gpus:
            monkeypatch.setattr(process, "gpus", lambda: list(gpus))
        return process.environment(slot, size)

    return _share


def test_threads_are_shared_out(machine):
    assert machine(0, 4)["OMP_NUM_THREADS"] == "2"
    assert machine(2, 3)["TF_NUM_INTRAOP_THREADS"] == "2"
    assert machine(0, 16)["TF_NUM_INTEROP_THREADS"] == "1"
    assert "OMP_NUM_THREADS" not in machine(0, 1)  # one worker has all of them
    assert machine(0, 4, OMP_NUM_THREADS="7")["OMP_NUM_THREADS"] == "7"  # the user knows better


def test_gpus_are_dealt_out(machine):
    dealt = [machine(slot, 2, gpus="0123")["CUDA_VISIBLE_DEVICES"] for slot in range(2)]
    assert dealt == ["0,2", "1,3"]
    shared = [machine(slot, 3, gpus="57")["CUDA_VISIBLE_DEVICES"] for slot in range(3)]
    assert shared == ["5", "7", "5"]
    assert "CUDA_VISIBLE_DEVICES" not in machine(0, 1, gpus="01")
    assert machine(0, 1)["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"


def test_what_the_user_left_visible_is_what_there_is(machine):
    assert machine(1, 2, CUDA_VISIBLE_DEVICES="3, 5")["CUDA_VISIBLE_DEVICES"] == "5"
    assert machine(1, 2, CUDA_VISIBLE_DEVICES="-1")["CUDA_VISIBLE_DEVICES"] == "-1"

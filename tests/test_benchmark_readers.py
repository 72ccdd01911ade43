"""The image benchmark: what its readers read, what autonas is asked, the table its lines become. No TensorFlow."""

import dataclasses
import gzip
import json
import struct
import sys
import time
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

_FOLDER = Path(__file__).resolve().parents[1] / "benchmarks" / "real"


@pytest.fixture
def readers(monkeypatch):
    monkeypatch.syspath_prepend(str(_FOLDER))
    import readers

    return readers


@pytest.fixture
def summary(monkeypatch):
    monkeypatch.syspath_prepend(str(_FOLDER))
    import summary

    return summary


def _idx(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def _write_mnist(folder, images, labels, zipped):
    for part in ("train", "t10k"):
        for kind, array in ((f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)):
            raw = _idx(array)
            path = folder / (f"{kind}.gz" if zipped else kind)
            path.write_bytes(gzip.compress(raw) if zipped else raw)


@pytest.mark.parametrize("zipped", [False, True])
def test_idx_files_are_read_gzipped_or_not(readers, tmp_path, zipped):
    images = np.arange(6 * 2 * 3, dtype=np.uint8).reshape(6, 2, 3)
    labels = np.array([0, 1, 0, 1, 0, 1])
    _write_mnist(tmp_path, images, labels, zipped)
    data = readers.load("mnist", tmp_path, None, seed=0)
    assert data.train_images.shape == (6, 2, 3, 1)
    assert data.train_images.dtype == np.uint8
    assert data.classes == 2
    np.testing.assert_array_equal(data.test_images[..., 0], images)
    np.testing.assert_array_equal(data.test_labels, labels)


def test_images_keep_their_labels_when_shuffled(readers, tmp_path):
    labels = np.arange(40) % 4
    images = np.broadcast_to(labels[:, None, None], (40, 2, 2))
    _write_mnist(tmp_path, images, labels, zipped=False)
    data = readers.load("mnist", tmp_path, 20, seed=3)
    np.testing.assert_array_equal(data.train_images[:, 0, 0, 0], data.train_labels)


def test_a_cut_off_idx_file_is_refused(readers, tmp_path):
    path = tmp_path / "images"
    path.write_bytes(_idx(np.zeros((3, 2, 2)))[:-1])
    with pytest.raises(ValueError, match=r"must hold \(3, 2, 2\) values\. Received: 11"):
        readers.read_idx(path)


def test_a_file_that_is_not_idx_is_refused(readers, tmp_path):
    path = tmp_path / "images"
    path.write_bytes(b"\x89PNG....")
    with pytest.raises(ValueError, match="must start with bytes 0, 0, 8"):
        readers.read_idx(path)


def test_missing_files_are_named(readers, tmp_path):
    with pytest.raises(FileNotFoundError, match="train-images-idx3-ubyte"):
        readers.load("fashion_mnist", tmp_path, None, seed=0)


def test_class_folders_are_read_in_the_order_of_their_names(readers, tmp_path):
    for part in ("train", "test"):
        for name, grey in (("dog", 200), ("cat", 100)):
            (tmp_path / part / name).mkdir(parents=True)
            for number in range(5):
                Image.new("L", (4, 3), grey).save(tmp_path / part / name / f"{number}.png")
    data = readers.load("cifar10", tmp_path, 4, seed=0)
    assert data.train_images.shape == (4, 3, 4, 3)  # height 3, width 4, grey made RGB
    np.testing.assert_array_equal(data.test_labels, [0] * 5 + [1] * 5)
    np.testing.assert_array_equal(data.train_images[:, 0, 0, 0], np.where(data.train_labels == 0, 100, 200))
    assert sorted(data.train_labels) == [0, 0, 1, 1]


def test_only_the_rows_asked_for_are_decoded(readers, tmp_path):
    for part in ("train", "test"):
        (tmp_path / part / "cat").mkdir(parents=True)
        Image.new("L", (2, 2)).save(tmp_path / part / "cat" / "0.png")
    (tmp_path / "train" / "cat" / "1.png").write_bytes(b"not an image")
    train, _ = readers.READERS["cifar10"](tmp_path)
    assert train.read(np.array([0])).shape == (1, 2, 2, 3)
    with pytest.raises(OSError, match="cannot identify"):
        train.read(np.array([1]))


def test_a_subset_is_stratified_and_repeats_with_its_seed(readers):
    labels = np.repeat([0, 1, 2], [600, 300, 100])
    rows = readers.stratified_rows(labels, 100, seed=5)
    np.testing.assert_array_equal(np.bincount(labels[rows]), [60, 30, 10])
    assert len(set(rows)) == 100
    np.testing.assert_array_equal(rows, readers.stratified_rows(labels, 100, seed=5))
    assert not np.array_equal(rows, readers.stratified_rows(labels, 100, seed=6))


def test_all_rows_are_a_permutation(readers):
    rows = readers.stratified_rows(np.zeros(7, int), None, seed=0)
    np.testing.assert_array_equal(np.sort(rows), np.arange(7))


@pytest.mark.parametrize("count", [0, -1, 8])
def test_an_impossible_subset_is_refused(readers, count):
    with pytest.raises(ValueError, match=f"between 1 and 7. Received: {count}"):
        readers.stratified_rows(np.zeros(7, int), count, seed=0)


def test_digits_have_one_test_part_for_every_seed(readers):
    first, second = (readers.load("digits", None, 500, seed) for seed in (0, 1))
    assert first.train_images.shape == (500, 8, 8, 1)
    np.testing.assert_array_equal(first.test_images, second.test_images)
    assert not np.array_equal(first.train_images, second.train_images)
    in_test = {image.tobytes() for image in first.test_images}
    assert not any(image.tobytes() in in_test for image in first.train_images)


def test_a_folder_is_asked_for(readers):
    with pytest.raises(ValueError, match="Use --data DIR"):
        readers.load("mnist", None, None, seed=0)


def test_an_unknown_dataset_is_refused(readers):
    with pytest.raises(ValueError, match=r"must be one of .* Received: 'svhn'"):
        readers.load("svhn", None, None, seed=0)


def _line(tool, seed, accuracy, share=0.9, limit=600.0):
    return {
        "tool": tool,
        "dataset": "mnist",
        "train": 10000,
        "time_limit": limit,
        "seed": seed,
        "test_accuracy": accuracy,
        "trials": 3,
        "gradient_share": share,
        "parameters": 1234,
        "peak_memory_mb": 100.0 + seed,
        "seconds": 599.0,
        "cpu_seconds": 590.0,
        "machine": {"cores": 1},
    }


def test_the_table_averages_seeds_and_puts_the_best_tool_first(summary):
    lines = [_line("poor", 0, 0.5), _line("good", 1, 0.9), _line("good", 0, 0.8, share=0.7)]
    header, _, first, second = summary.table(lines).splitlines()
    assert header.count("|") == first.count("|") == second.count("|")
    assert "| good | 0, 1 | 0.8500 | 0.8000, 0.9000 | 3, 3 | 20% | 98% |" in first
    assert "| poor | 0 | 0.5000 |" in second


def test_runs_under_another_limit_are_another_row(summary):
    lines = [_line("good", 0, 0.8), _line("good", 0, 0.6, limit=60.0)]
    assert len(summary.table(lines).splitlines()) == 4


def test_a_tool_that_cannot_tell_its_overhead_says_so(summary):
    assert "| not told |" in summary.table([_line("good", 0, 0.8, share=None)])


def test_the_summary_reads_files_in_order_and_passes_over_empty_lines(summary, tmp_path, monkeypatch, capsys):
    (tmp_path / "a.jsonl").write_text(json.dumps(_line("good", 0, 0.8)) + "\n\n")
    (tmp_path / "b.jsonl").write_text(json.dumps(_line("good", 1, 0.9)) + "\n")
    monkeypatch.setattr(sys, "argv", ["summary.py", str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl")])
    summary.main()
    assert "0.8000, 0.9000" in capsys.readouterr().out


@dataclasses.dataclass(frozen=True)
class _Row:
    score: float | None


class _Classifier:
    """Stands for autonas.ImageClassifier: answers 7 to everything after four trials, of which one failed."""

    def __init__(self, **settings):
        self.settings = settings
        made.append(self)

    def fit(self, x, y):
        self.timing_ = {"gradient_steps": 2, "compile": np.float32(0.5)}
        self.source_, self.validation_metrics_, self.best_trial_ = "cycle", {"val_accuracy": 0.5}, "0000"
        self.model_ = types.SimpleNamespace(count_params=lambda: 1234)
        return self

    def predict(self, x):
        return np.full(len(x), 7)

    def leaderboard(self):
        return [_Row(0.5), _Row(0.4), _Row(0.3), _Row(None)]


made: list[_Classifier] = []


@pytest.mark.parametrize(("function", "settings"), [("fit_autonas", {}), ("fit_random", {"oracle": "random"})])
def test_autonas_gets_what_is_left_of_the_limit_and_nothing_else(monkeypatch, function, settings):
    monkeypatch.syspath_prepend(str(_FOLDER))
    monkeypatch.setitem(sys.modules, "autonas", types.SimpleNamespace(ImageClassifier=_Classifier))
    monkeypatch.delitem(sys.modules, "ours", raising=False)
    import ours
    from task import Task

    images = np.zeros((6, 2, 2, 1), np.uint8)
    started = time.perf_counter() - 10
    outcome = getattr(ours, function)(Task("mnist", images, np.zeros(6, int), 2, 5, 60.0, started))
    given = dict(made[-1].settings)
    assert 49 < given.pop("time_limit") <= 50
    assert given == {"seed": 5, "verbose": 1, **settings}
    assert (outcome.trials, outcome.parameters, outcome.gradient_seconds) == (3, 1234, 2.0)
    assert json.loads(json.dumps(outcome.details)) == {
        "timing": {"gradient_steps": 2.0, "compile": 0.5},
        "source": "cycle",
        "validation": {"val_accuracy": 0.5},
        "best_trial": "0000",
    }
    np.testing.assert_array_equal(outcome.predict(images), [7] * 6)
    monkeypatch.delitem(sys.modules, "ours")
